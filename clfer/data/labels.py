"""Labels and votes of a data set without opening a single image."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clfer.data import ferplus
from clfer.data.registry import SYNTHETIC, dataset_classes, on_disk
from clfer.data.splits import SPLITS
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS


def load_labels(
    name: str, root: str | Path | None
) -> tuple[tuple[str, ...], dict[str, NDArray[np.int64]]]:
    """Classes of a data set, and the labels of every split as an evaluation sees them.

    Returns:
        Expressions in the order of the labels, and int64 ``[N]`` per split that is there
        (FER+: majority mode).

    Raises:
        DataError: there is no such data set; its root is missing, laid out otherwise or empty; or
            a list of labels is malformed.
    """
    if name == SYNTHETIC:
        from clfer.data.synthetic.dataset import DEFAULT_COUNTS

        turns = len(BASIC_EXPRESSIONS)
        drawn = {s: np.arange(DEFAULT_COUNTS[s], dtype=np.int64) % turns for s in SPLITS}
        return dataset_classes(name), drawn
    dataset = on_disk(name)
    with dataset.open(root) as tree:
        available = dataset.available(tree)
        if not available:
            raise DataError(f"{tree.location} holds no images: expected {dataset.expected}.")
        labels = {s: dataset.read(tree, s, "majority").used().labels for s in available}
        return dataset.classes(tree), labels


def load_votes(root: str | Path | None, split: str) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names and votes of all FER+ images of a split, those included that the protocol leaves out.

    Returns:
        N image names, and int64 ``[N, 10]`` in the order of
        :data:`~clfer.data.votes.VOTE_NAMES`.

    Raises:
        DataError: the root is missing or laid out otherwise, or the table is malformed.
    """
    with on_disk("ferplus").open(root) as tree:
        return ferplus.votes(tree, split)


def expected_layout(name: str) -> str:
    """The layout on disk of a data set in words; :class:`DataError` if there is none."""
    return on_disk(name).expected
