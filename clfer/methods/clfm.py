"""Contrastive learning based on feature maps, CLFM (Sec. III-B1, Eq. 1–6)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from clfer.config import BLOCK_CHANNELS, ClfmConfig
from clfer.methods.clustering import cluster
from clfer.methods.contrast import contrast
from clfer.methods.gather import Gather, own_rows
from clfer.methods.grouping import Groups, assign_groups
from clfer.methods.hash_coding import ChannelCodes, hash_coding
from clfer.methods.kmeans import Clusters
from clfer.methods.pairs import DEEPEST, PairWeights


class ClfmResult(NamedTuple):
    """What CLFM finds in a batch of B faces.

    Attributes:
        loss: L_fm^{(i)} of each face, ``[B]``.
        similarity: Mean cosine of shallow centres and deep centroids, scalar, over the pairs used.
        nonempty: Mean number of non-empty shallow groups per point set, scalar.
        weights: The learned weights of the pairs by the name of their column; empty if fixed.
    """

    loss: Tensor
    similarity: Tensor
    nonempty: Tensor
    weights: dict[str, Tensor]


class Clfm(nn.Module):
    """The trained part of CLFM: a depthwise 3×3 convolution before the hash coding of a block.

    Depthwise and the identity at the start, so that a code still belongs to its feature map.
    Blocks that no pair uses have no convolution; neither has the deepest block under
    ``stop_gradient``, since it would stay as it was drawn.

    Args:
        config: The CLFM section of the configuration.

    Attributes:
        pairs: The pairs of blocks and their weights α.
        gather: Puts together the batch where several processes share one. Only the clusters of
            batch scope need it; with image scope L_fm of a face depends on that face alone.
    """

    def __init__(self, config: ClfmConfig) -> None:
        super().__init__()
        self.config = config
        self.gather: Gather = own_rows
        self.pairs = PairWeights(config.alpha, config.pairs)
        trained = (*self.pairs.shallow, *(() if config.stop_gradient else self.pairs.deep))
        self.convs = nn.ModuleDict(
            {str(j): _identity_depthwise(BLOCK_CHANNELS[j]) for j in dict.fromkeys(trained)}
        )

    def codes(self, feature: Tensor, block: int) -> ChannelCodes:
        """Channel codes g_{i,j} (Eq. 1) of a block output ``[B, C_j, H, W]``; block 0 is first."""
        feature = feature.to(torch.promote_types(feature.dtype, torch.float32))
        if str(block) in self.convs:
            feature = self.convs[str(block)](feature)
        return hash_coding(feature, self.config.coding, self.config.temperature)

    def deep_clusters(self, deep: ChannelCodes) -> Clusters:
        """Deep centroids φ_k (Eq. 2): ``[B, K, 16]``, or ``[1, K, 16]`` with batch scope."""
        found = cluster(
            self._sets(deep.codes),
            self.config.clusters,
            self.config.clustering,
            valid=self._sets(deep.alive),
            iterations=self.config.iterations,
        )
        if self.config.stop_gradient:
            found = found._replace(centroids=found.centroids.detach())
        return found

    def groups(self, shallow: ChannelCodes, centroids: Tensor) -> Groups:
        """Groups of a shallow block by deep centroids (Eq. 3–5), per image with either scope."""
        return assign_groups(
            shallow.codes, centroids.expand(len(shallow.codes), -1, -1), shallow.alive
        )

    def forward(self, features: tuple[Tensor, ...]) -> ClfmResult:
        """L_fm of a batch from its four block outputs (Eq. 6)."""
        blocks = dict.fromkeys((*self.pairs.deep, *self.pairs.shallow))
        codes = {j: self.codes(features[j], j) for j in blocks}
        clusters = {j: self.deep_clusters(codes[j]) for j in self.pairs.deep}
        centroids = clusters[DEEPEST].centroids
        loss = centroids.new_zeros(len(features[0]))
        similarities, occupied = [], []
        for pair, weight in zip(self.pairs.pairs, self.pairs.weights(), strict=True):
            deep = clusters[pair.deep]
            groups = self.groups(codes[pair.shallow], deep.centroids)
            present = (groups.sizes > 0) & (deep.sizes > 0)
            found = contrast(
                groups.centres, deep.centroids.expand_as(groups.centres), present, self.config
            )
            loss = loss + weight * found.loss
            similarities.append(found.cosine.mean())
            occupied.append((groups.sizes > 0).sum(-1).to(loss.dtype).mean())
        if self.pairs.learned:
            loss = loss + self.pairs.restraint()
        columns = self.pairs.columns("weight_fm")
        if not self.pairs.pairs:
            zero = loss.new_zeros(())
            return ClfmResult(loss, zero, zero, columns)
        return ClfmResult(
            loss, torch.stack(similarities).mean(), torch.stack(occupied).mean(), columns
        )

    def _sets(self, values: Tensor) -> Tensor:
        if self.config.scope == "image":
            return values
        return self.gather(values).flatten(0, 1).unsqueeze(0)


def _identity_depthwise(channels: int) -> nn.Conv2d:
    conv = nn.Conv2d(channels, channels, kernel_size=3, padding=1, groups=channels, bias=False)
    nn.init.dirac_(conv.weight, groups=channels)
    return conv
