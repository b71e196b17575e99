"""How the scores of B differ from those of A on the same faces, with intervals and tests."""

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
    hits,
    recalls,
    resampled,
)
from clfer.errors import DataError

Score = Callable[
    [NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], int], NDArray[np.float64]
]
"""Of counted kinds, their true and predicted expressions and n_c: ``[R, columns]`` to average."""


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
class ScoreChanges:
    """Of the scores that are usual in facial expression recognition.

    Attributes:
        accuracy: Share of the faces.
        mean_class_accuracy: Mean recall over the expressions that have faces.
        macro_f1: Mean F1 over the expressions that occur.
    """

    accuracy: Change
    mean_class_accuracy: Change
    macro_f1: Change


def score_changes(comparisons: Sequence[Comparison], resamples: int = RESAMPLES) -> ScoreChanges:
    """Compare all scores.

    A and B are exchanged, and faces drawn, for all seeds at once, and a change is the mean over
    the seeds: intervals and tests tell how far it hangs on the faces, not on the seeds. Where every
    expression counts alike, the few faces of a rare one weigh as much as the many of a frequent
    one. The bootstrap would take two faces of a rare expression that B alone gets right for
    certain, so it gives the interval of macro-F1 only; those of the shares are adjusted Wald.

    Args:
        comparisons: Both models on the same faces; one, or one a seed.
        resamples: Draws of the bootstrap, and of the permutation test.

    Raises:
        DataError: the comparisons are not of the same faces.
    """
    first, n_c = comparisons[0], len(comparisons[0].classes)
    if any((one.names, one.classes) != (first.names, first.classes) for one in comparisons):
        raise DataError("The seeds were scored on different faces: score them on the same split.")
    said = [scored.predicted for one in comparisons for scored in (one.a, one.b)]
    kinds, drawn = resampled(np.stack([first.labels, *said], axis=1), resamples)
    swapped = exchanged(kinds, drawn[0], resamples)
    f1 = _gaps(f1_scores, kinds, drawn, n_c)
    low, high = np.percentile(f1[1:], [TAIL, 100 - TAIL])
    ends = (
        (hits, _interval(comparisons, np.zeros(len(first), np.int64))),
        (recalls, _interval(comparisons, first.labels)),
        (f1_scores, (float(low), float(high))),
    )
    return ScoreChanges(*(_change(_gaps(score, *swapped, n_c), *of) for score, of in ends))


def _change(gaps: NDArray[np.float64], low: float, high: float) -> Change:
    """From the change as it is and after exchanges; itself one of the possible exchanges."""
    as_large = np.abs(gaps) >= abs(gaps[0]) - 1e-12
    return Change(float(gaps[0]), low, high, float(as_large.mean()))


def _gaps(
    score: Score, kinds: NDArray[np.int64], counted: NDArray[np.float64], n_c: int
) -> NDArray[np.float64]:
    """B minus A ``[1 + R]``, the mean over the seeds.

    Args:
        score: Its mean over the columns is taken.
        kinds: True expression, then what A and B say with every seed, ``[K, 1 + 2 seeds]``.
        counted: How often each kind occurs, ``[1 + R, K]``.
        n_c: Expressions.
    """
    true, *said = kinds.T
    gaps = []
    for a, b in zip(said[::2], said[1::2], strict=True):
        of_a, of_b = (np.nanmean(score(counted, true, one, n_c), axis=1) for one in (a, b))
        gaps.append(of_b - of_a)
    return np.asarray(np.mean(gaps, axis=0), np.float64)


def _interval(comparisons: Sequence[Comparison], parts: NDArray[np.int64]) -> tuple[float, float]:
    """Adjusted Wald interval of the gain, the mean over parts of the faces.

    Each part gets one more face that B fixes and one that it breaks, by half each, as
    :meth:`clfer.analysis.mcnemar.McNemar.interval` has it for all faces as one part.
    """
    gains = [one.b.correct.astype(np.float64) - one.a.correct for one in comparisons]
    gain = np.mean(gains, axis=0)
    means, variances = [], []
    for part in np.unique(parts):
        own = gain[parts == part]
        n = len(own) + 2
        means.append(own.sum() / n)
        variances.append(((own**2).sum() + 1) / n**2 - means[-1] ** 2 / n)
    half = NormalDist().inv_cdf((1 + LEVEL) / 2) * sqrt(sum(variances)) / len(means)
    middle = float(np.mean(means))
    return max(-1.0, middle - half), min(1.0, middle + half)
