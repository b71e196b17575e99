"""RAF-DB, basic expressions (Li et al., 2017).

On disk ``EmoLabel/list_patition_label.txt`` (spelled so by its authors; a name and a label 1–7 a
line) and ``Image/aligned/<stem>_aligned.jpg``; some copies lack the ``Image/`` level. The
published evaluation split is called ``test``; ``valid`` is held out from ``train``.
"""

from pathlib import PurePosixPath

import numpy as np

from clfer.data.archive import Tree
from clfer.data.listing import Listing
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS

LABELS = "EmoLabel/list_patition_label.txt"
MARKERS = ("EmoLabel",)
EXPECTED = f"{LABELS} with Image/aligned/ or aligned/"
SIDE = 100
"""Height and width of the aligned faces in pixels."""

NATIVE_ORDER = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
"""Expressions of the labels 1 to 7."""


def classes(tree: Tree) -> tuple[str, ...]:
    """The seven basic expressions."""
    return BASIC_EXPRESSIONS


def splits(tree: Tree) -> tuple[str, ...]:
    """Splits that the list of labels names."""
    rows = _labels(tree)
    return tuple(s for s in ("train", "test") if any(name.startswith(f"{s}_") for name in rows))


def listing(tree: Tree, split: str, mode: str) -> Listing:
    """Images of a split; ``mode`` has no meaning here.

    Raises:
        DataError: the list is malformed (the message names the line), or the images are missing.
    """
    rows = {name: label for name, label in _labels(tree).items() if name.startswith(f"{split}_")}
    folder = _image_folder(tree)
    files = tuple(f"{folder}/{PurePosixPath(name).stem}_aligned.jpg" for name in rows)
    labels = np.array(list(rows.values()), dtype=np.int64)
    return Listing(tuple(rows), files, labels, tree.read, folder=folder)


def _labels(tree: Tree) -> dict[str, int]:
    """Class index of every listed image name."""
    text = tree.read(LABELS).decode("utf-8-sig", errors="replace")
    position = [BASIC_EXPRESSIONS.index(name) for name in NATIVE_ORDER]
    labels: dict[str, int] = {}
    for line, row in enumerate(text.splitlines(), start=1):
        cells = row.split()
        if not cells:
            continue
        known = len(cells) == 2 and cells[1] in {"1", "2", "3", "4", "5", "6", "7"}
        if not known or not cells[0].startswith(("train_", "test_")):
            raise DataError(
                f"{LABELS} line {line} is malformed: expected a name that starts with train_ or "
                "test_, and a label from 1 to 7."
            )
        if cells[0] in labels:
            raise DataError(f"{LABELS} line {line} lists {cells[0]} again: remove one of the rows.")
        labels[cells[0]] = position[int(cells[1]) - 1]
    return labels


def _image_folder(tree: Tree) -> str:
    for folder in ("Image/aligned", "aligned"):
        if tree.entries(folder):
            return folder
    found = ", ".join(tree.entries()[:6])
    raise DataError(f"{tree.location} has no aligned faces: expected {EXPECTED}, found {found}.")
