"""Relative uncertainty learning, RUL (Zhang et al., NeurIPS 2021): mix faces by their uncertainty.

A face has a vector μ and an uncertainty u, the mean of exp(log σ²) over the dimensions of a second
head. Two faces of a batch are mixed to (u₁μ₁ + u₂μ₂) / (u₁ + u₂), which both labels should be read
from. The harder of the two can only be read if it has the larger part, so its uncertainty grows.
A finished model classifies μ and mixes nothing.

The heads see the pooled deepest block; the authors flatten the map, whose size is that of one image
size alone.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from clfer.methods.gather import Gather, own_rows
from clfer.methods.labels import hard_labels


class RulResult(NamedTuple):
    """What RUL finds in a batch.

    Attributes:
        loss: Add-up loss, scalar; it takes the place of the cross-entropy.
        wrong_part: Mean part that the faces whose own logits are wrong have in their mixtures,
            scalar. Above ½ uncertainty is where the errors are; ½ where no face is wrong.
    """

    loss: Tensor
    wrong_part: Tensor


class UncertainFeatures(nn.Module):
    """The two heads: a face's vector and its uncertainty.

    Args:
        width: Length of the pooled features.
        dimension: Length D of the vector.
    """

    def __init__(self, width: int, dimension: int) -> None:
        super().__init__()
        self.mean = nn.Sequential(nn.Linear(width, dimension), nn.BatchNorm1d(dimension))
        self.log_variance = nn.Sequential(nn.Linear(width, dimension), nn.BatchNorm1d(dimension))

    def forward(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """μ ``[B, D]`` and u ``[B]``, positive, of pooled features ``[B, width]``."""
        return self.mean(pooled), self.log_variance(pooled).exp().mean(dim=1)


class Rul(nn.Module):
    """The add-up loss.

    Who is mixed with whom is drawn from the number of the step, which is kept with the weights: a
    resumed run goes on as the interrupted one would have.

    Args:
        smoothing: Mass of a label spread evenly over the classes.

    Attributes:
        steps: Training steps taken.
        gather: Puts together the batch where several processes share one; a face is mixed with any
            of the whole batch, so the loss is the same at any number of processes.
    """

    def __init__(self, smoothing: float = 0.0) -> None:
        super().__init__()
        self.smoothing, self.steps = smoothing, 0
        self.gather: Gather = own_rows

    def forward(self, uncertainty: Tensor, logits: Tensor, target: Tensor) -> RulResult:
        """Mean of ½ CE(z̃, y₁) + ½ CE(z̃, y₂) over the faces, each mixed with another.

        The classifier is affine and the two parts of a mixture add up to 1, so the logits of the
        mixture are the mixture of the logits.

        Args:
            uncertainty: u, ``[B]``.
            logits: z = FC(μ), ``[B, n_c]``.
            target: Labels int64 ``[B]`` or class probabilities ``[B, n_c]``.
        """
        uncertainty, logits = self.gather(uncertainty), self.gather(logits)
        target = self.gather(target)
        other = self._partners(len(logits)).to(logits.device, non_blocking=True)
        part = uncertainty / (uncertainty + uncertainty[other])
        mixed = part.unsqueeze(1) * logits + (1 - part).unsqueeze(1) * logits[other]
        loss = (self._entropy(mixed, target) + self._entropy(mixed, target[other])) / 2
        return RulResult(loss, _part_of_the_wrong(part.detach(), logits, target))

    def _entropy(self, logits: Tensor, target: Tensor) -> Tensor:
        return functional.cross_entropy(logits, target, label_smoothing=self.smoothing)

    def _partners(self, faces: int) -> Tensor:
        generator = torch.Generator().manual_seed(self.steps)
        if self.training:
            self.steps += 1
        return torch.randperm(faces, generator=generator)

    def get_extra_state(self) -> Tensor:
        """What the state holds beside weights: the number of steps."""
        return torch.tensor(self.steps)

    def set_extra_state(self, state: Tensor) -> None:
        """Go on after as many steps as the state says."""
        self.steps = int(state)


def _part_of_the_wrong(part: Tensor, logits: Tensor, target: Tensor) -> Tensor:
    wrong = logits.argmax(dim=1) != hard_labels(target)
    return torch.where(wrong.any(), (part * wrong).sum() / wrong.sum().clamp(min=1), 0.5)
