"""Results on disk: arrays without pickles, found by the key of their request."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clfer.models.files import write_atomically
from clfer.paths import cache_dir, checkpoints_dir
from clfer.work.request import Request
from clfer.work.tasks import Arrays

FOLDER = "results"


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
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, zipfile.BadZipFile):
        return None  # it is computed again and replaced


def save_result(request: Request, arrays: dict[str, NDArray[Any]]) -> Path:
    """Write a result, compressed and atomically."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    path = result_path(request)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, stream.getvalue())
    return path
