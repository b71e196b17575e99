"""The semantic groups of one face as maps (Fig. 1b, Fig. 7)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from clfer.analysis.groups import semantic_groups
from clfer.models.checkpoint import Checkpoint

STRONGEST = 4
"""Channel maps shown per group."""


@dataclass(frozen=True, eq=False)
class ChannelMap:
    """One channel of a group.

    Attributes:
        channel: Its number in the block, from 0.
        strength: Mean activation over the map, in the units of the feature.
        map: ``[H, W]``, divided by its largest magnitude.
    """

    channel: int
    strength: float
    map: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GroupMaps:
    """Where the K semantic groups of a block respond to a face.

    Attributes:
        block: 1 … 4.
        sizes: Channels per group, int64 ``[K]``.
        mean_maps: ``[K, H, W]`` in [0, 1] for ReLU features: the mean over the group's channels,
            each divided by its largest magnitude, so that a map shows where a group responds and
            every channel counts alike. Zero for an empty group.
        strongest: Per group its channels of highest mean activation, strongest first, at most
            :data:`STRONGEST`.
    """

    block: int
    sizes: NDArray[np.int64]
    mean_maps: NDArray[np.float64]
    strongest: tuple[tuple[ChannelMap, ...], ...]


def group_maps(checkpoint: Checkpoint, features: tuple[Tensor, ...], block: int) -> GroupMaps:
    """Maps of the semantic groups of one block.

    Args:
        checkpoint: The model.
        features: All four block outputs of one face, each ``[1, C_j, H_j, W_j]``.
        block: 1 … 4.
    """
    groups = semantic_groups(checkpoint, features)
    assignment, sizes = groups.assignment[block - 1][0], groups.sizes[0, block - 1]
    maps = features[block - 1][0].detach().double().cpu().numpy()
    strength = maps.mean(axis=(1, 2))
    largest = np.abs(maps).max(axis=(1, 2), keepdims=True)
    scaled = np.divide(maps, largest, out=np.zeros_like(maps), where=largest > 0)
    means, strongest = [], []
    for group, size in enumerate(sizes):
        members = np.flatnonzero(assignment == group)
        means.append(scaled[members].sum(axis=0) / max(1, size))
        best = members[np.argsort(-strength[members], kind="stable")][:STRONGEST]
        strongest.append(tuple(ChannelMap(int(c), float(strength[c]), scaled[c]) for c in best))
    return GroupMaps(block, sizes, np.stack(means), tuple(strongest))
