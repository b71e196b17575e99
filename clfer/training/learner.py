"""What is trained as one module: the network together with its joint objective."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from clfer.config import Config
from clfer.methods.joint import JointObjective
from clfer.models.network import FerNetwork


class StepResult(NamedTuple):
    """What a training step yields for a batch; scalars but for the first two.

    Attributes:
        loss: The joint loss, to be differentiated.
        attention: Mean μ_j over the batch, ``[4]``; zeros without MSR.
        loss_cls: Mean L_cls.
        loss_fm: Mean L_fm; zero when off.
        loss_bs: L_bs; zero when off.
        correct: Number of faces whose most probable class is the target.
        fm_similarity: Mean cosine of shallow centres and deep centroids in CLFM.
        bs_similarity: The same in CLBS.
        fm_nonempty: Mean number of non-empty shallow groups in CLFM.
        bs_nonempty: The same in CLBS.
    """

    loss: Tensor
    attention: Tensor
    loss_cls: Tensor
    loss_fm: Tensor
    loss_bs: Tensor
    correct: Tensor
    fm_similarity: Tensor
    bs_similarity: Tensor
    fm_nonempty: Tensor
    bs_nonempty: Tensor


class Learner(nn.Module):
    """Network and objective in one forward pass.

    Args:
        config: The run's configuration.
        classes: Number n_c of expressions.
    """

    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        self.network = FerNetwork(config.model, classes)
        self.objective = JointObjective(config, classes)

    def forward(self, images: Tensor, target: Tensor) -> StepResult:
        """Joint loss of normalised images ``[B, 3, H, W]``.

        Args:
            images: The batch.
            target: Labels int64 ``[B]`` or class probabilities ``[B, n_c]``.
        """
        output = self.network(images)
        loss = self.objective(output, target)
        labels = target if target.dim() == 1 else target.argmax(dim=1)
        zero = loss.total.new_zeros(())
        attention = zero.expand(4) if output.attention is None else output.attention.mean(dim=0)
        fm, bs = loss.clfm, loss.clbs
        return StepResult(
            loss=loss.total,
            attention=attention.detach(),
            loss_cls=loss.cls.detach().mean(),
            loss_fm=zero if fm is None else fm.loss.detach().mean(),
            loss_bs=zero if bs is None else bs.loss.detach(),
            correct=(output.logits.argmax(dim=1) == labels).sum(),
            fm_similarity=zero if fm is None else fm.similarity,
            bs_similarity=zero if bs is None else bs.similarity,
            fm_nonempty=zero if fm is None else fm.nonempty,
            bs_nonempty=zero if bs is None else bs.nonempty,
        )


def means(results: list[StepResult]) -> dict[str, Tensor]:
    """Mean of every field over the steps of an epoch, on the CPU in float64."""
    columns = zip(*results, strict=True)
    return {
        name: torch.stack([v.double() for v in values]).mean(dim=0).cpu()
        for name, values in zip(StepResult._fields, columns, strict=True)
    }
