"""Deep-to-shallow distillation: blocks 1–3 predict what the whole network says of a face.

A small head on each shallow block predicts the class probabilities of the network, which are
constants for the gradient, as in the self-distillation of Zhang et al. (ICCV 2019):

    L_distil^{(i)} = w/(L−1) Σ_{j=1}^{L−1} T² KL( softmax(z_i/T) ‖ softmax(z_{i,j}/T) ),

with z_i the logits of the network and z_{i,j} those of the head on f_{i,j}. T² keeps the gradient
of one size whatever the temperature (Hinton et al. 2015). It is the semantic assignment of the
whole face that the shallow blocks learn here, where CLFM aligns groups of channels. A face needs no
label, and its loss does not depend on the other faces of the batch.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from clfer.config import BLOCK_CHANNELS, DistilConfig

HIDDEN = 128
"""Width of a head, that of the sample features of CLBS."""


class DistilResult(NamedTuple):
    """What distillation finds in a batch of B faces.

    Attributes:
        loss: L_distil^{(i)} of each face, ``[B]``.
        agreement: Share of the faces for which a head and the network have the same most probable
            class, ``[3]``, block by block.
    """

    loss: Tensor
    agreement: Tensor


class Distil(nn.Module):
    """The heads and the loss: average over the cells, FC, ReLU, FC.

    Args:
        config: The section of the configuration.
        classes: Number n_c of expressions.
    """

    def __init__(self, config: DistilConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(channels, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, classes))
            for channels in BLOCK_CHANNELS[:-1]
        )

    def forward(self, features: tuple[Tensor, ...], logits: Tensor) -> DistilResult:
        """L_distil of a batch.

        Args:
            features: The four block outputs.
            logits: z, ``[B, n_c]``; no gradient passes to them.
        """
        teacher = logits.detach().to(torch.promote_types(logits.dtype, torch.float32))
        temperature = self.config.temperature
        wanted = (teacher / temperature).log_softmax(dim=1)
        losses, agreements = [], []
        for feature, head in zip(features, self.heads, strict=False):
            pooled = feature.mean(dim=(2, 3)).to(wanted.dtype)
            said = head(pooled)
            divergence = functional.kl_div(
                (said / temperature).log_softmax(dim=1), wanted, reduction="none", log_target=True
            )
            losses.append(divergence.sum(dim=1))
            agreements.append((said.argmax(dim=1) == teacher.argmax(dim=1)).to(wanted.dtype).mean())
        loss = self.config.weight * temperature**2 * torch.stack(losses).mean(dim=0)
        return DistilResult(loss, torch.stack(agreements).detach())
