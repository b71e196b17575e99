"""Semantic groups over many faces: what excites them, how large and how aligned they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clfer.config import BLOCK_CHANNELS

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles over the faces that stand for a distribution."""


def spread(values: NDArray[np.number]) -> NDArray[np.float64]:
    """The :data:`QUANTILES` over the faces of ``[N, ...]``, as ``[5, ...]``.

    Faces without a value (NaN) are left out; NaN where no face has one.
    """
    wide = values.astype(np.float64)
    flat = wide.reshape(len(wide), -1)
    found = np.full((len(QUANTILES), flat.shape[1]), np.nan)
    for column, numbers in enumerate(flat.T):
        known = numbers[~np.isnan(numbers)]
        if len(known):
            found[:, column] = np.quantile(known, QUANTILES)
    return found.reshape(len(QUANTILES), *wide.shape[1:])


def group_shares(sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Group sizes ``[N, 4, K]`` as shares of the channels of their block, which differ in number.

    Channels that are constant on a face belong to no group, so shares may sum to less than one.
    """
    return sizes / np.array(BLOCK_CHANNELS, dtype=np.float64)[:, None]


def empty_share(sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of the faces on which a group has no channel, ``[4, K]`` from sizes ``[N, 4, K]``."""
    return np.asarray((sizes == 0).mean(axis=0))


def excitation(
    activation: NDArray[np.float64], labels: NDArray[np.int64], classes: int
) -> NDArray[np.float64]:
    """Which expressions excite which group of a block.

    Groups differ in level, so the activation of each is standardised over all faces: its mean
    over the faces of an expression, less its mean over all faces, in standard deviations between
    all faces. The scale of a feature drops out, hence two models can be compared.

    Args:
        activation: Mean activation of the K groups on each face, ``[N, K]``; NaN where empty.
        labels: True expressions, int64 ``[N]``.
        classes: Number n_c of expressions.

    Returns:
        ``[K, n_c]``; NaN where an expression has no face on which the group has channels, and for
        a group that is as active on every face.
    """
    found = np.full((activation.shape[1], classes), np.nan)
    for k, values in enumerate(activation.T):
        known = ~np.isnan(values)
        deviation = values[known].std() if known.any() else 0.0
        if not deviation > 0:
            continue
        standard = (values - values[known].mean()) / deviation
        for c in range(classes):
            chosen = known & (labels == c)
            if chosen.any():
                found[k, c] = standard[chosen].mean()
    return found


def empty_reason(block: int, group: int, sizes: NDArray[np.int64]) -> str:
    """Why a group of one face has no channel, in words.

    Args:
        block: 1 … 4.
        group: From 1.
        sizes: Channels of that block in each group, int64 ``[K]``.
    """
    channels = BLOCK_CHANNELS[block - 1]
    dead = channels - int(sizes.sum())
    deepest = len(BLOCK_CHANNELS)
    if dead == channels:
        return f"All channels of block {block} or of block {deepest} are constant on this face."
    if block == deepest:
        reason = f"K-means (Eq. 2) found fewer than {len(sizes)} kinds of channels in this block"
    else:
        reason = f"No channel of block {block} is nearest to deep centroid {group} (Eq. 4)"
    if not dead:
        return f"{reason}."
    constant = "1 channel is constant and joins" if dead == 1 else f"{dead} are constant and join"
    return f"{reason}; {constant} no group."


def row_peaks(mean_maps: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Largest value of each group over faces and models, ``[K]``, from maps ``[K, H, W]``.

    Models may differ in K; a group that only some have counts for these.
    """
    peaks = np.zeros(max(len(maps) for maps in mean_maps))
    for maps in mean_maps:
        found = maps.reshape(len(maps), -1).max(axis=1)
        peaks[: len(found)] = np.maximum(peaks[: len(found)], found)
    return peaks
