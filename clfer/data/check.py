"""Open every image of a data set once and report what is there and what is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clfer.data.archive import Tree
from clfer.data.listing import UNUSED, Listing
from clfer.data.opening import Progress, open_all, unlisted
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


@dataclass(frozen=True, eq=False)
class Examination:
    """A report together with the faces it is about.

    Attributes:
        report: The report.
        splits: Split of every face that the protocol keeps, length N, split after split.
        names: Its name, length N.
        labels: int64 ``[N]``.
        digests: Hash of its file, length N; empty where the file cannot be opened.
    """

    report: DataReport
    splits: tuple[str, ...]
    names: tuple[str, ...]
    labels: NDArray[np.int64]
    digests: tuple[str, ...]

    def members(self, split: str) -> NDArray[np.bool_]:
        """Whether each face is of this split, bool ``[N]``."""
        return np.array([own == split for own in self.splits], dtype=bool)


def check_faces(name: str, root: str | Path | None, progress: Progress | None = None) -> DataReport:
    """Open every image of every split of a data set, the ones that its protocol drops included.

    Raises:
        DataError: there is no such data set, or its root is missing or laid out otherwise. Damage
            below the root is reported, not raised.
    """
    return examine_faces(name, root, progress).report


def examine_faces(
    name: str, root: str | Path | None, progress: Progress | None = None
) -> Examination:
    """The report of :func:`check_faces` with the faces behind it.

    Raises:
        DataError: as there.
    """
    if name == SYNTHETIC:
        return _examine_synthetic(progress)
    dataset = on_disk(name)
    with dataset.open(root) as tree:
        return _examine(dataset, tree, str(root), progress)


def _examine(dataset: Dataset, tree: Tree, root: str, progress: Progress | None) -> Examination:
    problems: list[str] = []
    listings = _listings(dataset, tree, problems)
    classes = dataset.classes(tree) if listings else ()
    total = sum(len(listing.files) for listing in listings.values())
    used: dict[str, Listing] = {}
    digests: dict[str, list[str]] = {}
    opened = 0
    for split, listing in listings.items():
        hashes, damaged = open_all(listing, opened, total, progress)
        opened += len(listing.files)
        used[split] = listing.used()
        digests[split] = [hashes[i] for i in np.flatnonzero(listing.labels != UNUSED)]
        problems += damaged
    problems += unlisted(tree, listings.values())
    report = DataReport(
        dataset.name,
        root,
        classes,
        {split: _count(listing.labels, classes) for split, listing in used.items()},
        opened,
        _twins(digests.values()),
        len(problems),
        problems[0] if problems else None,
    )
    kept = {split: (listing.names, listing.labels) for split, listing in used.items()}
    return _examination(report, kept, digests)


def _examination(
    report: DataReport,
    kept: dict[str, tuple[tuple[str, ...], NDArray[np.int64]]],
    digests: dict[str, list[str]],
) -> Examination:
    labels = [labels for _, labels in kept.values()]
    return Examination(
        report,
        tuple(split for split, (names, _) in kept.items() for _ in names),
        tuple(name for names, _ in kept.values() for name in names),
        np.concatenate(labels) if labels else np.empty(0, dtype=np.int64),
        tuple(digest for split in kept for digest in digests[split]),
    )


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


def _examine_synthetic(progress: Progress | None) -> Examination:
    from clfer.data.synthetic.dataset import DEFAULT_COUNTS

    sets = []
    for split in SPLITS:
        sets.append(load_faces(SYNTHETIC, None, split))
        if progress is not None:
            progress(sum(map(len, sets)), sum(DEFAULT_COUNTS.values()))
    classes = sets[0].classes
    counts = {faces.split: _count(faces.labels, classes) for faces in sets}
    digests = {faces.split: list(faces.digests) for faces in sets}
    twins = _twins(digests.values())
    report = DataReport(SYNTHETIC, None, classes, counts, sum(map(len, sets)), twins, 0, None)
    return _examination(report, {f.split: (f.names, f.labels) for f in sets}, digests)


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
