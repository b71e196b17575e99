"""From the ten votes on a FER+ image to its label (rules of microsoft/FERPlus, ``ferplus.py``)."""

import numpy as np
from numpy.typing import NDArray

from clfer.data.listing import UNUSED
from clfer.errors import DataError
from clfer.expressions import EXPRESSIONS

VOTE_COLUMNS = 10
"""Eight expressions in the order of ``EXPRESSIONS``, then "unknown" and "not a face"."""

MODES = ("majority", "crossentropy", "probability")
"""How votes become labels; evaluation always uses ``majority``."""

VOTE_NAMES = (*EXPRESSIONS, "unknown", "not a face")
"""Name of each vote column."""

_EXPRESSIONS = 8
_MAX_LABELS = 3


def vote_labels(
    votes: NDArray[np.int64], mode: str
) -> tuple[NDArray[np.int64], NDArray[np.float32] | None]:
    """Labels, and in the two soft modes the label distributions, of FER+ images.

    A single vote for a column is an outlier and becomes 0 in every mode. ``crossentropy`` and
    ``probability`` have the same targets: a loss may use them whole or draw a label from them.

    Args:
        votes: int64 ``[N, 10]``.
        mode: One of :data:`MODES`.

    Returns:
        int64 ``[N]`` with -1 for images that the rule leaves out, and either float32 ``[N, 8]``
        (rows sum to one, or are zero where left out) or ``None`` in majority mode.

    Raises:
        DataError: the mode is unknown.
    """
    if mode not in MODES:
        raise DataError(f"The label mode '{mode}' is unknown: choose one of {', '.join(MODES)}.")
    cleaned = _without_outliers(votes)
    if mode == "majority":
        return _majority(cleaned), None
    targets = _distribution(cleaned)
    labels = np.where(targets.any(axis=1), targets.argmax(axis=1), UNUSED)
    return labels.astype(np.int64), targets


def vote_shares(votes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of every column among the votes that remain without outliers.

    Args:
        votes: int64 ``[N, 10]``.

    Returns:
        float64 ``[N, 10]``; rows sum to one, or are zero where no vote remains.
    """
    cleaned = _without_outliers(votes)
    shares: NDArray[np.float64] = cleaned / np.maximum(cleaned.sum(axis=1, keepdims=True), 1)
    return shares


def _without_outliers(votes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The votes with single ones set to 0."""
    return np.where(votes <= 1, 0, votes)


def _majority(votes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The expression that has more than half of the remaining votes over all ten columns."""
    winner = votes.argmax(axis=1)
    clear = 2 * votes.max(axis=1) > votes.sum(axis=1)
    return np.where(clear & (winner < _EXPRESSIONS), winner, UNUSED).astype(np.int64)


def _distribution(votes: NDArray[np.int64]) -> NDArray[np.float32]:
    """The strongest expressions up to three quarters of the votes, normalised.

    Ranks of equal votes are taken until 75 % of the votes are covered, three labels are taken, or
    "unknown" or "not a face" turns up. An image stays when its expressions have more than half of
    the votes and are at most three.
    """
    total = votes.sum(axis=1)
    left = votes.copy()
    kept = np.zeros_like(votes[:, :_EXPRESSIONS])
    open_ = total > 0
    for _ in range(_MAX_LABELS):
        taken = (left == left.max(axis=1, keepdims=True)) & open_[:, None]
        kept += np.where(taken, left, 0)[:, :_EXPRESSIONS]
        left[taken] = 0
        open_ &= ~taken[:, _EXPRESSIONS:].any(axis=1)
        open_ &= (4 * kept.sum(axis=1) < 3 * total) & ((kept > 0).sum(axis=1) < _MAX_LABELS)
    valid = (2 * kept.sum(axis=1) > total) & ((kept > 0).sum(axis=1) <= _MAX_LABELS)
    kept[~valid] = 0
    shares: NDArray[np.float64] = kept / np.maximum(kept.sum(axis=1, keepdims=True), 1)
    return shares.astype(np.float32)
