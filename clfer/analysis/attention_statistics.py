"""Attention over a whole split: its distribution in groups of faces, and how evenly it spreads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import entropy, gaussian_kde

from clfer.analysis.scored import ScoredFaces
from clfer.errors import DataError

Weight = Literal["attention", "attention_norm"]
Grouping = Literal["expression", "correctness"]

POINTS = 64
"""Places at which a density is evaluated."""

LEAST = 5
"""A density of fewer faces would be an invention; only their quartiles are given."""

BINS = 40
"""Bins of the histogram of entropies."""

VERDICTS = ("wrong", "correct")
"""Names of the groups by correctness, in their order."""


@dataclass(frozen=True, eq=False)
class GroupedWeights:
    """The distribution of a weight at each block, within each of G groups of faces.

    Attributes:
        weight: ``"attention"`` for μ_{i,j}, ``"attention_norm"`` for μ_{i,j}·‖f'_{i,j}‖ (Eq. 8).
        groups: Names of the groups.
        counts: Faces in each, int64 ``[G]``.
        quartiles: 25, 50 and 75 %, ``[G, 4, 3]``; NaN for an empty group.
        places: Where the densities are evaluated, from the least to the largest value of the
            group, ``[G, 4, POINTS]``.
        density: Gaussian kernel density at those places (Scott's rule), ``[G, 4, POINTS]``; NaN
            for a group of fewer than :data:`LEAST` faces or with one value only.
    """

    weight: Weight
    groups: tuple[str, ...]
    counts: NDArray[np.int64]
    quartiles: NDArray[np.float64]
    places: NDArray[np.float64]
    density: NDArray[np.float64]


def grouped_weights(scores: ScoredFaces, weight: Weight, by: Grouping) -> GroupedWeights:
    """Distribution of a weight by the true expression, or by whether the model is right.

    Raises:
        DataError: the scores hold no attention.
    """
    values = weights_of(scores, weight)
    if by == "expression":
        names, member = scores.classes, scores.labels
    else:
        names, member = VERDICTS, scores.correct.astype(np.int64)
    parts = [values[member == k] for k in range(len(names))]
    curves = [_density(part) for part in parts]
    return GroupedWeights(
        weight,
        tuple(names),
        np.array([len(part) for part in parts]),
        np.stack([_quartiles(part) for part in parts]),
        np.stack([places for places, _ in curves]),
        np.stack([density for _, density in curves]),
    )


def weights_of(scores: ScoredFaces, weight: Weight = "attention") -> NDArray[np.float64]:
    """μ or μ‖f'‖ of every face, ``[N, 4]``.

    Raises:
        DataError: the model has no MSR, or it is an earlier epoch, of which attention is not kept.
    """
    values: NDArray[np.float64] | None = getattr(scores, weight)
    if values is None:
        raise DataError(
            f"The scores of epoch {scores.epoch} hold no attention: choose the last epoch of a "
            "model with MSR."
        )
    return values


def attention_entropy(attention: NDArray[np.float64]) -> NDArray[np.float64]:
    """Entropy in bits of μ_1 … μ_4 scaled to the sum 1, ``[N]`` from ``[N, 4]``.

    0 where one block has all the attention, 2 where all four have the same. The scale of μ does
    not matter, only how it is shared out; NaN where all four are zero.
    """
    return np.asarray(entropy(attention, base=2, axis=1), dtype=np.float64)


def lowest_first(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of the faces in rising order of a value ``[N]``; equals stay in their order."""
    return np.argsort(values, kind="stable")


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of one quantity for several models, over the same bins.

    Attributes:
        edges: ``[bins + 1]``.
        counts: One row per model, int64 ``[M, bins]``.
        medians: ``[M]``.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    medians: NDArray[np.float64]


def entropy_histogram(models: Sequence[NDArray[np.float64]], bins: int = BINS) -> Histogram:
    """Histogram of the entropies of each model, from the least value of all to 2 bits.

    Args:
        models: Entropies in bits, one array ``[N]`` per model.
        bins: Bins of equal width.
    """
    least = min(float(values.min()) for values in models)
    edges = np.linspace(min(least, 1.99), 2.0, bins + 1)
    # Rounding can carry an entropy of four equal weights just past 2 bits.
    counts = [np.histogram(np.clip(values, edges[0], 2.0), edges)[0] for values in models]
    return Histogram(edges, np.stack(counts), np.array([np.median(v) for v in models]))


def _quartiles(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(values):
        return np.full((4, 3), np.nan)
    return np.quantile(values, (0.25, 0.5, 0.75), axis=0).T


def _density(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places and densities ``[4, POINTS]`` of the weights ``[n, 4]`` of one group."""
    places, density = np.full((2, 4, POINTS), np.nan)
    if len(values):
        places = np.linspace(values.min(axis=0), values.max(axis=0), POINTS, axis=1)
    for j in range(4):
        if len(values) >= LEAST and np.ptp(values[:, j]) > 0:
            density[j] = gaussian_kde(values[:, j])(places[j])
    return places, density
