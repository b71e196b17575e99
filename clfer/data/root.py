"""Find the top of a data set in what the user gave as its root."""

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
    path = Path(root).expanduser()
    if not path.exists():
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
