"""How far the runs of a grid are, all together."""

from dataclasses import dataclass

import pandas as pd

from clfer.analysis.sweep_table import sweep_table
from clfer.runs.grid import Grid
from clfer.runs.missing import Action, Step, plan
from clfer.runs.record import open_run
from clfer.runs.status import RunStatus, read_status


@dataclass(frozen=True, eq=False)
class GridStand:
    """Where the runs of a grid stand.

    Attributes:
        steps: What is to be done about each run, in the order of the grid.
        share: Finished part of all epochs of the grid, 0 to 1.
        now: What is trained or waits, a line for each such run.
        table: See :func:`~clfer.analysis.sweep_table.sweep_table`.
    """

    steps: tuple[Step, ...]
    share: float
    now: tuple[str, ...]
    table: pd.DataFrame

    @property
    def missing(self) -> int:
        """Runs that are not started, or broke off."""
        return self._count("start") + self._count("resume")

    @property
    def live(self) -> int:
        """Runs that are trained or queued."""
        return self._count("live")

    @property
    def done(self) -> int:
        """Finished runs."""
        return self._count("done")

    @property
    def in_words(self) -> str:
        """The counts, those that are zero left out."""
        counts = {
            "done": self.done,
            "under way": self.live,
            "broken off": self._count("resume"),
            "not started": self._count("start"),
        }
        return ", ".join(f"{count:,} {state}" for state, count in counts.items() if count)

    def _count(self, action: Action) -> int:
        return sum(step.action == action for step in self.steps)


def grid_stand(grid: Grid) -> GridStand:
    """Look at all runs of a grid; runs count wherever below ``runs_dir()`` they lie."""
    steps = plan(grid)
    looked = [(step, read_status(step.folder)) for step in steps if step.folder is not None]
    done = [step.folder for step, _ in looked if step.action == "done"]
    return GridStand(
        steps=tuple(steps),
        share=sum(status.share for _, status in looked) / len(steps),
        now=tuple(_line(step, status) for step, status in looked if step.action == "live"),
        table=sweep_table(grid, (open_run(folder) for folder in done if folder is not None)),
    )


def grid_in_words(grid: Grid) -> str:
    """How many runs a grid means, and why so many."""
    seeds = len(grid.seeds)
    settings = len(grid.runs) // seeds
    return (
        f"{settings:,} setting{'s' * (settings != 1)} × {seeds:,} seed{'s' * (seeds != 1)} "
        f"from preset {grid.preset}"
    )


def _line(step: Step, status: RunStatus) -> str:
    waits = status.state == "queued"
    where = "waits" if waits else f"epoch {min(status.epoch + 1, status.epochs)} of {status.epochs}"
    return f"{step.run.label}: {where}"
