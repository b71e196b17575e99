"""The joint loss (Eq. 10, 11) and the modules it trains beside the network."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from clfer.config import Config
from clfer.methods.clbs import Clbs, ClbsResult
from clfer.methods.clfm import Clfm, ClfmResult
from clfer.methods.gather import Gather
from clfer.models.output import ModelOutput


@dataclass(frozen=True)
class JointLoss:
    """The parts of the joint loss for a batch of B faces.

    Attributes:
        total: L = mean over faces of (L_cls + L_fm), plus L_bs; scalar.
        cls: L_cls^{(i)} of each face, ``[B]``.
        clfm: Result of CLFM; None when switched off.
        clbs: Result of CLBS; None when switched off.
    """

    total: Tensor
    cls: Tensor
    clfm: ClfmResult | None
    clbs: ClbsResult | None


class JointObjective(nn.Module):
    """Joint loss with the contrastive heads, which inference leaves out.

    The paper's Eq. 10 can be read with L_bs inside or outside the sum over faces; here its weight
    is 1 beside the mean of the others.

    Args:
        config: Which parts are on, their weights, and the label smoothing.
        classes: Number n_c of expressions.
    """

    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        self.smoothing = config.train.label_smoothing
        self.clfm = Clfm(config.clfm) if config.clfm.enabled else None
        self.clbs = Clbs(config.clbs, classes) if config.clbs.enabled else None

    def share_batch(self, gather: Gather) -> None:
        """Take the clusters over a batch from the parts of all processes.

        The losses of the processes then average to the joint loss of the whole batch.
        """
        for part in (self.clfm, self.clbs):
            if part is not None:
                part.gather = gather

    def forward(self, output: ModelOutput, target: Tensor) -> JointLoss:
        """Joint loss of a batch.

        Args:
            output: The network's result.
            target: Labels int64 ``[B]``, or class probabilities ``[B, n_c]``.
        """
        cls = functional.cross_entropy(
            output.logits, target, reduction="none", label_smoothing=self.smoothing
        )
        total = cls.mean()
        # Clusters and cosines are too fine for the half precision of an outer autocast.
        with torch.autocast(output.logits.device.type, enabled=False):
            clfm = self.clfm(output.features) if self.clfm is not None else None
            clbs = self.clbs(output.features) if self.clbs is not None else None
        if clfm is not None:
            total = total + clfm.loss.mean()
        if clbs is not None:
            total = total + clbs.loss
        return JointLoss(total, cls, clfm, clbs)
