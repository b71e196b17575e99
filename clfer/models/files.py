"""Reading with a bound, and writing so that a crash at any moment leaves the last whole version."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from clfer.errors import CheckpointError


def read_bounded(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most ``limit`` bytes; nothing larger is read.

    Raises:
        CheckpointError: it is a device or a pipe, which may never end, or larger.
        OSError: it cannot be opened.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise CheckpointError(f"{path} is not a regular file: give a copy of the file itself.")
    with path.open("rb") as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise CheckpointError(
            f"{path} is larger than {limit // 10**6:,} MB, the most that is read of such a file: "
            "check that it is the right one."
        )
    return content


def write_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``: readers see the old version or the new one, whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def write_folder_atomically(path: Path, fill: Callable[[Path], None]) -> None:
    """Create the folder ``path`` with what ``fill`` writes into it, all or nothing.

    An existing folder of that name is replaced; it is moved aside first and removed last.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    fill(temporary)
    for file in temporary.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
    retired = path.with_name(f".{path.name}.{os.getpid()}.old")
    if path.exists():
        path.replace(retired)
    temporary.replace(path)
    shutil.rmtree(retired, ignore_errors=True)
