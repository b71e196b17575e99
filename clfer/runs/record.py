"""A run as its folder tells it: configuration, status, history, log, and what people noted."""

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from clfer.config import Config
from clfer.errors import ClferError, ConfigError
from clfer.models.files import write_atomically
from clfer.paths import runs_dir
from clfer.runs.scheduler import settle
from clfer.runs.status import RunStatus, read_status
from clfer.training.history import best_epoch
from clfer.training.run_folder import CONFIG, EPOCHS, RunFolder

LAUNCH, LOG, NOTES = "launch.json", "log.txt", "notes.json"

LOG_BYTES = 65_536
"""Read from the end of a log, at most."""


class Notes(BaseModel):
    """What people wrote about a run.

    Attributes:
        title: One line, for the list.
        text: Any text.
        tags: Short words to filter by.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Run:
    """A run folder, read once.

    Attributes:
        path: The folder.
        config: What is trained.
        status: Where it stands.
        history: One row per finished epoch.
        notes: What people wrote.
    """

    path: Path
    config: Config
    status: RunStatus
    history: list[dict[str, Any]] = field(repr=False)
    notes: Notes

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.name

    @property
    def best(self) -> dict[str, Any] | None:
        """The row of the epoch that would be published; None before the first has ended."""
        if not self.history:
            return None
        epoch = best_epoch(self.history)
        return next(row for row in self.history if row["epoch"] == epoch)

    @property
    def has_weights(self) -> bool:
        """Whether states of epochs are kept with it; a record of a run has none."""
        return (self.path / EPOCHS).is_dir()

    @property
    def is_record(self) -> bool:
        """Whether it is finished and its weights are not kept; see :mod:`clfer.runs.records`."""
        return self.status.state == "done" and not self.has_weights

    def log_tail(self, lines: int = 20) -> list[str]:
        """The last lines that the trainer wrote."""
        return read_tail(self.path / LOG, lines)


def open_run(folder: Path) -> Run:
    """Read a run.

    Raises:
        ConfigError: the folder holds no run, or its configuration is damaged.
    """
    run = RunFolder(folder)
    config = run.config()
    settle([folder])
    return Run(folder, config, read_status(folder), run.read_metrics(), read_notes(folder))


def list_runs(parent: Path | None = None) -> tuple[list[Run], list[tuple[Path, str]]]:
    """All runs below a folder, the newest first, and those that cannot be read with their reason.

    Args:
        parent: ``runs_dir()`` by default.
    """
    place = runs_dir() if parent is None else parent
    # A hidden folder is one that is being deleted.
    folders = sorted(path.parent for path in place.glob(f"[!.]*/{CONFIG}"))
    settle(folders)
    runs, broken = [], []
    for folder in folders:
        try:
            runs.append(open_run(folder))
        except (ClferError, OSError) as error:
            broken.append((folder, str(error)))
    return sorted(runs, key=lambda run: run.name, reverse=True), broken


def read_notes(folder: Path) -> Notes:
    """What people wrote about a run; nothing where they did not."""
    try:
        return Notes.model_validate_json((folder / NOTES).read_bytes())
    except OSError:
        return Notes()
    except ValidationError as error:
        raise ConfigError(f"{folder / NOTES} is damaged: correct or remove it.") from error


def save_notes(folder: Path, notes: Notes) -> None:
    """Replace what people wrote about a run."""
    write_atomically(folder / NOTES, notes.model_dump_json(indent=1).encode())


def read_tail(path: Path, lines: int) -> list[str]:
    """The last lines of a text file; none where there is no file."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - LOG_BYTES))
            text = stream.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    return list(deque(text.splitlines(), maxlen=lines))
