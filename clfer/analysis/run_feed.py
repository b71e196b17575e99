"""The metrics of a run that goes on: read on from where the last reading ended."""

import json
import os
from pathlib import Path
from typing import Any

from clfer.errors import DataError
from clfer.runs.status import State, read_status
from clfer.training.run_folder import METRICS

Signature = tuple[State, int]


def signature(folder: Path) -> Signature:
    """State of a run and bytes of its metrics: changes with the state and with every epoch."""
    try:
        size = (folder / METRICS).stat().st_size
    except OSError:
        size = 0
    return read_status(folder).state, size


class RunFeed:
    """The rows of a run's finished epochs, of which only new ones are read.

    Args:
        folder: The run.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / METRICS
        self._rows: list[dict[str, Any]] = []
        self._offset = 0
        self._file: int | None = None

    def read(self) -> list[dict[str, Any]]:
        """All rows so far; a last line that is still being written is left for the next time.

        A resumed run replaces its metrics, which are then read anew.

        Raises:
            DataError: a line is damaged.
        """
        try:
            with self._path.open("rb") as stream:
                self._follow(stream.fileno())
                stream.seek(self._offset)
                self._take(stream.read())
        except FileNotFoundError:
            self._start_anew(None)
        except OSError as error:
            raise DataError(f"{self._path} cannot be read: {error.strerror}.") from error
        return list(self._rows)

    def _follow(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        if found.st_ino != self._file or found.st_size < self._offset:
            self._start_anew(found.st_ino)

    def _start_anew(self, file: int | None) -> None:
        self._rows, self._offset, self._file = [], 0, file

    def _take(self, content: bytes) -> None:
        whole = content[: content.rfind(b"\n") + 1]
        try:
            rows = [json.loads(line) for line in whole.splitlines() if line.strip()]
        except ValueError as error:
            raise DataError(
                f"{self._path} holds a line that is not valid JSON: resume the run."
            ) from error
        self._rows += rows
        self._offset += len(whole)
