"""Bring all runs of a grid to an end: what is done is kept, what broke off is resumed.

So the same sweep, started again, runs only what is missing.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clfer.errors import ConfigError
from clfer.paths import runs_dir
from clfer.runs.executor import Executor
from clfer.runs.grid import Grid, GridRun
from clfer.runs.launch import Launch
from clfer.runs.locks import take_patiently
from clfer.runs.missing import known_runs, plan, step_of
from clfer.runs.scheduler import settle
from clfer.runs.status import RunStatus, read_status

PAUSE_SECONDS = 0.5
"""Between two looks at the runs that are waited for."""

HANDING_OVER = ".sweep"
"""A file below ``runs_dir()``, locked while a sweep looks for a run and starts it."""

PATIENCE_SECONDS = 600
"""For that lock: its holder may have to load torch on a machine that does much else."""


@dataclass(frozen=True)
class Outcome:
    """How a configuration stands.

    Attributes:
        run: The configuration.
        folder: Its run.
        status: Of that run, when it was looked at.
    """

    run: GridRun
    folder: Path
    status: RunStatus


@dataclass(frozen=True)
class Standing:
    """How far a sweep is.

    Attributes:
        runs: All runs of the grid.
        over: Those that have come to an end, one way or another.
        live: Those in the executor's hands.
        ended: Those that have ended since the last report.
    """

    runs: int
    over: int
    live: tuple[Outcome, ...]
    ended: tuple[Outcome, ...]

    @property
    def share(self) -> float:
        """Finished part of the grid, 0 to 1."""
        return (self.over + sum(outcome.status.share for outcome in self.live)) / self.runs


Report = Callable[[Standing], None]


def sweep(
    grid: Grid, executor: Executor, report: Report = lambda _: None, *, wait: bool = True
) -> list[Outcome]:
    """Start and resume what is missing of a grid.

    Args:
        grid: The runs.
        executor: Where they run.
        report: Called about twice a second while the sweep waits.
        wait: Until all have ended; else everything is handed over at once.

    Returns:
        How every run stands, in the order of the grid.

    Raises:
        ClferError: a run cannot be started; if its cause is known before, nothing is started.
    """
    _check(grid, executor)
    steps = plan(grid)
    folders = {s.run.identity: s.folder for s in steps if s.folder and s.action in ("done", "live")}
    live = [step.run for step in steps if step.action == "live"]
    missing = deque(step.run for step in steps if step.action in ("resume", "start"))
    limit = executor.at_once(grid.launch) if wait else None
    while missing or (wait and live):
        while missing and (limit is None or len(live) < limit):
            live.append(missing.popleft())
            folders[live[-1].identity] = _hand_over(live[-1], grid.launch, executor)
        if wait:
            live = _look(grid, live, len(missing), folders, report)
            time.sleep(PAUSE_SECONDS if live else 0)
    return [_outcome(run, folders) for run in grid.runs]


def _check(grid: Grid, executor: Executor) -> None:
    seen = set()
    for run in grid.runs:
        asked = run.config.data.name, run.config.data.root, run.config.train.batch
        if asked not in seen:
            executor.check(run.config, grid.launch)
        seen.add(asked)


def _hand_over(run: GridRun, launch: Launch, executor: Executor) -> Path:
    """Start or resume a run, unless another sweep has just done so."""
    with handing_over():
        step = step_of(run, known_runs())
        if step.folder is None:
            return executor.start(run.config, launch)
        if step.action == "resume":
            executor.resume(step.folder, launch)
        return step.folder


def _look(
    grid: Grid, live: list[GridRun], missing: int, folders: Mapping[str, Path], report: Report
) -> list[GridRun]:
    """Report how the live runs stand; returns those that still are."""
    settle(folders[run.identity] for run in live)
    looked = [_outcome(run, folders) for run in live]
    going = tuple(outcome for outcome in looked if outcome.status.live)
    ended = tuple(outcome for outcome in looked if not outcome.status.live)
    everything = len(grid.runs)
    report(Standing(everything, everything - missing - len(going), going, ended))
    return [outcome.run for outcome in going]


def _outcome(run: GridRun, folders: Mapping[str, Path]) -> Outcome:
    return Outcome(run, folders[run.identity], read_status(folders[run.identity]))


@contextmanager
def handing_over() -> Iterator[None]:
    """Look for a run and start it while no other sweep does.

    Raises:
        ConfigError: another one has held the runs for :data:`PATIENCE_SECONDS`.
    """
    runs_dir().mkdir(parents=True, exist_ok=True)
    lock = take_patiently(runs_dir() / HANDING_OVER, tries=10 * PATIENCE_SECONDS, pause=0.1)
    if lock is None:
        raise ConfigError(
            f"Another sweep has been starting runs in {runs_dir()} for {PATIENCE_SECONDS} s: "
            "end it first."
        )
    try:
        yield
    finally:
        lock.close()
