"""Any data set that has one folder per expression in one folder per split.

``train/``, ``valid/`` (or ``val/``, ``validation/``) and ``test/``; at least one of them. Folder
names become expressions through :func:`canonical_name`, so that ``Happy`` and ``happiness`` are one
class. The classes are those of all splits together. Without a validation folder, ``valid`` is
held out from ``train``. Image names are paths below the root.
"""

import numpy as np

from clfer.data.archive import Tree
from clfer.data.images import is_image
from clfer.data.listing import Listing
from clfer.errors import DataError
from clfer.expressions import canonical_name, ordered

FOLDERS = {"train": ("train",), "valid": ("valid", "val", "validation"), "test": ("test",)}
MARKERS = tuple(name for names in FOLDERS.values() for name in names)
EXPECTED = "train/, valid/ or test/, each with one folder of images per expression"
SIDE = 112
"""Height and width in pixels to which the central square of every image is resized."""


def classes(tree: Tree) -> tuple[str, ...]:
    """Expressions of all splits, in vocabulary order."""
    return ordered(name for split in splits(tree) for name, _ in _images(tree, split))


def splits(tree: Tree) -> tuple[str, ...]:
    """Splits that have at least one image."""
    return tuple(split for split in FOLDERS if _images(tree, split))


def listing(tree: Tree, split: str, mode: str) -> Listing:
    """Images of a split; ``mode`` has no meaning here."""
    position = {name: i for i, name in enumerate(classes(tree))}
    images = _images(tree, split)
    files = tuple(file for _, file in images)
    labels = np.array([position[name] for name, _ in images], dtype=np.int64)
    return Listing(files, files, labels, tree.read)


def _images(tree: Tree, split: str) -> list[tuple[str, str]]:
    """Expression and path of every image of a split, sorted by path."""
    found = [entry for entry in (tree.find(name) for name in FOLDERS[split]) if entry]
    if len(found) > 1:
        raise DataError(
            f"{tree.location} has {' and '.join(found)}: keep one folder for the split '{split}'."
        )
    return [
        (canonical_name(file.split("/")[1]), file)
        for folder in found
        for file in tree.files(folder)
        if is_image(file) and file.count("/") >= 2
    ]
