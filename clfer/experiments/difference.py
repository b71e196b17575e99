"""A mean over faces with its interval, and what may be said of its sign."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from clfer.analysis.mcnemar import McNemar

LEVEL = 0.05


@dataclass(frozen=True)
class Difference:
    """Ours less the baseline, or another mean over faces that may be zero.

    Attributes:
        mean: Over the faces.
        low: Lower end of the 95 % interval.
        high: Upper end.
        n: Faces.
    """

    mean: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: NDArray[np.floating]) -> "Difference | None":
        """Student's interval of the mean of one value per face; None below two known values."""
        known = values[np.isfinite(values)]
        if len(known) < 2:
            return None
        mean, error = float(known.mean()), float(known.std(ddof=1)) / math.sqrt(len(known))
        half = float(student.ppf(1 - LEVEL / 2, len(known) - 1)) * error
        return cls(mean, mean - half, mean + half, len(known))

    @property
    def positive(self) -> bool | None:
        """Whether the mean lies above zero; None where the interval holds zero."""
        if self.low > 0 or self.high < 0:
            return self.mean > 0
        return None

    def said(self, decimals: int = 1, unit: str = " points") -> str:
        """The mean and its interval, e.g. ``+1.2 points (−0.4 to +2.8)``."""
        mean, low, high = (signed(value, decimals) for value in (self.mean, self.low, self.high))
        return f"{mean}{unit} ({low} to {high})"


def signed(value: float, decimals: int) -> str:
    """A number with its sign, a true minus, and no minus before zero."""
    return f"{value:+z.{decimals}f}".replace("-", "−")


def positive(change: Difference | None) -> bool | None:
    """:attr:`Difference.positive`; None too where nothing was measured."""
    return None if change is None else change.positive


def improved(test: McNemar | None) -> bool | None:
    """Whether B is right more often than A; None where McNemar's test cannot tell."""
    if test is None or test.p_value >= LEVEL:
        return None
    return test.difference > 0


def both(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether all of several statements hold; None where none is refuted but one is open."""
    said = list(verdicts)
    if False in said:
        return False
    return None if None in said or not said else True
