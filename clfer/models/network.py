"""The classifier networks: encoder plus pooled head (baseline) or multi-scale head (ours)."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from clfer.config import BLOCK_CHANNELS, Config, ModelConfig
from clfer.methods.eac import class_maps
from clfer.methods.rul import UncertainFeatures
from clfer.methods.scn import Certainty
from clfer.models.encoder import Encoder
from clfer.models.multiscale import MultiScaleHead
from clfer.models.output import ModelOutput


class FerNetwork(nn.Module):
    """ResNet-18 for facial expression recognition, with or without the multi-scale head.

    The prediction for a face never depends on the other faces of its batch (in eval mode).

    Args:
        config: Stem, head and dimension.
        classes: Number n_c of expressions.
        certainty: Whether SCN's certainty of a face scales its logits; for the pooled head.
        uncertain: Length of the vector μ through which RUL classifies the pooled features; 0
            without RUL.
        layers: Whether the output holds what the classifier says of every layer of MSR alone.
        maps: Whether the output holds the class activation maps of EAC; for the pooled head.
    """

    def __init__(
        self,
        config: ModelConfig,
        classes: int,
        *,
        certainty: bool = False,
        uncertain: int = 0,
        layers: bool = False,
        maps: bool = False,
    ) -> None:
        super().__init__()
        self.config, self.layers, self.maps = config, layers, maps
        self.encoder = Encoder(config.stem)
        self.head = MultiScaleHead(config.fd, config.normalise_fusion) if config.msr else None
        width = config.fd if config.msr else uncertain or BLOCK_CHANNELS[-1]
        self.classifier = nn.Linear(width, classes)
        # Made last, so that a seed gives all other weights as without it.
        self.certainty = Certainty(width) if certainty else None
        self.uncertain = UncertainFeatures(BLOCK_CHANNELS[-1], uncertain) if uncertain else None

    @classmethod
    def of(cls, config: Config, classes: int) -> "FerNetwork":
        """The network of a run."""
        return cls(
            config.model,
            classes,
            certainty=config.scn.enabled,
            uncertain=config.rul.dimension if config.rul.enabled else 0,
            layers=config.supervision.enabled,
            maps=config.eac.enabled,
        )

    def forward(self, images: Tensor) -> ModelOutput:
        """Run a batch of normalised images ``[B, 3, H, W]``, H and W multiples of 32."""
        return self.classify(self.encoder(images))

    def classify(self, features: tuple[Tensor, ...]) -> ModelOutput:
        """The part behind the encoder, from its four block outputs."""
        if self.head is None:
            pooled = features[-1].mean(dim=(2, 3))
            pooled = pooled.to(torch.promote_types(pooled.dtype, torch.float32))
            return self._of_pooled(features, pooled)
        fused, attention, layers = self.head(features)
        alone = self._logits(layers) if self.layers else None
        return ModelOutput(
            self._logits(fused), features, fused, attention, layers, layer_logits=alone
        )

    def _logits(self, embedding: Tensor) -> Tensor:
        with torch.autocast(embedding.device.type, enabled=False):
            result: Tensor = self.classifier(embedding)
        return result

    def _of_pooled(self, features: tuple[Tensor, ...], pooled: Tensor) -> ModelOutput:
        """What the pooled head says, with what the comparison methods add to it."""
        with torch.autocast(pooled.device.type, enabled=False):
            embedding, uncertainty = pooled, None
            if self.uncertain is not None:
                embedding, uncertainty = self.uncertain(pooled)
            output = ModelOutput(self.classifier(embedding), features, embedding)
            if self.certainty is not None:
                alpha = self.certainty(embedding)
                output = replace(output, logits=alpha.unsqueeze(1) * output.logits, certainty=alpha)
            maps = None
            if self.maps:
                maps = class_maps(features[-1].to(pooled.dtype), self.classifier.weight)
        return replace(output, uncertainty=uncertainty, class_maps=maps)

    def contributions(self, output: ModelOutput) -> Tensor:
        """Exact share μ_j · w_c · f'_j of every block in every logit.

        The logits are linear in F, so the shares of the blocks plus the bias are the logits.

        Args:
            output: The network's own result, with attention.

        Returns:
            ``[B, n_c, 4]``; summed over blocks, plus the classifier bias, it equals the logits.

        Raises:
            ValueError: the network has no multi-scale head.
        """
        if output.attention is None or output.layer_embeddings is None:
            raise ValueError("contributions need a network with MSR")
        weighted = output.attention.unsqueeze(-1) * output.layer_embeddings
        weight = self.classifier.weight.to(weighted.dtype)
        return torch.einsum("cd,bld->bcl", weight, weighted)
