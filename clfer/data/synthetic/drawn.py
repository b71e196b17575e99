"""Drawn faces kept on disk, so that a split is drawn once and not anew in every process.

A file holds the first faces of one split; it is named by a hash of all that their pixels depend on:
the drawing code and the libraries under it among them, so that faces of older code are never used.
What cannot be read, is damaged, or cannot be written is drawn as if there were no files.
"""

import hashlib
import json
from contextlib import suppress
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from clfer.expressions import BASIC_EXPRESSIONS
from clfer.models.files import write_atomically
from clfer.paths import cache_dir

FOLDER = "synthetic"

MOST_BYTES = 2**30
"""All files together; those that were not used for the longest time go first."""

Images = NDArray[np.uint8]


def kept_file(split: str, size: int, seed: int) -> Path:
    """Where the faces of a split are kept on this machine."""
    said = [_version(), split, size, seed]
    name = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    return cache_dir() / FOLDER / f"{name}.safetensors"


def kept_count(path: Path) -> int:
    """How many faces a file holds; 0 where it is missing or no such file."""
    try:
        with safe_open(path, "numpy") as stored:
            return int(stored.get_slice("digests").get_shape()[0])
    except (OSError, SafetensorError):
        return 0


def load_drawn(path: Path, count: int) -> tuple[Images, list[str]]:
    """The first faces of a file, at most ``count``: images ``[n, S, S, 3]`` and their digests.

    None at all where the file is missing or a single face is damaged.
    """
    try:
        with safe_open(path, "numpy") as stored:
            first = min(count, stored.get_slice("digests").get_shape()[0])
            images: Images = stored.get_slice("images")[:first]
            kept: Images = stored.get_slice("digests")[:first]
        digests = digests_of(images)
    except (OSError, SafetensorError, ValueError, AttributeError):
        return np.empty((0, 0, 0, 3), np.uint8), []
    if digests != [row.tobytes().hex() for row in kept]:
        return np.empty((0, 0, 0, 3), np.uint8), []
    with suppress(OSError):
        path.touch()
    return images, digests


def save_drawn(path: Path, images: Images, digests: list[str]) -> None:
    """Keep faces, unless there is no room or no right to write."""
    if images.nbytes > MOST_BYTES:
        return
    kept = np.array([list(bytes.fromhex(digest)) for digest in digests], np.uint8)
    content = save({"images": images, "digests": kept})
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path, len(content))
        write_atomically(path, content)


def digests_of(images: Images) -> list[str]:
    """sha256 of the pixels of every face."""
    return [hashlib.sha256(image.tobytes()).hexdigest() for image in images]


def _make_room(path: Path, size: int) -> None:
    others = [(file.stat(), file) for file in path.parent.iterdir() if file != path]
    left = MOST_BYTES - size - sum(found.st_size for found, _ in others)
    for found, file in sorted(others, key=lambda other: other[0].st_mtime):
        if left >= 0:
            break
        file.unlink()
        left += found.st_size


@cache
def _version() -> str:
    """Hash of the drawing code, and of what else decides about a pixel."""
    known = hashlib.sha256(repr((cv2.__version__, np.__version__, BASIC_EXPRESSIONS)).encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        known.update(source.read_bytes())
    return known.hexdigest()
