"""A configuration as people read and write it: a preset's line, image sizes, the marked file."""

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

import yaml

from clfer.config.run import Config
from clfer.errors import ConfigError

_ROW = re.compile(r"(\d+)\s*[x×*,]\s*(\d+)")


def preset_line(name: str) -> str:
    """What a preset is, in one line: the first comment of its file."""
    text = (resources.files("clfer") / "presets" / f"{name}.yaml").read_text("utf-8")
    return text.splitlines()[0].removeprefix("#").strip()


def write_sizes(sizes: Sequence[Sequence[int]]) -> str:
    """Phases as rows of ``side x epochs``; the inverse of :func:`read_sizes`."""
    return "\n".join(f"{side} x {epochs}" for side, epochs in sizes)


def read_sizes(text: str) -> list[list[int]]:
    """The phases ``[side, epochs]`` that rows of ``side x epochs`` describe.

    Raises:
        ConfigError: a row reads otherwise.
    """
    sizes = []
    for row in filter(None, map(str.strip, text.splitlines())):
        found = _ROW.fullmatch(row)
        if found is None:
            raise ConfigError(f"train.sizes: the row '{row}' must read side x epochs, e.g. 64 x 9.")
        sizes.append([int(found[1]), int(found[2])])
    return sizes


def differences(config: Config, base: Config) -> dict[str, tuple[Any, Any]]:
    """Values of a configuration and of another one, by dotted key, where they differ."""
    before = dict(_leaves(base))
    return {key: (value, before[key]) for key, value in _leaves(config) if value != before[key]}


def marked_yaml(config: Config, base: Config) -> str:
    """The configuration as YAML, a comment at each value that another one has otherwise.

    Args:
        config: The configuration.
        base: The preset; its name stands in the comments.
    """
    changed = differences(config, base)
    written, section = [], ""
    for key, value in _leaves(config):
        above, _, own = key.rpartition(".")
        if above != section:
            section = above
            written.append(f"{above}:")
        line = f"{'  ' if above else ''}{own}: {_flow(value)}"
        if key in changed:
            line += f"  # {base.preset}: {_flow(changed[key][1])}"
        written.append(line)
    return "\n".join(written) + "\n"


def _leaves(config: Config) -> Iterator[tuple[str, Any]]:
    for key, value in config.model_dump(mode="json").items():
        if isinstance(value, dict):
            yield from ((f"{key}.{own}", inner) for own, inner in value.items())
        else:
            yield key, value


def _flow(value: Any) -> str:
    """A value on one line of YAML, without the mark that ends a document."""
    text = yaml.safe_dump([value], default_flow_style=True, width=10_000).strip()
    return text.removeprefix("[").removesuffix("]")
