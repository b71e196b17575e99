"""The file of a grid, written from one configuration and lists of values."""

from collections.abc import Mapping

import yaml

from clfer.config import Config
from clfer.config.written import differences
from clfer.runs.launch import Launch


def grid_text(
    config: Config, base: Config, varied: Mapping[str, str], seeds: str, launch: Launch
) -> str:
    """The YAML text of a grid, for :func:`~clfer.runs.grid.parse_grid`, which also checks it.

    Args:
        config: What all runs have in common.
        base: The preset that it is written against.
        varied: Values by dotted key as people list them, e.g. ``"2, 4, 8"``; a key whose text is
            empty keeps its value in ``config``.
        seeds: Listed likewise; that of ``config`` where the text is empty.
        launch: How the runs are executed.
    """
    lists = {key: text.strip() for key, text in varied.items() if text.strip()}
    fixed = {
        key: value
        for key, (value, _) in differences(config, base).items()
        if key not in lists and key not in ("seed", "preset")
    }
    return "".join(
        [
            _line("preset", base.preset),
            "set:\n" if fixed else "",
            *(f"  {_line(key, value)}" for key, value in fixed.items()),
            "grid:\n" if lists else "",
            *(f"  {key}: [{text}]\n" for key, text in lists.items()),
            f"seeds: [{seeds.strip() or config.seed}]\n",
            _line("device", launch.device),
            _line("precision", launch.precision),
            "" if launch.threads is None else _line("threads", launch.threads),
        ]
    )


def _line(key: str, value: object) -> str:
    """``key: value`` on one line, as YAML reads it back."""
    return yaml.safe_dump({key: value}, default_flow_style=True, width=10_000).strip()[1:-1] + "\n"
