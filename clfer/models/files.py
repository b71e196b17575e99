"""Writing files and folders so that a crash at any moment leaves the last whole version."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path


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
