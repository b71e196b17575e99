"""Precision, recall and F1 per expression with 95 % intervals, for two models on the same faces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.comparison import Comparison
from clfer.analysis.metrics import (
    accuracy,
    confusion_matrix,
    expected_calibration_error,
    macro_f1,
    mean_class_accuracy,
    wilson_interval,
)
from clfer.analysis.resampling import LEVEL, RESAMPLES, TAIL, f1_scores, ratio, resampled
from clfer.analysis.scored import ScoredFaces


@dataclass(frozen=True, eq=False)
class Overall:
    """One model on all faces.

    Attributes:
        n: Faces.
        accuracy: Share of correct predictions.
        accuracy_interval: Its 95 % Wilson interval.
        mean_class_accuracy: Mean recall over the expressions that have faces.
        macro_f1: Mean F1 over the expressions that occur.
        ece: Expected calibration error, 15 bins.
    """

    n: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    mean_class_accuracy: float
    macro_f1: float
    ece: float


@dataclass(frozen=True, eq=False)
class Score:
    """A share per expression; NaN where it is undefined.

    Attributes:
        value: ``[n_c]``, between 0 and 1.
        low: Lower end of its 95 % interval ``[n_c]``.
        high: Upper end ``[n_c]``.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ModelScores:
    """One model per expression.

    Attributes:
        precision: Share of the faces given the expression that truly show it; Wilson interval.
        recall: Share of the faces that show it that are given it; Wilson interval.
        f1: Their harmonic mean; interval by bootstrap. None (NaN) at zero, where every resample
            is zero too and says nothing about how rare a hit is.
    """

    precision: Score
    recall: Score
    f1: Score


@dataclass(frozen=True, eq=False)
class PerClass:
    """Both models per expression.

    Attributes:
        classes: The n_c expressions.
        support: Faces of each expression, int64 ``[n_c]``.
        a: Scores of A.
        b: Scores of B.
        change: F1 of B minus F1 of A, between -1 and 1; interval by the paired bootstrap.
    """

    classes: tuple[str, ...]
    support: NDArray[np.int64]
    a: ModelScores
    b: ModelScores
    change: Score


def overall(scored: ScoredFaces) -> Overall:
    """The scores that ``clfer evaluate`` prints, from logits that are at hand."""
    confusion = confusion_matrix(scored.logits, scored.labels)
    right, n = int(np.trace(confusion)), int(confusion.sum())
    return Overall(
        n=n,
        accuracy=accuracy(confusion),
        accuracy_interval=wilson_interval(right, n, LEVEL),
        mean_class_accuracy=mean_class_accuracy(confusion),
        macro_f1=macro_f1(confusion),
        ece=expected_calibration_error(scored.logits, scored.labels),
    )


def per_class(comparison: Comparison, resamples: int = RESAMPLES) -> PerClass:
    """Score every expression.

    The bootstrap draws the same faces for A and B.

    Args:
        comparison: Both models on the same faces.
        resamples: Bootstrap samples.
    """
    n_c = len(comparison.classes)
    triples = np.stack([comparison.labels, comparison.a.predicted, comparison.b.predicted], axis=1)
    kinds, counted = resampled(triples, resamples)
    f1_a, f1_b = (f1_scores(counted, kinds[:, 0], kinds[:, column], n_c) for column in (1, 2))
    return PerClass(
        classes=comparison.classes,
        support=np.bincount(comparison.labels, minlength=n_c),
        a=_scores(comparison.a, f1_a),
        b=_scores(comparison.b, f1_b),
        change=_percentiles(f1_b - f1_a, known=~np.isnan(f1_b[0] - f1_a[0])),
    )


def _scores(scored: ScoredFaces, f1: NDArray[np.float64]) -> ModelScores:
    confusion = confusion_matrix(scored.logits, scored.labels)
    hits = np.diag(confusion)
    return ModelScores(
        precision=_wilson(hits, confusion.sum(axis=0)),
        recall=_wilson(hits, confusion.sum(axis=1)),
        f1=_percentiles(f1, known=f1[0] > 0),
    )


def _wilson(hits: NDArray[np.int64], totals: NDArray[np.int64]) -> Score:
    undefined = (np.nan, np.nan)
    ends = [
        wilson_interval(int(hit), int(total), LEVEL) if total else undefined
        for hit, total in zip(hits, totals, strict=True)
    ]
    low, high = np.array(ends, dtype=np.float64).T
    return Score(ratio(hits, totals), low, high)


def _percentiles(rows: NDArray[np.float64], known: NDArray[np.bool_]) -> Score:
    """The first row with percentiles of the others, where known; resamples without it left out."""
    low, high = np.full((2, rows.shape[1]), np.nan)
    if known.any():
        low[known], high[known] = np.nanpercentile(rows[1:, known], [TAIL, 100 - TAIL], axis=0)
    return Score(rows[0], low, high)
