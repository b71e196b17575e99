"""McNemar's exact test: do two models err on the same faces equally often."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from clfer.analysis.comparison import Comparison


@dataclass(frozen=True)
class McNemar:
    """Two models on the same n faces.

    Attributes:
        right: Faces that both get right.
        fixed: Faces that only B gets right.
        broken: Faces that only A gets right.
        wrong: Faces that neither gets right.
        p_value: Two-sided: how likely a split of the discordant faces at least as uneven is
            when either model is as likely to be the right one. One without discordant faces.
    """

    right: int
    fixed: int
    broken: int
    wrong: int
    p_value: float

    @property
    def n(self) -> int:
        """Faces."""
        return self.right + self.fixed + self.broken + self.wrong

    @property
    def difference(self) -> float:
        """Accuracy of B minus accuracy of A."""
        return (self.fixed - self.broken) / self.n

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Interval of the difference: adjusted Wald for paired shares (Agresti and Min, 2005)."""
        n = self.n + 2
        up, down = (self.fixed + 0.5) / n, (self.broken + 0.5) / n
        half = NormalDist().inv_cdf((1 + level) / 2) * sqrt((up + down - (up - down) ** 2) / n)
        return max(-1.0, up - down - half), min(1.0, up - down + half)


def mcnemar_of(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> McNemar:
    """Test whether faces are right, bool ``[N]`` for A and for B, in the same order."""
    fixed, broken = int((~a & b).sum()), int((a & ~b).sum())
    discordant = fixed + broken
    p = float(binomtest(fixed, discordant, 0.5).pvalue) if discordant else 1.0
    return McNemar(int((a & b).sum()), fixed, broken, int((~a & ~b).sum()), p)


def mcnemar(comparison: Comparison) -> McNemar:
    """Test all faces."""
    return mcnemar_of(comparison.a.correct, comparison.b.correct)


def mcnemar_per_class(comparison: Comparison) -> dict[str, McNemar]:
    """Test the faces of each expression that has any; p values adjusted by Holm's method.

    Adjusted, the chance of even one false alarm among all expressions stays below the level.
    """
    found = {}
    for i, name in enumerate(comparison.classes):
        own = comparison.labels == i
        if own.any():
            found[name] = mcnemar_of(comparison.a.correct[own], comparison.b.correct[own])
    adjusted = holm([test.p_value for test in found.values()])
    return {
        name: McNemar(test.right, test.fixed, test.broken, test.wrong, p)
        for (name, test), p in zip(found.items(), adjusted, strict=True)
    }


def holm(p_values: list[float]) -> list[float]:
    """Step-down adjustment of p values for their number (Holm, 1979)."""
    p = np.array(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, steps)
    return [float(value) for value in adjusted]
