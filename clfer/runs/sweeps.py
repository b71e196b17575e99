"""Sweeps in processes of their own, which outlive who started them.

A sweep is a hidden folder below ``runs_dir()`` named by its runs, so that the same grid is never
swept twice at a time: ``grid.yaml``, ``log.txt`` (what ``clfer sweep`` printed), ``lock`` (held by
the process for life) and ``pid``. How far it is, its runs tell.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from clfer.errors import ConfigError
from clfer.models.files import write_atomically
from clfer.paths import runs_dir
from clfer.runs.detached import Detached
from clfer.runs.grid import Grid
from clfer.runs.record import LOG, read_tail
from clfer.runs.status import LOCK

GRID, PID = "grid.yaml", "pid"
ERROR = "Error: "
"""How the last line begins of a sweep that did not bring all runs to their end."""


@dataclass(frozen=True)
class Sweep:
    """A sweep that was started on this machine.

    Attributes:
        folder: Its folder.
        running: Whether its process lives.
        error: Why it ended early, in one sentence; empty while it runs, and where it did not say.
    """

    folder: Path
    running: bool
    error: str

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder / LOG


def find_sweep(grid: Grid) -> Sweep | None:
    """The sweep of a grid, running or ended; None if there was none."""
    folder = _folder(grid)
    return _look(folder) if (folder / LOCK).exists() else None


def start_sweep(grid: Grid, text: str) -> Sweep:
    """Start ``clfer sweep`` on a grid, and return at once; one that runs already is left alone.

    Args:
        grid: The runs.
        text: The file that :func:`~clfer.runs.grid.parse_grid` read them from.

    Raises:
        ConfigError: the folder of the runs cannot be written, or no process can be started.
    """
    folder = _folder(grid)

    def write() -> None:
        write_atomically(folder / GRID, text.encode())

    try:
        _process(folder).start(["sweep", str(folder / GRID)], write)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be used for a sweep: {error.strerror}.") from error
    return _look(folder)


def end_sweep(sweep: Sweep) -> None:
    """End the process of a sweep at once; the runs that it has started go on."""
    _process(sweep.folder).end()


def _folder(grid: Grid) -> Path:
    known = "\n".join(sorted(run.identity for run in grid.runs))
    return runs_dir() / ".sweeps" / hashlib.sha256(known.encode()).hexdigest()[:16]


def _look(folder: Path) -> Sweep:
    running = _process(folder).running
    last = "".join(read_tail(folder / LOG, lines=1))
    error = last.removeprefix(ERROR) if last.startswith(ERROR) and not running else ""
    return Sweep(folder, running, error)


def _process(folder: Path) -> Detached:
    return Detached(folder / LOCK, folder / PID, folder / LOG)
