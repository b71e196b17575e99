"""How far the items are: their runs, the process that works on them, their files."""

from collections.abc import Mapping
from dataclasses import dataclass

from clfer.analysis.run_feed import Signature, signature
from clfer.data.registry import needs_root
from clfer.experiments.background import is_running, log_file, log_tail
from clfer.experiments.item import Item
from clfer.experiments.output import INDEX, item_folder, shipped_folder
from clfer.experiments.registry import find_items
from clfer.experiments.reproduce import grid_of
from clfer.experiments.scale import Scale
from clfer.paths import runs_dir
from clfer.runs.grid import Grid
from clfer.runs.missing import Action, Step, step_of
from clfer.runs.record import Run
from clfer.runs.scheduler import settle
from clfer.runs.status import RunStatus, read_status
from clfer.training.run_folder import CONFIG

ERROR = "Error: "
"""How the last line of a process begins that was refused something."""

TRACEBACK = "Traceback (most recent call last):"
LOG_LINES = 60
"""Of the end of the log, in which the reason of a failure is looked for."""


@dataclass(frozen=True)
class Standing:
    """Where an item stands at a size.

    Attributes:
        item: The item.
        scale: Name of the size.
        steps: What is to be done about each of its runs.
        running: Whether a process that was started in the background works on it.
        written: When its files were written, in nanoseconds; None if they were not.
        shipped: Whether CLFER brings files of it, made elsewhere at this size.
        of_its_own_size: Whether its runs differ from what the size says of the others.
    """

    item: Item
    scale: str
    steps: tuple[Step, ...]
    running: bool
    written: int | None
    shipped: bool = False
    of_its_own_size: bool = False

    @property
    def total(self) -> int:
        """Runs that it needs."""
        return len(self.steps)

    @property
    def done(self) -> int:
        """Runs that are done."""
        return self._count("done")

    @property
    def live(self) -> int:
        """Runs that are trained or wait for their turn, whoever started them."""
        return self._count("live")

    @property
    def missing(self) -> int:
        """Runs that are not started, or broke off."""
        return self._count("start") + self._count("resume")

    @property
    def folders_of(self) -> tuple[str, ...]:
        """The data sets of its runs that lie in a folder."""
        names = {step.run.config.data.name for step in self.steps}
        return tuple(sorted(name for name in names if needs_root(name)))

    @property
    def in_words(self) -> str:
        """A few words, e.g. ``running, 1 of 3 runs done``."""
        runs = f"{self.done} of {self.total} runs done" if self.total else ""
        if self.running:
            return ", ".join(filter(None, ("running", runs)))
        if self.live:
            return f"{runs}, {self.live} under way"
        if self.done == self.total and self.written is not None:
            return "written"
        if self.done and self.written is None and self.shipped:
            return f"shipped; {runs} here"
        return runs if self.done else "shipped" if self.shipped else "not started"

    @property
    def share(self) -> float:
        """Finished part of all epochs, 0 to 1, as it is at this moment."""
        if not self.steps:
            return float(self.written is not None)
        return sum(status.share for _, status in self._looked()) / self.total

    @property
    def now(self) -> tuple[str, ...]:
        """What is trained or waits at this moment, a line for each such run."""
        return tuple(_line(step, status) for step, status in self._looked() if status.live)

    @property
    def failure(self) -> str:
        """Why the process ended early, in one sentence; empty if it did not, or was outrun.

        A log that is older than the files tells of an earlier time.
        """
        log = log_file(self.item.name, self.scale)
        if self.running or not log.exists():
            return ""
        if self.written is not None and log.stat().st_mtime_ns < self.written:
            return ""
        return reason(log_tail(self.item.name, self.scale, LOG_LINES))

    def _count(self, action: Action) -> int:
        return sum(step.action == action for step in self.steps)

    def _looked(self) -> list[tuple[Step, RunStatus]]:
        return [(step, read_status(step.folder)) for step in self.steps if step.folder is not None]


def plans(scale: Scale) -> dict[str, Grid]:
    """The runs of every item at a size, by its name in the order of the paper.

    Raises:
        ConfigError: a configuration is refused.
    """
    return {item.name: grid_of([item], scale) for item in find_items("all")}


def standings_of(
    scale: Scale, planned: Mapping[str, Grid], known: Mapping[str, Run]
) -> list[Standing]:
    """Where every item stands.

    Args:
        scale: The size.
        planned: See :func:`plans`.
        known: See :func:`~clfer.runs.missing.known_runs`.
    """
    return [
        Standing(
            item,
            scale.name,
            tuple(step_of(run, known) for run in planned[item.name].runs),
            is_running(item.name, scale.name),
            _written(item.name, scale.name),
            (shipped_folder(scale.name, item.name) / INDEX).is_file(),
            item.name in scale.items,
        )
        for item in find_items("all")
    ]


def runs_signature() -> tuple[tuple[str, Signature], ...]:
    """All runs of this machine: changes when one appears, goes, ends an epoch or changes state."""
    folders = sorted(path.parent for path in runs_dir().rglob(CONFIG))
    settle(folders)
    return tuple((str(folder), signature(folder)) for folder in folders)


def reason(lines: list[str]) -> str:
    """Why a process ended early, from the end of its log; empty where it tells of no failure."""
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if last.startswith(ERROR):
        return last.removeprefix(ERROR)
    if TRACEBACK in lines:
        return f"It ended with an unexpected error: {last}"
    return ""


def _written(item: str, scale: str) -> int | None:
    try:
        return (item_folder(scale, item) / INDEX).stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _line(step: Step, status: RunStatus) -> str:
    if status.state == "queued":
        return f"{step.run.label}: waits for the device"
    return f"{step.run.label}: epoch {min(status.epoch + 1, status.epochs)} of {status.epochs}"
