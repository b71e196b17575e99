"""Self-cure network, SCN (Wang et al., CVPR 2020): weight, rank and relabel uncertain faces.

A face has a certainty α = sigmoid(wᵀf + b), by which its logits are scaled: z = α · FC(f). Their
cross-entropy is the weighted loss, which pays little heed to a face of small α. The rank
regularisation keeps the certain part of a batch ahead of the rest, and faces whose probabilities
contradict their label are given another one.

α scales the logits of a finished model too, as in the authors' code. The most probable class is
that of FC(f); the probabilities are those that were trained, flatter for uncertain faces.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from clfer.config import ScnConfig
from clfer.methods.gather import Gather, own_rows
from clfer.methods.labels import NO_LABEL


class ScnResult(NamedTuple):
    """What SCN finds in a batch of B faces.

    Attributes:
        loss: Rank regularisation times its weight, scalar.
        high: Mean α of the high group, scalar.
        low: Mean α of the low group, scalar.
        proposal: The label that each face should have, int64 ``[B]``;
            :data:`~clfer.methods.labels.NO_LABEL` where it keeps its own.
    """

    loss: Tensor
    high: Tensor
    low: Tensor
    proposal: Tensor


class Certainty(nn.Module):
    """The attention head: certainty α of a face from the vector that the classifier sees.

    Args:
        dimension: Length D of that vector.
    """

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dimension, 1)

    def forward(self, embedding: Tensor) -> Tensor:
        """α in (0, 1), ``[B]``, of f ``[B, D]``."""
        return torch.sigmoid(self.linear(embedding)).squeeze(1)


class Scn(nn.Module):
    """Rank regularisation and relabelling of a batch.

    Args:
        config: The SCN section of the configuration.

    Attributes:
        gather: Puts together the batch where several processes share one; the groups are those
            of the whole batch, so the loss is the same at any number of processes.
    """

    def __init__(self, config: ScnConfig) -> None:
        super().__init__()
        self.config = config
        self.gather: Gather = own_rows

    def forward(self, certainty: Tensor, logits: Tensor, labels: Tensor) -> ScnResult:
        """max(0, δ₁ − (ᾱ_H − ᾱ_L)), and the faces to relabel.

        Args:
            certainty: α, ``[B]``.
            logits: z = α · FC(f), ``[B, n_c]``.
            labels: int64 ``[B]``.
        """
        ranked = self.gather(certainty).sort(descending=True).values
        count = self.config.high_group(len(ranked))
        high, low = ranked[:count].mean(), ranked[count:].mean()
        rank = functional.relu(self.config.margin - (high - low))
        proposal = proposed_labels(logits.detach(), labels, self.config.relabel_margin)
        return ScnResult(self.config.weight * rank, high.detach(), low.detach(), proposal)


def proposed_labels(logits: Tensor, labels: Tensor, margin: float) -> Tensor:
    """The most probable class of every face that it suits better than its label.

    Args:
        logits: ``[B, n_c]``.
        labels: int64 ``[B]``.
        margin: δ₂: a face is relabelled where p_max − p_label exceeds it.

    Returns:
        int64 ``[B]``; :data:`~clfer.methods.labels.NO_LABEL` where the label stays.
    """
    probabilities = logits.softmax(dim=1)
    largest, predicted = probabilities.max(dim=1)
    own = probabilities.gather(1, labels.unsqueeze(1)).squeeze(1)
    return torch.where(largest - own > margin, predicted, NO_LABEL)
