"""AffectNet (Mollahosseini et al., 2017): about 288,000 labelled faces, eight expressions or seven.

On disk either the first release, ``training.csv`` and ``validation.csv`` beside the tree of images
(faces are cut by the boxes of the tables), or the later one, ``train_set/`` and ``val_set/`` with
``images/`` and ``annotations/*_exp.npy``. The published evaluation split is called ``test``;
``valid`` is held out from the training faces, alike for eight and for seven expressions.

Faces are decoded one by one to :data:`SIDE`: a split takes 37 kB a face, the training faces 10 GB.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clfer.data.archive import Tree
from clfer.data.images import is_image
from clfer.data.listing import UNUSED, Listing
from clfer.data.scalars import read_scalars
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS, EXPRESSIONS

TABLES = {"train": "training.csv", "test": "validation.csv"}
TABLE_FOLDERS = ("", "Manually_Annotated_file_lists")
IMAGE_FOLDERS = (
    "Manually_Annotated_Images",
    "Manually_Annotated/Manually_Annotated_Images",
    "Manually_Annotated",
    "",
)
SETS = {"train": "train_set", "test": "val_set"}
MARKERS = (*TABLES.values(), *TABLE_FOLDERS[1:], *SETS.values())
EXPECTED = (
    "training.csv and validation.csv with Manually_Annotated_Images/, "
    "or train_set/ and val_set/ with images/ and annotations/"
)
SIDE = 112
"""Height and width in pixels to which every face is resized."""

NATIVE_ORDER = (
    *("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt"),
    *("none", "uncertain", "no face"),
)
"""Meaning of the codes 0 to 10; the last three are no expressions."""

_COLUMNS, _LARGEST_BOX = 9, 10**6
_FIRST, _LAST = "subDirectory_filePath", ("expression", "valence", "arousal")
_LABELS = np.array(
    [EXPRESSIONS.index(name) if name in EXPRESSIONS else UNUSED for name in NATIVE_ORDER]
)


def classes(tree: Tree) -> tuple[str, ...]:
    """The eight expressions."""
    return EXPRESSIONS


def seven_classes(tree: Tree) -> tuple[str, ...]:
    """The seven basic expressions, without contempt."""
    return BASIC_EXPRESSIONS


def splits(tree: Tree) -> tuple[str, ...]:
    """Splits that are on disk, in either layout."""
    return tuple(split for split in SETS if tree.find(SETS[split]) or _table(tree, split))


def listing(tree: Tree, split: str, mode: str) -> Listing:
    """Images of a split with eight expressions; ``mode`` has no meaning here.

    Raises:
        DataError: a table is malformed (the message names the line), a label is missing or no code
            of AffectNet, or the images are missing.
    """
    folder = tree.find(SETS[split])
    return _from_table(tree, split) if folder is None else _from_set(tree, folder)


def seven_listing(tree: Tree, split: str, mode: str) -> Listing:
    """The same without the faces of contempt."""
    whole = listing(tree, split, mode)
    return whole.subset(np.flatnonzero(whole.labels != EXPRESSIONS.index("contempt")))


def _from_set(tree: Tree, folder: str) -> Listing:
    """The later release: every image has a file with its code."""
    files = tuple(file for file in tree.files(f"{folder}/images") if is_image(file))
    if not files:
        raise DataError(f"{folder}/images in {tree.location} holds no images: expected {EXPECTED}.")
    names = [file.removeprefix(f"{folder}/images/") for file in files]
    annotations = [f"{folder}/annotations/{name.rpartition('.')[0]}_exp.npy" for name in names]
    codes = read_scalars(tree, annotations)
    wrong = np.flatnonzero((codes < 0) | (codes >= len(_LABELS)))
    if len(wrong):
        raise DataError(
            f"{annotations[wrong[0]]} holds {codes[wrong[0]]}, which is no expression of "
            f"AffectNet: expected 0 to {len(_LABELS) - 1}."
        )
    return Listing(tuple(names), files, _LABELS[codes], tree.read)


def _from_table(tree: Tree, split: str) -> Listing:
    """The first release: a table with the path, the box and the code of every image."""
    table = _table(tree, split) or TABLES[split]
    names: list[str] = []
    boxes: list[tuple[int, ...]] = []
    codes: list[int] = []
    for line, name, box, code in _rows(tree, table):
        if min(box[2:]) <= 0 and _LABELS[code] != UNUSED:
            raise DataError(f"{table} line {line} has an empty face box: copy the table again.")
        names.append(name)
        boxes.append(box)
        codes.append(code)
    if not names:
        raise DataError(f"{table} in {tree.location} lists no image: copy it again.")
    folder = _image_folder(tree, table, names[0])
    files = tuple(f"{folder}{name}" for name in names)
    frames: NDArray[np.int64] = np.array(boxes, dtype=np.int64)
    return Listing(tuple(names), files, _LABELS[codes], tree.read, boxes=frames)


def _rows(tree: Tree, table: str) -> Iterator[tuple[int, str, tuple[int, ...], int]]:
    """Line number, path, box ``(x, y, width, height)`` and code of every row.

    Most of a row are landmarks, which are skipped as a whole.
    """
    known = {str(code): code for code in range(len(_LABELS))}
    for line, row in enumerate(tree.lines(table), start=1):
        cells = row.split(",", 5)
        if line == 1 and cells[0] == _FIRST:
            if tuple(row.strip().split(",")[-3:]) != _LAST or len(row.split(",")) != _COLUMNS:
                raise DataError(f"{table} line 1 is not the header of AffectNet ({_FIRST}, …).")
            continue
        last = cells[-1].rsplit(",", 3)
        try:
            x, y, width, height = map(int, cells[1:5])
            if (
                row.count(",") != _COLUMNS - 1
                or max(map(abs, (x, y, width, height))) > _LARGEST_BOX
            ):
                raise ValueError("other columns, or no place in a picture")
            yield line, cells[0], (x, y, width, height), known[last[1]]
        except (ValueError, KeyError, IndexError) as error:
            if not row.strip():
                continue
            raise DataError(
                f"{table} line {line} is malformed: expected a path, a box of four whole numbers, "
                f"landmarks, an expression from 0 to {len(_LABELS) - 1}, valence and arousal."
            ) from error


def _table(tree: Tree, split: str) -> str | None:
    for folder in TABLE_FOLDERS:
        name = tree.find(TABLES[split], folder)
        if name is not None:
            return f"{folder}/{name}" if folder else name
    return None


def _image_folder(tree: Tree, table: str, name: str) -> str:
    """Where the images lie, by the first that is listed; with a slash at the end, or empty."""
    inside, _, base = name.rpartition("/")
    for folder in IMAGE_FOLDERS:
        if base in tree.entries(f"{folder}/{inside}".strip("/")):
            return f"{folder}/" if folder else ""
    raise DataError(
        f"{name}, the first image of {table}, is missing in {tree.location}: expected {EXPECTED}."
    )
