"""Find the top of a data set in what the user gave as its root."""

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from clfer.data.archive import FolderTree, Tree, ZipTree
from clfer.errors import DataError


def open_tree(root: str | Path, markers: Collection[str], expected: str) -> Tree:
    """Open the root of a data set, looking through one wrapping folder if need be.

    Args:
        root: A folder or a ``.zip`` of it.
        markers: Names one of which lies at the top of the data set (case does not matter).
        expected: The layout in words, for the message.

    Raises:
        DataError: the root is missing, is a file but no zip, is encrypted or damaged, or holds
            none of the markers.
    """
    path = root_path(root)
    try:
        missing = not path.exists()
    except OSError as error:
        raise DataError(
            f"{path} cannot be opened ({error.strerror}): give the folder or the .zip of the data "
            "set."
        ) from error
    if missing:
        raise DataError(f"{path} does not exist: give the folder or the .zip of the data set.")
    tree = FolderTree(path) if path.is_dir() else ZipTree(path)
    wanted = {marker.casefold() for marker in markers}
    if wanted & set(map(str.casefold, tree.entries())):
        return tree
    inner = [e for e in tree.entries() if wanted & set(map(str.casefold, tree.entries(e)))]
    if len(inner) == 1:
        tree.base = inner[0]
        return tree
    found = ", ".join(tree.entries()[:6]) or "nothing"
    tree.close()
    raise DataError(f"{path} lacks the layout of the data set: expected {expected}, found {found}.")


def root_path(root: str | Path) -> Path:
    """The path of a root as given, ``~`` resolved.

    Raises:
        DataError: it can be no path.
    """
    text = str(root)
    if not text.strip() or "\0" in text or "\n" in text:
        raise DataError(f"{text!r} is no path: give the folder or the .zip of the data set.")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # ~somebody who is not there
        raise DataError(f"{text} is no path: {str(error).rstrip('.')}.") from error


def root_stamp(root: str | Path) -> str:
    """A hash over the names, sizes and times of all files below a root.

    It changes when a file is added, removed or written, and is made without reading any.

    Raises:
        DataError: the root does not exist or cannot be listed.
    """
    path = root_path(root)
    stamp = hashlib.sha256()
    try:
        _add(stamp, path.name, path.stat())
        for folder, below, _ in os.walk(path, onerror=_raise) if path.is_dir() else ():
            below.sort()
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
                _add(stamp, entry.path, entry.stat())
    except OSError as error:
        raise DataError(f"{path} cannot be listed ({error}): give a readable folder.") from error
    return stamp.hexdigest()


def _add(stamp: "hashlib._Hash", name: str, found: os.stat_result) -> None:
    stamp.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode(errors="surrogateescape"))


def _raise(error: OSError) -> None:
    raise error
