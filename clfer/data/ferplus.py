"""FER+ (Barsoum et al., 2016): FER2013 faces with ten crowd votes each.

On disk either the official folders ``FER2013Train/``, ``FER2013Valid/``, ``FER2013Test/`` with
``label.csv`` (name, box, ten votes, no header), or ``fer2013.csv`` beside ``fer2013new.csv``.
"""

import csv
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clfer.data.archive import Tree
from clfer.data.listing import Listing
from clfer.data.votes import VOTE_COLUMNS, vote_labels
from clfer.errors import DataError
from clfer.expressions import EXPRESSIONS

FOLDERS = {"train": "FER2013Train", "valid": "FER2013Valid", "test": "FER2013Test"}
USAGES = {"train": "Training", "valid": "PublicTest", "test": "PrivateTest"}
PIXELS_CSV, VOTES_CSV = "fer2013.csv", "fer2013new.csv"
MARKERS = (*FOLDERS.values(), PIXELS_CSV, VOTES_CSV)
EXPECTED = (
    "FER2013Train/, FER2013Valid/ or FER2013Test/ with label.csv, "
    f"or {PIXELS_CSV} beside {VOTES_CSV}"
)
SIDE = 48
"""Height and width of the faces in pixels."""

_LONGEST_VOTE = 9


def classes(tree: Tree) -> tuple[str, ...]:
    """The eight expressions."""
    return EXPRESSIONS


def splits(tree: Tree) -> tuple[str, ...]:
    """The splits on disk."""
    found = tuple(split for split, folder in FOLDERS.items() if tree.find(folder))
    if found:
        return found
    for name in (PIXELS_CSV, VOTES_CSV):
        if not tree.find(name):
            raise DataError(f"{name} is missing in {tree.location}: expected {EXPECTED}.")
    used = {row[0].strip() for _, row in _rows(tree, tree.find(VOTES_CSV) or VOTES_CSV)}
    return tuple(split for split, usage in USAGES.items() if usage in used)


def listing(tree: Tree, split: str, mode: str) -> Listing:
    """Images of a split with their labels under ``mode`` (see :func:`vote_labels`).

    Raises:
        DataError: a table is malformed (the message names the line), or the mode is unknown.
    """
    folder = tree.find(FOLDERS[split])
    return _from_tables(tree, split, mode) if folder is None else _from_folder(tree, folder, mode)


def votes(tree: Tree, split: str) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names and votes of all images of a split, those included that every mode leaves out.

    Returns:
        N image names, and int64 ``[N, 10]``: the eight expressions, "unknown", "not a face".

    Raises:
        DataError: the table is malformed; the message names the line.
    """
    folder = tree.find(FOLDERS[split])
    found = _table_votes(tree, split) if folder is None else _folder_votes(tree, folder)
    return tuple(found), _matrix(list(found.values()))


def _from_folder(tree: Tree, folder: str, mode: str) -> Listing:
    votes = _folder_votes(tree, folder)
    labels, targets = vote_labels(_matrix(list(votes.values())), mode)
    files = tuple(f"{folder}/{name}" for name in votes)
    return Listing(tuple(votes), files, labels, tree.read, targets, folder)


def _folder_votes(tree: Tree, folder: str) -> dict[str, list[int]]:
    table = f"{folder}/label.csv"
    votes: dict[str, list[int]] = {}
    for line, row in _rows(tree, table):
        if len(row) != 2 + VOTE_COLUMNS or not row[0].strip():
            raise DataError(
                f"{table} line {line} is malformed: expected an image name, "
                f"a box and {VOTE_COLUMNS} votes."
            )
        _require_new(row[0], votes, table, line)
        votes[row[0]] = _votes(row[2:], table, line)
    return votes


def _table_votes(tree: Tree, split: str) -> dict[str, list[int]]:
    table = tree.find(VOTES_CSV) or VOTES_CSV
    votes: dict[str, list[int]] = {}
    for line, row in _rows(tree, table):
        if len(row) != 2 + VOTE_COLUMNS:
            raise DataError(f"{table} line {line} lacks columns: copy the table again.")
        if row[0].strip() == USAGES[split] and row[1].strip():
            _require_new(row[1].strip(), votes, table, line)
            votes[row[1].strip()] = _votes(row[2:], table, line)
    return votes


def _from_tables(tree: Tree, split: str, mode: str) -> Listing:
    """Pair the rows of the two tables; unnamed rows are not part of FER+."""
    pixels_csv, votes_csv = tree.find(PIXELS_CSV) or PIXELS_CSV, tree.find(VOTES_CSV) or VOTES_CSV
    votes: dict[str, list[int]] = {}
    images: dict[str, bytes] = {}
    both = zip(_rows(tree, pixels_csv), _rows(tree, votes_csv), strict=True)
    try:
        for (line, pixels), (_, row) in both:
            if line == 1:
                _require_headers(pixels, row)
            elif len(row) != 2 + VOTE_COLUMNS or len(pixels) != 3:
                raise DataError(f"Line {line} of {pixels_csv} or {votes_csv} lacks columns.")
            elif row[0].strip() == USAGES[split] and row[1].strip():
                _require_new(row[1].strip(), votes, votes_csv, line)
                votes[row[1].strip()] = _votes(row[2:], votes_csv, line)
                images[row[1].strip()] = _encode(pixels[1], pixels_csv, line)
    except ValueError as error:
        raise DataError(
            f"{pixels_csv} and {votes_csv} differ in length: copy both again, they belong together."
        ) from error
    labels, targets = vote_labels(_matrix(list(votes.values())), mode)
    return Listing(tuple(images), tuple(images), labels, images.__getitem__, targets)


def _rows(tree: Tree, table: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row that is not blank."""
    reader = csv.reader(tree.lines(table))
    try:
        yield from ((reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        raise DataError(
            f"{table} line {reader.line_num + 1} is no comma-separated text ({error})."
        ) from error


def _require_new(name: str, known: dict[str, list[int]], table: str, line: int) -> None:
    if name in known:
        raise DataError(f"{table} line {line} lists {name} again: remove one of the rows.")


def _votes(cells: list[str], table: str, line: int) -> list[int]:
    if not all(cell.strip().isdecimal() and len(cell) <= _LONGEST_VOTE for cell in cells):
        raise DataError(f"{table} line {line} is malformed: votes are whole numbers from 0 on.")
    return [int(cell) for cell in cells]


def _matrix(votes: list[list[int]]) -> NDArray[np.int64]:
    return np.array(votes, dtype=np.int64).reshape(-1, VOTE_COLUMNS)


def _require_headers(pixels: list[str], votes: list[str]) -> None:
    if [c.strip().lower() for c in pixels] != ["emotion", "pixels", "usage"]:
        raise DataError(f"{PIXELS_CSV} line 1 is not the header 'emotion,pixels,Usage'.")
    header = [c.strip().lower() for c in votes]
    if header[:2] != ["usage", "image name"] or tuple(header[2:-2]) != EXPRESSIONS:
        raise DataError(f"{VOTES_CSV} line 1 is not the header of FER+ (Usage, Image name, votes).")


def _encode(pixels: str, table: str, line: int) -> bytes:
    """Wrap 48×48 grey values as a binary PGM image, so that tables and files share one path."""
    try:
        values = bytes(map(int, pixels.split()))
    except ValueError as error:
        raise DataError(f"{table} line {line} has pixels that are no grey values 0–255.") from error
    if len(values) != SIDE * SIDE:
        raise DataError(f"{table} line {line} has {len(values)} pixels instead of {SIDE * SIDE}.")
    return b"P5 %d %d 255\n" % (SIDE, SIDE) + values
