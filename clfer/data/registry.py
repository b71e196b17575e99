"""All data sets by name, and the one way to load a split of any of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from clfer.data import affectnet, ferplus, folder, rafdb, sfew
from clfer.data.archive import Tree
from clfer.data.faceset import FaceSet
from clfer.data.images import Channels, load_images
from clfer.data.listing import Listing
from clfer.data.root import open_tree
from clfer.data.splits import SPLITS, hold_out
from clfer.data.votes import MODES
from clfer.errors import DataError
from clfer.expressions import FIXED_CLASSES

Choice = Callable[[NDArray[np.int64], tuple[str, ...]], NDArray[np.int64]]
"""From the labels ``[N]`` of a split and the expressions to the indices of the faces to load."""

SYNTHETIC = "synthetic"
_SYNTHETIC_SIDE = 64


@dataclass(frozen=True)
class Dataset:
    """How one data set is laid out on disk.

    Attributes:
        name: Registry name.
        markers: Names one of which lies at the top of the root.
        expected: The layout in words.
        side: Height and width of the faces in pixels unless asked otherwise.
        channels: 1 (grey), 3 (RGB), or ``None`` for grey if all images of the split are grey.
        holds_out: Whether ``valid`` is held out from ``train`` where the root has no such split.
        classes: Expressions in the order of the labels.
        splits: Splits on disk.
        listing: Images of a split on disk, given the label mode.
    """

    name: str
    markers: tuple[str, ...]
    expected: str
    side: int
    channels: Channels | None
    holds_out: bool
    classes: Callable[[Tree], tuple[str, ...]]
    splits: Callable[[Tree], tuple[str, ...]]
    listing: Callable[[Tree, str, str], Listing]

    def open(self, root: str | Path | None) -> Tree:
        """Open the root; :class:`DataError` if it is missing or laid out otherwise."""
        if root is None:
            raise DataError(f"The data set '{self.name}' needs a root: give its folder or .zip.")
        return open_tree(root, self.markers, self.expected)

    def available(self, tree: Tree) -> tuple[str, ...]:
        """Splits that can be loaded, a held-out ``valid`` included."""
        native = set(self.splits(tree))
        if self.holds_out and "train" in native:
            native.add("valid")
        return tuple(split for split in SPLITS if split in native)

    def read(self, tree: Tree, split: str, mode: str) -> Listing:
        """Images of a split after the hold-out; :class:`DataError` if there is no such split."""
        available = self.available(tree)
        if split not in available:
            raise DataError(
                f"{tree.location} has no split '{split}' of {self.name}: "
                f"found {', '.join(available) or 'none'}."
            )
        held_out = self.holds_out and "valid" not in self.splits(tree)
        if split == "test" or not held_out:
            return self.listing(tree, split, mode)
        whole = self._all_training(tree, mode)
        train, valid = hold_out(whole.labels)
        return whole.subset(train if split == "train" else valid)

    def _all_training(self, tree: Tree, mode: str) -> Listing:
        """The training faces with those held out, listed once while the tree is open."""
        key = self.name, mode
        if key not in tree.listed:
            tree.listed[key] = self.listing(tree, "train", mode)
        return tree.listed[key]


def _dataset(
    name: str, module: ModuleType, channels: Channels | None, *, holds_out: bool
) -> Dataset:
    return Dataset(
        name,
        module.MARKERS,
        module.EXPECTED,
        module.SIDE,
        channels,
        holds_out,
        module.classes,
        module.splits,
        module.listing,
    )


_AFFECTNET = _dataset("affectnet", affectnet, 3, holds_out=True)
_ON_DISK = {
    "ferplus": _dataset("ferplus", ferplus, 1, holds_out=False),
    "rafdb": _dataset("rafdb", rafdb, 3, holds_out=True),
    "sfew": _dataset("sfew", sfew, 3, holds_out=True),
    "affectnet": _AFFECTNET,
    "affectnet7": replace(
        _AFFECTNET,
        name="affectnet7",
        classes=affectnet.seven_classes,
        listing=affectnet.seven_listing,
    ),
    "folder": _dataset("folder", folder, None, holds_out=True),
}

DATASETS: tuple[str, ...] = (*_ON_DISK, SYNTHETIC)
"""Names of all data sets."""


def needs_root(name: str) -> bool:
    """Whether a data set lies on disk; :class:`DataError` if there is none of that name."""
    if name not in DATASETS:
        on_disk(name)
    return name != SYNTHETIC


def on_disk(name: str) -> Dataset:
    """The data set of that name; :class:`DataError` if there is none."""
    if name not in _ON_DISK:
        raise DataError(f"There is no data set '{name}': choose one of {', '.join(DATASETS)}.")
    return _ON_DISK[name]


def dataset_classes(name: str, root: str | Path | None = None) -> tuple[str, ...]:
    """Expressions of a data set in the order of its labels.

    Only ``folder`` needs its root for that.

    Raises:
        DataError: there is no such data set, or its root is needed and cannot be read.
    """
    if name in FIXED_CLASSES:
        return FIXED_CLASSES[name]
    dataset = on_disk(name)
    with dataset.open(root) as tree:
        return dataset.classes(tree)


def available_splits(name: str, root: str | Path | None) -> tuple[str, ...]:
    """Splits that :func:`load_faces` can load.

    Raises:
        DataError: there is no such data set, or its root is missing or laid out otherwise.
    """
    if name == SYNTHETIC:
        return SPLITS
    dataset = on_disk(name)
    with dataset.open(root) as tree:
        return dataset.available(tree)


def load_faces(
    name: str,
    root: str | Path | None,
    split: str,
    *,
    mode: str = "majority",
    side: int | None = None,
    choose: Choice | None = None,
) -> FaceSet:
    """Load one split of a data set into memory.

    Images that are not square lose what lies outside their central square, then they are resized.
    A ``folder`` set is grey if all images of the split are, RGB otherwise.

    Args:
        name: One of :data:`DATASETS`.
        root: Folder or ``.zip`` of the data set; ignored for ``synthetic``.
        split: ``"train"``, ``"valid"`` or ``"test"``.
        mode: How FER+ votes become labels: ``majority``, or ``crossentropy`` or ``probability``
            for soft labels in :attr:`FaceSet.targets` with their argmax as labels.
        side: Height and width of the images in pixels; by default 48 for ``ferplus``, 100 for
            ``rafdb``, 64 for ``synthetic`` and 112 for the others.
        choose: Which faces to load; only they are decoded. None for all.

    Returns:
        uint8 images ``[N, side, side, C]`` with labels, names and digests.

    Raises:
        DataError: unknown name, split or mode; root missing, damaged or laid out otherwise; an
            image missing or undecodable.
    """
    if mode not in MODES:
        raise DataError(f"The label mode '{mode}' is unknown: choose one of {', '.join(MODES)}.")
    if split not in SPLITS:
        raise DataError(f"There is no split '{split}': choose one of {', '.join(SPLITS)}.")
    if name == SYNTHETIC:
        from clfer.data.synthetic import load_synthetic

        drawn = load_synthetic(split, size=side or _SYNTHETIC_SIDE)
        return drawn if choose is None else drawn.subset(choose(drawn.labels, drawn.classes))
    dataset = on_disk(name)
    with dataset.open(root) as tree:
        used = dataset.read(tree, split, mode).used()
        if not used.files:
            raise DataError(f"The split '{split}' of {name} in {tree.location} has no usable face.")
        classes = dataset.classes(tree)
        if choose is not None:
            used = used.subset(choose(used.labels, classes))
        images, digests = load_images(used, side=side or dataset.side, channels=dataset.channels)
    return FaceSet(name, split, classes, images, used.labels, used.names, digests, used.targets)
