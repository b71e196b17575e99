"""Splits: their names, and the hold-out for data sets that publish no validation split."""

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "valid", "test")
"""All splits, in the order in which they are shown."""

HOLD_OUT = 0.1
"""Share of the training split that is held out where there is no validation split."""

_SEED = 2024


def hold_out(
    labels: NDArray[np.int64], fraction: float = HOLD_OUT, seed: int = _SEED
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divide a training split into a training and a validation part, class by class.

    Every class gives the same share, rounded, and at least one image if it has two. The default
    seed is fixed, so that the same data set is divided alike everywhere.

    Args:
        labels: int64 ``[N]``.
        fraction: Share of each class that goes to validation.
        seed: Seed of the draw.

    Returns:
        Sorted indices of the training part and of the validation part.
    """
    rng = np.random.default_rng(seed)
    held = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        size = max(round(fraction * len(members)), min(1, len(members) - 1))
        held[members[:size]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)
