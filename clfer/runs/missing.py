"""What is missing of a grid: a configuration is known by its identity.

It counts as done or live wherever below ``runs_dir()`` its run lies and whoever started it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clfer.errors import ClferError
from clfer.paths import runs_dir
from clfer.runs.grid import Grid, GridRun
from clfer.runs.launch import config_hash
from clfer.runs.record import Run, open_run
from clfer.runs.scheduler import settle
from clfer.training.run_folder import CONFIG

Action = Literal["done", "live", "resume", "start"]


@dataclass(frozen=True)
class Step:
    """What is to be done about a configuration.

    Attributes:
        run: The configuration.
        action: ``done`` and ``live`` runs are left alone.
        folder: Of the run that stands for it; None if there is none yet.
    """

    run: GridRun
    action: Action
    folder: Path | None


def plan(grid: Grid) -> list[Step]:
    """What is missing of a grid, in its order; nothing is started."""
    known = known_runs()
    return [step_of(run, known) for run in grid.runs]


def known_runs() -> dict[str, Run]:
    """The run that stands for each identity: a finished one before a live one before the longest.

    A record stands for its run only where there is nothing else, and a folder that cannot be read
    for nothing.
    """
    best: dict[str, Run] = {}
    folders = sorted(path.parent for path in runs_dir().rglob(CONFIG))
    settle(folders)
    for folder in folders:
        try:
            run = open_run(folder)
        except (ClferError, OSError, ValueError):
            continue
        held = best.get(config_hash(run.config))
        if held is None or _worth(run) >= _worth(held):
            best[config_hash(run.config)] = run
    return best


def step_of(run: GridRun, known: Mapping[str, Run]) -> Step:
    """What is to be done about one configuration, given :func:`known_runs`."""
    held = known.get(run.identity)
    if held is None:
        return Step(run, "start", None)
    if run.needs_weights and not held.has_weights:
        return Step(run, "start", None)
    if held.status.state == "done":
        return Step(run, "done", held.path)
    return Step(run, "live" if held.status.live else "resume", held.path)


def _worth(run: Run) -> tuple[bool, bool, bool, int]:
    return run.has_weights, run.status.state == "done", run.status.live, len(run.history)
