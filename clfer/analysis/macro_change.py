"""B against A where every expression counts alike, however few faces show it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.comparison import Comparison
from clfer.analysis.resampling import (
    LEVEL,
    RESAMPLES,
    TAIL,
    exchanged,
    f1_scores,
    recalls,
    resampled,
)
from clfer.errors import DataError


@dataclass(frozen=True)
class Change:
    """A score of B minus that of A.

    Attributes:
        value: Of the faces as they are, between -1 and 1.
        low: Lower end of its 95 % interval.
        high: Upper end.
        p_value: Two-sided permutation test: how likely a change at least as large is when A and B
            are exchanged at random on every face.
    """

    value: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class MacroChange:
    """Means over the expressions, B minus A.

    Attributes:
        mean_class_accuracy: Mean recall over the expressions that have faces; interval: adjusted
            Wald of every expression, as :meth:`clfer.analysis.mcnemar.McNemar.interval`.
        macro_f1: Mean F1 over the expressions that occur; interval by the paired bootstrap.
    """

    mean_class_accuracy: Change
    macro_f1: Change


def macro_change(comparisons: Sequence[Comparison], resamples: int = RESAMPLES) -> MacroChange:
    """Compare the means over the expressions.

    Faces are drawn, and A and B exchanged on them, for all seeds at once, and the change is
    averaged over the seeds: intervals and tests tell how far it hangs on the faces, not on the
    seeds. The few faces of a rare expression weigh as much as the many of a frequent one.

    Args:
        comparisons: Both models on the same faces; one, or one a seed.
        resamples: Draws of the bootstrap, and of the permutation test.

    Raises:
        DataError: the comparisons are not of the same faces.
    """
    first = comparisons[0]
    if any((one.names, one.classes) != (first.names, first.classes) for one in comparisons):
        raise DataError("The seeds were scored on different faces: score them on the same split.")
    said = [scored.predicted for one in comparisons for scored in (one.a, one.b)]
    kinds, drawn = resampled(np.stack([first.labels, *said], axis=1), resamples)
    swapped = exchanged(drawn[0], resamples)
    recall, f1 = (
        [_gaps(score, counted, kinds, len(first.classes)) for counted in (drawn, swapped)]
        for score in (recalls, f1_scores)
    )
    low, high = np.percentile(f1[0][1:], [TAIL, 100 - TAIL])
    return MacroChange(
        Change(float(recall[0][0]), *_mean_class_interval(comparisons), _p_value(recall[1])),
        Change(float(f1[0][0]), float(low), float(high), _p_value(f1[1])),
    )


def _gaps(
    score: Callable[..., NDArray[np.float64]],
    counted: NDArray[np.float64],
    kinds: NDArray[np.int64],
    n_c: int,
) -> NDArray[np.float64]:
    """B minus A ``[1 + R]``, the mean over expressions and seeds.

    Args:
        score: Of every expression.
        counted: How often each kind occurs, ``[1 + R, K]``; or ``[1 + R, 2 K]``, with A and B
            exchanged in the second half.
        kinds: True expression, and what A and B say with every seed, ``[K, 1 + 2 seeds]``.
        n_c: Expressions.
    """
    true, *said = kinds.T
    gaps = []
    for a, b in zip(said[::2], said[1::2], strict=True):
        if counted.shape[1] > len(kinds):
            a, b = np.concatenate([a, b]), np.concatenate([b, a])
        shown = np.resize(true, len(a))
        of_a, of_b = (np.nanmean(score(counted, shown, one, n_c), axis=1) for one in (a, b))
        gaps.append(of_b - of_a)
    return np.asarray(np.mean(gaps, axis=0), np.float64)


def _p_value(gaps: NDArray[np.float64]) -> float:
    """From the change as it is and after exchanges; itself one of the possible exchanges."""
    as_large = np.abs(gaps) >= abs(gaps[0]) - 1e-12
    return float(as_large.mean())


def _mean_class_interval(comparisons: Sequence[Comparison]) -> tuple[float, float]:
    """Each expression's gain gets two more faces, one that B fixes by half and one it breaks."""
    labels = comparisons[0].labels
    gains = [one.b.correct.astype(np.float64) - one.a.correct for one in comparisons]
    gain = np.mean(gains, axis=0)
    means, variances = [], []
    for label in np.unique(labels):
        own = gain[labels == label]
        n = len(own) + 2
        means.append(own.sum() / n)
        variances.append(((own**2).sum() + 1) / n**2 - means[-1] ** 2 / n)
    half = NormalDist().inv_cdf((1 + LEVEL) / 2) * sqrt(sum(variances)) / len(means)
    middle = float(np.mean(means))
    return max(-1.0, middle - half), min(1.0, middle + half)
