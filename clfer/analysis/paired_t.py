"""Student's paired t test: do two methods differ over the same seeds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student


@dataclass(frozen=True)
class PairedT:
    """Differences B - A, one per seed.

    Attributes:
        n: Seeds.
        mean: Mean difference.
        interval: 95 % of the mean; None for a single seed.
        t: The statistic; None where it is not defined, for a single seed or equal differences.
        p_value: Two-sided; None like the statistic.
    """

    n: int
    mean: float
    interval: tuple[float, float] | None
    t: float | None
    p_value: float | None


def paired_t(differences: Sequence[float]) -> PairedT:
    """Test whether the mean of at least one difference is zero."""
    n, mean = len(differences), float(np.mean(differences))
    if n < 2:
        return PairedT(n, mean, None, None, None)
    error = float(np.std(differences, ddof=1)) / math.sqrt(n)
    half = float(student.ppf(0.975, n - 1)) * error
    interval = (mean - half, mean + half)
    if np.ptp(differences) < 1e-12:  # equal but for rounding
        return PairedT(n, mean, interval, None, None)
    statistic = mean / error
    return PairedT(n, mean, interval, statistic, 2 * float(student.sf(abs(statistic), n - 1)))
