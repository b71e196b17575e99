"""Reliability diagrams: how often a model is right, by how sure it is (Guo et al., 2017)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.metrics import ECE_BINS, expected_calibration_error, wilson_interval
from clfer.analysis.scored import ScoredFaces


@dataclass(frozen=True, eq=False)
class Reliability:
    """One model's faces in bins of confidence, i.e. of the top probability.

    Bins have equal width and are open on the left and closed on the right. An empty bin has
    neither confidence nor accuracy: they are NaN.

    Attributes:
        edges: ``[bins + 1]``, from 0 to 1.
        count: Faces in each bin, int64 ``[bins]``.
        confidence: Their mean confidence ``[bins]``.
        accuracy: Share of them predicted right ``[bins]``.
        low: Lower end of the accuracy's 95 % Wilson interval ``[bins]``.
        high: Upper end ``[bins]``.
        ece: Expected calibration error: the mean gap between confidence and accuracy.
    """

    edges: NDArray[np.float64]
    count: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    ece: float

    @property
    def overconfidence(self) -> float:
        """Mean confidence minus accuracy over all faces; negative where a model is too modest."""
        filled = self.count > 0
        gap = (self.confidence - self.accuracy)[filled]
        return float((gap * self.count[filled]).sum() / self.count.sum())


def reliability(scored: ScoredFaces, bins: int = ECE_BINS) -> Reliability:
    """Sort the faces into the bins that the expected calibration error is defined on.

    Args:
        scored: One model's scores.
        bins: Bins of equal width.
    """
    place = np.clip(np.ceil(scored.confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    right = np.bincount(place, weights=scored.correct, minlength=bins)
    confidence = np.bincount(place, weights=scored.confidence, minlength=bins)
    ends = [
        wilson_interval(int(hits), int(n)) if n else (np.nan, np.nan)
        for hits, n in zip(right, count, strict=True)
    ]
    low, high = np.array(ends, dtype=np.float64).T
    with np.errstate(invalid="ignore"):
        return Reliability(
            edges=np.linspace(0, 1, bins + 1),
            count=count,
            confidence=confidence / count,
            accuracy=right / count,
            low=low,
            high=high,
            ece=expected_calibration_error(scored.logits, scored.labels, bins),
        )
