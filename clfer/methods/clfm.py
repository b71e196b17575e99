"""Contrastive learning based on feature maps, CLFM (Sec. III-B1, Eq. 1–6)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from clfer.config import BLOCK_CHANNELS, ClfmConfig
from clfer.methods.gather import Gather, own_rows
from clfer.methods.grouping import Groups, alignment, assign_groups
from clfer.methods.hash_coding import ChannelCodes, hash_coding
from clfer.methods.kmeans import Clusters, kmeans


class ClfmResult(NamedTuple):
    """What CLFM finds in a batch of B faces.

    Attributes:
        loss: L_fm^{(i)} of each face, ``[B]``.
        similarity: Mean cosine of shallow centres and deep centroids, scalar, over the blocks used.
        nonempty: Mean number of non-empty shallow groups per point set, scalar.
    """

    loss: Tensor
    similarity: Tensor
    nonempty: Tensor


class Clfm(nn.Module):
    """The trained part of CLFM: a depthwise 3×3 convolution before the hash coding of a block.

    Depthwise and the identity at the start, so that a code still belongs to its feature map.
    Blocks with α_j = 0 have no convolution; neither has the deepest block under
    ``stop_gradient``, since it would stay as it was drawn.

    Args:
        config: The CLFM section of the configuration.

    Attributes:
        gather: Puts together the batch where several processes share one. Only the clusters of
            batch scope need it; with image scope L_fm of a face depends on that face alone.
    """

    def __init__(self, config: ClfmConfig) -> None:
        super().__init__()
        self.config = config
        self.gather: Gather = own_rows
        self.shallow = tuple(j for j, weight in enumerate(config.alpha) if weight > 0)
        trained = self.shallow if config.stop_gradient else (*self.shallow, len(BLOCK_CHANNELS) - 1)
        self.convs = nn.ModuleDict(
            {str(j): _identity_depthwise(BLOCK_CHANNELS[j]) for j in trained}
        )

    def codes(self, feature: Tensor, block: int) -> ChannelCodes:
        """Channel codes g_{i,j} (Eq. 1) of a block output ``[B, C_j, H, W]``; block 0 is first."""
        feature = feature.to(torch.promote_types(feature.dtype, torch.float32))
        if str(block) in self.convs:
            feature = self.convs[str(block)](feature)
        return hash_coding(feature, self.config.coding, self.config.temperature)

    def deep_clusters(self, deep: ChannelCodes) -> Clusters:
        """Deep centroids φ_k (Eq. 2): ``[B, K, 16]``, or ``[1, K, 16]`` with batch scope."""
        found = kmeans(
            self._sets(deep.codes),
            self.config.clusters,
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
        clusters = self.deep_clusters(self.codes(features[-1], len(features) - 1))
        loss = features[0].new_zeros(len(features[0]), dtype=clusters.centroids.dtype)
        similarities, occupied = [], []
        for j in self.shallow:
            groups = self.groups(self.codes(features[j], j), clusters.centroids)
            centroids = clusters.centroids.expand_as(groups.centres)
            present = (groups.sizes > 0) & (clusters.sizes > 0)
            cosine = alignment(groups.centres, centroids, present)
            loss = loss - self.config.alpha[j] * cosine
            similarities.append(cosine.detach().mean())
            occupied.append((groups.sizes > 0).sum(-1).to(cosine.dtype).mean())
        if not self.shallow:
            zero = loss.new_zeros(())
            return ClfmResult(loss, zero, zero)
        return ClfmResult(loss, torch.stack(similarities).mean(), torch.stack(occupied).mean())

    def _sets(self, values: Tensor) -> Tensor:
        if self.config.scope == "image":
            return values
        return self.gather(values).flatten(0, 1).unsqueeze(0)


def _identity_depthwise(channels: int) -> nn.Conv2d:
    conv = nn.Conv2d(channels, channels, kernel_size=3, padding=1, groups=channels, bias=False)
    nn.init.dirac_(conv.weight, groups=channels)
    return conv
