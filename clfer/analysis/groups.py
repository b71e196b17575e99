"""Semantic groups of channels whose numbers mean the same in every image (Sec. III-B1)."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clfer.analysis.matching import match_centroids
from clfer.methods.clustering import cluster
from clfer.methods.grouping import assign_groups
from clfer.methods.hash_coding import ChannelCodes
from clfer.methods.kmeans import Clusters
from clfer.models.checkpoint import Checkpoint

NO_GROUP = -1
"""Group of a channel that has no code: constant over the map, or no deep channel has one."""


@dataclass(frozen=True, eq=False)
class SemanticGroups:
    """The K groups of every block for B images.

    Attributes:
        assignment: Per block int64 ``[B, C_j]``: the group of each channel, or :data:`NO_GROUP`.
        sizes: int64 ``[B, 4, K]``, channels per block and group.
        centroids: Deep centroids φ_k in the order of the groups, float64 ``[B, K, 16]``.
    """

    assignment: tuple[NDArray[np.int64], ...]
    sizes: NDArray[np.int64]
    centroids: NDArray[np.float64]


def semantic_groups(checkpoint: Checkpoint, features: tuple[Tensor, ...]) -> SemanticGroups:
    """Group the channels of all blocks, clustered per image and with matched group numbers.

    Args:
        checkpoint: Provides channel codes, K and the reference centroids.
        features: The four block outputs, each ``[B, C_j, H_j, W_j]``; no gradient is kept.
    """
    with torch.no_grad():
        codes = [checkpoint.codes(feature.detach(), j) for j, feature in enumerate(features)]
        clusters = deep_clusters(checkpoint, codes[-1])
        return groups_from_clusters(codes, clusters, checkpoint.references)


def deep_clusters(
    checkpoint: Checkpoint, deep: ChannelCodes, clusters: int | None = None
) -> Clusters:
    """Clusters of the deepest block's codes of each image (Eq. 2), as the model was trained.

    Args:
        checkpoint: Provides the algorithm, its number of iterations, and K unless given.
        deep: Codes ``[B, C_4, 16]``.
        clusters: K.
    """
    count = clusters or len(checkpoint.references)
    clfm = checkpoint.card.config.clfm
    return cluster(deep.codes, count, clfm.clustering, valid=deep.alive, iterations=clfm.iterations)


def groups_from_clusters(
    codes: list[ChannelCodes], clusters: Clusters, references: Tensor
) -> SemanticGroups:
    """Groups of all blocks from a clustering of the deepest one, whatever the clusters' order.

    Args:
        codes: Channel codes of the blocks, the deepest last.
        clusters: Clusters of the deepest block's codes of each image.
        references: Reference centroids ``[K, 16]``.
    """
    order = match_centroids(clusters.centroids.cpu().numpy(), references.cpu().numpy())
    matched = torch.from_numpy(order).to(clusters.assignment.device)
    index = matched.unsqueeze(-1).expand_as(clusters.centroids)
    centroids = clusters.centroids.gather(1, index)
    clustered = (clusters.sizes > 0).any(dim=-1, keepdim=True)
    deep = matched.argsort(dim=-1).gather(1, clusters.assignment)
    assigned = [
        assign_groups(block.codes, centroids).assignment.where(block.alive & clustered, NO_GROUP)
        for block in codes[:-1]
    ]
    assigned.append(deep.where(codes[-1].alive, NO_GROUP))
    assignment = tuple(groups.cpu().numpy() for groups in assigned)
    sizes = [membership(groups, len(references)).sum(axis=1) for groups in assignment]
    return SemanticGroups(
        assignment, np.stack(sizes, axis=1).astype(np.int64), centroids.double().cpu().numpy()
    )


def membership(assignment: NDArray[np.int64], groups: int) -> NDArray[np.float64]:
    """Group numbers ``[B, C]`` as zeros and ones ``[B, C, K]``."""
    return np.asarray(assignment[..., None] == np.arange(groups), dtype=np.float64)
