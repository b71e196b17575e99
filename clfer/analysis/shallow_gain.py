"""Whether the shallow blocks learn harder in B than in A, the claim of Fig. 5a; nearest epochs."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from clfer.analysis.histories import History

LEVEL = 0.05
"""Factors nearer to 1 than this count as level."""


@dataclass(frozen=True)
class ShallowGain:
    """Gradient norms of B relative to A, epoch by epoch.

    Attributes:
        epochs: Number of epochs that both have finished.
        factor: Geometric mean over these epochs of B's intensity divided by A's, per block ``[4]``.
        larger: Number of epochs in which B's is the larger one, per block ``[4]``.
        ratio_a: Geometric mean of A's ratio of block 1 to block 4.
        ratio_b: The same for B.
    """

    epochs: int
    factor: tuple[float, float, float, float]
    larger: tuple[int, int, int, int]
    ratio_a: float
    ratio_b: float


def shallow_gain(a: History, b: History, prefix: str) -> ShallowGain | None:
    """Compare two histories.

    Args:
        a: History of model A.
        b: History of model B.
        prefix: Which columns, e.g. ``grad_cls``.

    Returns:
        None where the two share no epoch with a gradient at every block.
    """
    shared = a.mean.index.intersection(b.mean.index)
    columns = [f"{prefix}_{j}" for j in range(1, 5)]
    ours, base = (h.mean.loc[shared, columns].to_numpy() for h in (b, a))
    usable = (ours > 0).all(axis=1) & (base > 0).all(axis=1)
    if not usable.any():
        return None
    ours, base = ours[usable], base[usable]
    gains = np.exp(np.log(ours / base).mean(axis=0)).tolist()
    wins = (ours > base).sum(axis=0).tolist()
    ratios = [float(np.exp(np.log(v[:, 0] / v[:, 3]).mean())) for v in (base, ours)]
    return ShallowGain(
        int(usable.sum()),
        (gains[0], gains[1], gains[2], gains[3]),
        (wins[0], wins[1], wins[2], wins[3]),
        ratios[0],
        ratios[1],
    )


def snapped(epoch: int, kept: Collection[int]) -> int:
    """The kept epoch nearest to ``epoch``; the earlier one of two that are equally near.

    Raises:
        ValueError: no epoch was kept.
    """
    return min(kept, key=lambda other: (abs(other - epoch), other))
