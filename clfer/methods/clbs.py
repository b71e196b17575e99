"""Contrastive learning based on batch samples, CLBS (Sec. III-B2, Eq. 7).

Its deep centres are those of clusters or, to compare (Table VI), those of classes (Eq. 12).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from clfer.config import BLOCK_CHANNELS, ClbsConfig
from clfer.methods.class_centres import ClassCentres, class_centres
from clfer.methods.clustering import cluster
from clfer.methods.contrast import contrast
from clfer.methods.gather import Gather, own_rows
from clfer.methods.grouping import assign_groups
from clfer.methods.kmeans import Clusters
from clfer.methods.pairs import DEEPEST, PairWeights

GAP_DIMENSION = 512
"""Channels of the map in front of ``GAP (512)`` in Fig. 2."""

DEEP_CHANNELS = BLOCK_CHANNELS[DEEPEST]


class ClbsResult(NamedTuple):
    """What CLBS finds in a batch.

    Attributes:
        loss: L_bs, scalar.
        similarity: Mean cosine of shallow means and deep centroids over the pairs used, scalar.
        nonempty: Mean number of non-empty shallow groups, scalar.
        weights: The learned weights of the pairs by the name of their column; empty if fixed.
    """

    loss: Tensor
    similarity: Tensor
    nonempty: Tensor
    weights: dict[str, Tensor]


class SampleFeature(nn.Module):
    """Feature of a whole sample on one block: Conv, GAP (512), FC, ReLU (Fig. 2).

    The 1×1 convolution commutes with average pooling, so it runs on the pooled map.

    Args:
        channels: Channels C_j of the block.
        fd: Dimension fd_bs of the feature.
    """

    def __init__(self, channels: int, fd: int) -> None:
        super().__init__()
        self.conv = nn.Linear(channels, GAP_DIMENSION)
        self.fc = nn.Linear(GAP_DIMENSION, fd)

    def forward(self, feature: Tensor) -> Tensor:
        """``[B, fd]`` of a block output averaged over its cells, ``[B, C_j]``."""
        return functional.relu(self.fc(self.conv(feature)))


class Clbs(nn.Module):
    """CLBS: groups the faces of a batch on the deepest block and aligns the shallow blocks.

    Under ``stop_gradient`` the deepest block has no head, which would stay as it was drawn: its
    sample feature is then the pooled block itself, and the shallow heads have its dimension.

    Args:
        config: The CLBS section of the configuration.
        classes: Number of expressions: that of the class centres, and by default that of the
            clusters.

    Attributes:
        pairs: The pairs of blocks and their weights β.
        gather: Puts together the batch where several processes share one; the clusters are those
            of the whole batch, so L_bs is the same at any number of processes.
    """

    def __init__(self, config: ClbsConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        self.gather: Gather = own_rows
        self.by_class = config.centres == "classes"
        self.clusters = config.clusters or classes
        self.pairs = PairWeights(config.beta, config.pairs)
        width = DEEP_CHANNELS if config.stop_gradient else config.fd
        trained = (*self.pairs.shallow, *(() if config.stop_gradient else self.pairs.deep))
        self.features = nn.ModuleDict(
            {str(j): SampleFeature(BLOCK_CHANNELS[j], width) for j in dict.fromkeys(trained)}
        )

    def sample_features(self, feature: Tensor, block: int) -> Tensor:
        """Sample features of a block output, centred over the batch if so set, ``[1, B, fd]``.

        B counts the faces of the whole batch, whichever process they belong to.
        """
        values = feature.mean(dim=(2, 3))
        values = values.to(torch.promote_types(values.dtype, torch.float32))
        if str(block) in self.features:
            values = self.features[str(block)](values)
        values = self.gather(values)
        if self.config.centre:
            values = values - values.mean(dim=0, keepdim=True)
        return values.unsqueeze(0)

    @property
    def fewest(self) -> int:
        """Faces that a batch must have at least."""
        return 1 if self.by_class else self.clusters

    def forward(self, features: tuple[Tensor, ...], labels: Tensor | None = None) -> ClbsResult:
        """L_bs of a batch of B faces (Eq. 7).

        Args:
            features: The four block outputs.
            labels: int64 ``[B]``, negative for a face without label; only class centres need
                them.

        Raises:
            ValueError: the batch has fewer faces than clusters, or class centres have no labels.
        """
        blocks = (*self.pairs.deep, *self.pairs.shallow)
        samples = {j: self.sample_features(features[j], j) for j in dict.fromkeys(blocks)}
        centres = {j: self._deep_centres(samples[j], labels) for j in self.pairs.deep}
        loss = samples[DEEPEST].new_zeros(())
        similarities, occupied = [], []
        for pair, weight in zip(self.pairs.pairs, self.pairs.weights(), strict=True):
            centroids, known = centres[pair.deep].centroids, centres[pair.deep].sizes > 0
            centroids = centroids.detach() if self.config.stop_gradient else centroids
            groups = assign_groups(
                samples[pair.shallow], centroids, present=known if self.by_class else None
            )
            present = (groups.sizes > 0) & known
            found = contrast(groups.centres, centroids, present, self.config)
            loss = loss + weight * found.loss.squeeze(0)
            similarities.append(found.cosine.squeeze(0))
            occupied.append((groups.sizes > 0).sum().to(loss.dtype))
        if self.pairs.learned:
            loss = loss + self.pairs.restraint()
        columns = self.pairs.columns("weight_bs")
        if not self.pairs.pairs:
            return ClbsResult(loss, loss.new_zeros(()), loss.new_zeros(()), columns)
        return ClbsResult(
            loss, torch.stack(similarities).mean(), torch.stack(occupied).mean(), columns
        )

    def _deep_centres(self, deep: Tensor, labels: Tensor | None) -> Clusters | ClassCentres:
        if self.by_class:
            if labels is None:
                raise ValueError("class centres need the labels of the batch")
            return class_centres(deep, self.gather(labels), self.clusters)
        if deep.shape[1] < self.clusters:
            raise ValueError(
                f"CLBS needs at least {self.clusters} faces in a batch, got {deep.shape[1]}"
            )
        config = self.config
        return cluster(deep, self.clusters, config.clustering, iterations=config.iterations)
