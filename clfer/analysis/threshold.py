"""The threshold for unseen expressions: which faces get an answer, and how good it is (Sec. IV-B).

A face whose top probability lies below the threshold is said to show none of the known
expressions: the paper finds faces of an expression left out of training this way, at 0.25.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.scored import ScoredFaces

THRESHOLDS = tuple(np.linspace(0, 1, 101).tolist())
"""The thresholds of a curve, in steps of 0.01."""


@dataclass(frozen=True, eq=False)
class ThresholdEffect:
    """One model at T thresholds.

    Attributes:
        thresholds: ``[T]``.
        n: Faces.
        answered: Faces with a top probability of at least the threshold, int64 ``[T]``.
        right: Those of them that are predicted right, int64 ``[T]``.
        wrong_refused: Faces without an answer whose prediction would be wrong, int64 ``[T]``.
    """

    thresholds: NDArray[np.float64]
    n: int
    answered: NDArray[np.int64]
    right: NDArray[np.int64]
    wrong_refused: NDArray[np.int64]

    @property
    def share(self) -> NDArray[np.float64]:
        """Share of the faces that are answered ``[T]``."""
        return self.answered / self.n

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """Share of the answered faces that are right ``[T]``; NaN where none is answered."""
        with np.errstate(invalid="ignore"):
            return self.right / self.answered

    @property
    def refused(self) -> NDArray[np.int64]:
        """Faces without an answer ``[T]``."""
        return self.n - self.answered


def threshold_effect(
    scored: ScoredFaces, thresholds: Sequence[float] = THRESHOLDS
) -> ThresholdEffect:
    """Count answered and right faces at every threshold.

    Args:
        scored: One model's scores.
        thresholds: In any order.
    """
    at = np.array(thresholds, dtype=np.float64)
    answered = _at_least(scored.confidence, at)
    right = _at_least(scored.confidence[scored.correct], at)
    wrong = int((~scored.correct).sum())
    return ThresholdEffect(at, len(scored), answered, right, wrong - (answered - right))


def _at_least(values: NDArray[np.float64], thresholds: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many values reach each threshold."""
    return len(values) - np.searchsorted(np.sort(values), thresholds, side="left")
