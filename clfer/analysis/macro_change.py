"""B against A where every expression counts alike, however few faces show it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.comparison import Comparison
from clfer.analysis.resampling import RESAMPLES, TAIL, f1_scores, recalls, resampled
from clfer.errors import DataError


@dataclass(frozen=True)
class Change:
    """A score of B minus that of A.

    Attributes:
        value: Of the faces as they are, between -1 and 1.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class MacroChange:
    """Means over the expressions, B minus A.

    Attributes:
        mean_class_accuracy: Mean recall over the expressions that have faces.
        macro_f1: Mean F1 over the expressions that occur.
    """

    mean_class_accuracy: Change
    macro_f1: Change


def macro_change(comparisons: Sequence[Comparison], resamples: int = RESAMPLES) -> MacroChange:
    """Compare the means over the expressions, with intervals by the paired bootstrap.

    Every resample draws the same faces for A and B and for all seeds, and averages the change over
    the seeds: the interval tells how far it hangs on the faces, not on the seeds. The few faces of
    a rare expression weigh as much as the many of a frequent one, which makes it wide.

    Args:
        comparisons: Both models on the same faces; one, or one a seed.
        resamples: Bootstrap samples.

    Raises:
        DataError: the comparisons are not of the same faces.
    """
    first, n_c = comparisons[0], len(comparisons[0].classes)
    if any((one.names, one.classes) != (first.names, first.classes) for one in comparisons):
        raise DataError("The seeds were scored on different faces: score them on the same split.")
    said = [scored.predicted for one in comparisons for scored in (one.a, one.b)]
    kinds, counted = resampled(np.stack([first.labels, *said], axis=1), resamples)
    true, *predicted = kinds.T
    pairs = list(zip(predicted[::2], predicted[1::2], strict=True))
    return MacroChange(
        *(
            _change(
                [np.nanmean(score(counted, true, b, n_c), axis=1) for _, b in pairs],
                [np.nanmean(score(counted, true, a, n_c), axis=1) for a, _ in pairs],
            )
            for score in (recalls, f1_scores)
        )
    )


def _change(b: list[NDArray[np.float64]], a: list[NDArray[np.float64]]) -> Change:
    """From the scores ``[1 + R]`` of every seed."""
    gaps = np.mean(b, axis=0) - np.mean(a, axis=0)
    low, high = np.percentile(gaps[1:], [TAIL, 100 - TAIL])
    return Change(float(gaps[0]), float(low), float(high))
