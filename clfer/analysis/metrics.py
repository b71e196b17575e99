"""Scores of a classifier from its logits and the true labels; pure functions on numpy arrays."""

from math import sqrt
from statistics import NormalDist
from typing import cast

import numpy as np
from numpy.typing import NDArray

ECE_BINS = 15
"""Bins of equal width between confidence 0 and 1 (Guo et al., 2017)."""


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities over the last axis, ``[..., n_c]``, in float64."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True), dtype=np.float64)
    return cast(NDArray[np.float64], shifted / shifted.sum(axis=-1, keepdims=True))


def confusion_matrix(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts ``[n_c, n_c]``: rows are the true classes, columns the predicted ones.

    Args:
        logits: ``[N, n_c]``.
        labels: ``[N]``, each below n_c.
    """
    classes = logits.shape[1]
    cells = labels * classes + logits.argmax(axis=1)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def accuracy(confusion: NDArray[np.int64]) -> float:
    """Share of faces, at least one, on the diagonal of a confusion matrix ``[n_c, n_c]``."""
    _require_faces(confusion)
    return float(np.trace(confusion) / confusion.sum())


def mean_class_accuracy(confusion: NDArray[np.int64]) -> float:
    """Mean recall over the classes that have faces, at least one."""
    _require_faces(confusion)
    support = confusion.sum(axis=1)
    present = support > 0
    return float((np.diag(confusion)[present] / support[present]).mean())


def macro_f1(confusion: NDArray[np.int64]) -> float:
    """Mean F1 over the classes that occur among the labels or the predictions, at least one."""
    _require_faces(confusion)
    total = confusion.sum(axis=0) + confusion.sum(axis=1)
    present = total > 0
    return float((2 * np.diag(confusion)[present] / total[present]).mean())


def expected_calibration_error(
    logits: NDArray[np.float64], labels: NDArray[np.int64], bins: int = ECE_BINS
) -> float:
    """Mean gap between confidence (top probability) and accuracy, weighted by the bins' faces.

    Args:
        logits: ``[N, n_c]``.
        labels: ``[N]``.
        bins: Bins of equal width, each open on the left and closed on the right.
    """
    confidence = softmax(logits).max(axis=1)
    correct = (logits.argmax(axis=1) == labels).astype(np.float64)
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gap = np.bincount(place, weights=correct - confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(labels))


def wilson_interval(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share such as the accuracy (Wilson, 1927).

    Raises:
        ValueError: ``n`` is 0.
    """
    if n < 1:
        raise ValueError("the interval of a share needs at least one face")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, spread = successes / n, z * z / n
    centre = share + spread / 2
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (centre - half) / (1 + spread), (centre + half) / (1 + spread)
    # Exactly there, which rounding would miss.
    return (low if successes else 0.0), (high if successes < n else 1.0)


def _require_faces(confusion: NDArray[np.int64]) -> None:
    if not confusion.any():
        raise ValueError("the scores of a confusion matrix need at least one face")
