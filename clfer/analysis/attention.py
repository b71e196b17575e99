"""What each block adds to the verdict (Eq. 8, 9), and how usual its weight is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class AttentionDistribution:
    """Attention over the validation faces of a model.

    Attributes:
        attention: μ_{i,j}, ``[N, 4]``.
        attention_norm: μ_{i,j}·‖f'_{i,j}‖, ``[N, 4]``.
    """

    attention: NDArray[np.float64]
    attention_norm: NDArray[np.float64]

    def percentile(self, attention: tuple[float, ...]) -> NDArray[np.float64]:
        """Share of validation faces with less attention than a face's μ_1 … μ_4, ``[4]``."""
        return np.asarray((self.attention < np.asarray(attention)).mean(axis=0))


def attention_distribution(faces: "pd.DataFrame") -> AttentionDistribution | None:
    """Read the distribution from a checkpoint's ``faces`` table; None for a model without MSR."""
    if faces["attention"].isna().any():
        return None
    return AttentionDistribution(stacked(faces["attention"]), stacked(faces["attention_norm"]))


def centred_contributions(contributions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Contributions ``[..., n_c, 4]`` minus their mean over the expressions.

    Softmax ignores what a block adds to all logits alike, so only the rest decides.
    """
    return np.asarray(contributions - contributions.mean(axis=-2, keepdims=True))


def stacked(column: "pd.Series[Any]") -> NDArray[np.float64]:
    """A column of N lists of equal length as an array ``[N, length]``."""
    return np.array([np.asarray(row) for row in column], dtype=np.float64)
