"""Open every image of a data set once and report what is there and what is wrong."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clfer.data.archive import Tree
from clfer.data.images import decode, digest, is_image, map_indices
from clfer.data.listing import UNUSED, Listing
from clfer.data.registry import SYNTHETIC, Dataset, load_faces, on_disk
from clfer.data.splits import SPLITS
from clfer.errors import DataError

Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class DataReport:
    """What a data set holds.

    Attributes:
        dataset: Registry name.
        root: The root as given; ``None`` for ``synthetic``.
        classes: Expressions in the order of the labels.
        counts: Faces per split and expression, as an evaluation sees them (FER+: majority mode).
        images: Images opened, those included that the protocol leaves out.
        duplicates: Faces with an identical twin in an earlier split (train, valid, test).
        problems: Number of files that are missing, undecodable or without a label, and of lists
            that are malformed.
        first_problem: The first of them in one sentence; ``None`` if all is well.
    """

    dataset: str
    root: str | None
    classes: tuple[str, ...]
    counts: Counts
    images: int
    duplicates: int
    problems: int
    first_problem: str | None


def check_faces(name: str, root: str | Path | None) -> DataReport:
    """Open every image of every split of a data set, the ones that its protocol drops included.

    Raises:
        DataError: there is no such data set, or its root is missing or laid out otherwise. Damage
            below the root is reported, not raised.
    """
    if name == SYNTHETIC:
        return _check_synthetic()
    dataset = on_disk(name)
    with dataset.open(root) as tree:
        return _check(dataset, tree, str(root))


def _check(dataset: Dataset, tree: Tree, root: str) -> DataReport:
    counts: Counts = {}
    digests: list[list[str]] = []
    problems: list[str] = []
    listings = _listings(dataset, tree, problems)
    classes = dataset.classes(tree) if listings else ()
    for split, listing in listings.items():
        hashes, damaged = _open_all(listing)
        counts[split] = _count(listing.labels, classes)
        digests.append([hashes[i] for i in np.flatnonzero(listing.labels != UNUSED)])
        problems += damaged
    problems += _unlisted(tree, listings.values())
    opened = sum(len(listing.files) for listing in listings.values())
    first = problems[0] if problems else None
    twins = _twins(digests)
    return DataReport(dataset.name, root, classes, counts, opened, twins, len(problems), first)


def _listings(dataset: Dataset, tree: Tree, problems: list[str]) -> dict[str, Listing]:
    """Listing of every split; what keeps one from being made is added to ``problems``."""
    listings: dict[str, Listing] = {}
    try:
        available = dataset.available(tree)
        if not available:
            raise DataError(f"{tree.location} holds no images: expected {dataset.expected}.")
    except DataError as error:
        problems.append(str(error))
        return listings
    for split in available:
        try:
            listings[split] = dataset.read(tree, split, "majority")
        except DataError as error:
            problems.append(str(error))
    return listings


def _check_synthetic() -> DataReport:
    sets = [load_faces(SYNTHETIC, None, split) for split in SPLITS]
    classes = sets[0].classes
    counts = {faces.split: _count(faces.labels, classes) for faces in sets}
    twins = _twins([faces.digests for faces in sets])
    return DataReport(SYNTHETIC, None, classes, counts, sum(map(len, sets)), twins, 0, None)


def _open_all(listing: Listing) -> tuple[list[str], list[str]]:
    """Digest of every image, empty where it cannot be opened, and the reasons."""

    def open_one(index: int) -> tuple[str, str]:
        try:
            data = listing.read(listing.files[index])
            decode(data, listing.files[index], 3)
        except DataError as error:
            return "", str(error)
        return digest(data), ""

    results = list(map_indices(open_one, len(listing.files)))
    return [hashed for hashed, _ in results], [reason for _, reason in results if reason]


def _count(labels: NDArray[np.int64], classes: tuple[str, ...]) -> dict[str, int]:
    per_class = np.bincount(labels[labels != UNUSED], minlength=len(classes))
    return dict(zip(classes, per_class.tolist(), strict=True))


def _twins(digests: Iterable[Iterable[str]]) -> int:
    earlier: set[str] = set()
    twins = 0
    for split in map(list, digests):
        twins += sum(hashed in earlier for hashed in split if hashed)
        earlier.update(split)
    return twins


def _unlisted(tree: Tree, listings: Collection[Listing]) -> Iterator[str]:
    """Images that lie beside the listed ones but have no label."""
    listed = {file for listing in listings for file in listing.files}
    for folder in dict.fromkeys(listing.folder for listing in listings):
        files = tree.files(folder) if folder is not None else ()
        for file in files:
            if is_image(file) and file not in listed:
                yield f"{file} has no label: add a row to the list of labels or remove the file."
