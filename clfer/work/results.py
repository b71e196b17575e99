"""Results on disk: arrays without pickles, found by the key of their request, in bounded space."""

import io
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clfer.models.files import write_atomically
from clfer.paths import cache_dir, checkpoints_dir
from clfer.work.request import Request
from clfer.work.tasks import Arrays

FOLDER = "results"

MOST_BYTES = 2 * 1024**3
"""Space that results take at most: beyond it, those that were not used for longest go."""


def result_path(request: Request) -> Path:
    """Where the result of a request is kept on this machine."""
    return cache_dir() / FOLDER / request.task / f"{request.key}.npz"


def find_result(request: Request) -> Path | None:
    """The file of a result: computed here before, or shipped with the checkpoints."""
    shipped = checkpoints_dir() / FOLDER / request.task / f"{request.key}.npz"
    return next((path for path in (result_path(request), shipped) if path.is_file()), None)


def load_result(request: Request) -> Arrays | None:
    """The arrays of a result; None if it was never computed or its file is damaged."""
    path = find_result(request)
    if path is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, zipfile.BadZipFile):
        return None  # it is computed again and replaced
    if path == result_path(request):
        with suppress(OSError):  # it may be read by those who cannot write
            path.touch()
    return arrays


def save_result(request: Request, arrays: dict[str, NDArray[Any]]) -> Path:
    """Write a result, compressed and atomically; drop what was not used for longest if it is much.

    The result itself stays, however large it is.
    """
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    path = result_path(request)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, stream.getvalue())
    _make_room(path)
    return path


def _make_room(kept: Path) -> None:
    """Drop the results that were not used for longest until the others fit into MOST_BYTES."""
    used = []
    for path in (cache_dir() / FOLDER).glob("*/*.npz"):
        with suppress(FileNotFoundError):  # another process makes room, too
            found = path.stat()
            used.append((path == kept, found.st_mtime, found.st_size, path))
    used.sort()
    excess = sum(size for _, _, size, _ in used) - MOST_BYTES
    for newest, _, size, path in used:
        if excess <= 0 or newest:
            return
        path.unlink(missing_ok=True)
        excess -= size
