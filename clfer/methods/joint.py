"""The joint loss (Eq. 10, 11) and the modules it trains beside the network."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from clfer.config import BLOCK_CHANNELS, Config
from clfer.methods.clbs import Clbs, ClbsResult
from clfer.methods.clfm import Clfm, ClfmResult
from clfer.methods.distil import Distil, DistilResult
from clfer.methods.eac import eac_loss
from clfer.methods.gather import Gather, own_rows
from clfer.methods.labels import NO_LABEL, hard_labels
from clfer.methods.rul import Rul, RulResult
from clfer.methods.scn import Scn, ScnResult
from clfer.methods.simsiam import SimSiam, SimSiamResult
from clfer.methods.supervision import SupervisionResult, supervise
from clfer.models.output import ModelOutput


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What joins L_cls; None for what is switched off.

    Attributes:
        clfm: Result of CLFM.
        clbs: Result of CLBS.
        scn: Result of SCN.
        simsiam: Result of SimSiam.
        distil: Result of the distillation.
        supervision: What the layers say by themselves.
        rul: Result of RUL.
        eac: Loss of EAC, scalar.
    """

    clfm: ClfmResult | None = None
    clbs: ClbsResult | None = None
    scn: ScnResult | None = None
    simsiam: SimSiamResult | None = None
    distil: DistilResult | None = None
    supervision: SupervisionResult | None = None
    rul: RulResult | None = None
    eac: Tensor | None = None


@dataclass(frozen=True, kw_only=True)
class JointLoss(Parts):
    """The joint loss for a batch of B faces, and its parts.

    Attributes:
        total: L = mean over faces of (L_cls + L_fm + L_distil + L_sup), plus L_bs and the losses of
            the comparison methods, of which RUL takes the place of L_cls; scalar. L_sup is a mean
            over the faces with a label, like L_cls.
        cls: L_cls^{(i)} of each face, ``[B]``; 0 for a face without label.
        mean_cls: Mean L_cls over the faces with a label; 0 in a batch without any; scalar.
    """

    total: Tensor
    cls: Tensor
    mean_cls: Tensor


class JointObjective(nn.Module):
    """Joint loss with the contrastive heads, which inference leaves out.

    The paper's Eq. 10 can be read with L_bs inside or outside the sum over faces; here its weight
    is 1 beside the mean of the others. Faces without label count in L_fm, L_bs by clusters,
    SimSiam and distillation only.

    Args:
        config: Which parts are on, their weights, and the label smoothing.
        classes: Number n_c of expressions.

    Attributes:
        gather: Puts together the batch where several processes share one.
    """

    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        self.gather: Gather = own_rows
        self.unlabelled = config.data.unlabelled
        self.smoothing = config.train.label_smoothing
        self.clfm = Clfm(config.clfm) if config.clfm.enabled else None
        self.clbs = Clbs(config.clbs, classes) if config.clbs.enabled else None
        self.scn = Scn(config.scn) if config.scn.enabled else None
        width = config.model.fd if config.model.msr else BLOCK_CHANNELS[-1]
        self.simsiam = SimSiam(config.simsiam, width) if config.simsiam.enabled else None
        self.distil = Distil(config.distil, classes) if config.distil.enabled else None
        self.layers_weight = config.supervision.weight if config.supervision.enabled else None
        self.rul = Rul(self.smoothing) if config.rul.enabled else None
        self.eac_weight = config.eac.weight if config.eac.enabled else None

    def share_batch(self, gather: Gather) -> None:
        """Take what depends on the whole batch from the parts of all processes.

        The losses of the processes then average to the joint loss of the whole batch.
        """
        self.gather = gather
        for part in (self.clfm, self.clbs, self.scn, self.simsiam, self.rul):
            if part is not None:
                part.gather = gather

    def forward(
        self, output: ModelOutput, target: Tensor, second: ModelOutput | None = None
    ) -> JointLoss:
        """Joint loss of a batch.

        Args:
            output: The network's result.
            target: Labels int64 ``[B]``, or class probabilities ``[B, n_c]``; -1 or a row of
                zeros for a face without label.
            second: The network's result for another view of the faces; SimSiam and EAC need it,
                and are left out without it.
        """
        cls = functional.cross_entropy(
            output.logits,
            target,
            reduction="none",
            ignore_index=NO_LABEL,
            label_smoothing=self.smoothing,
        )
        mean_cls = self._mean(cls, target)
        parts = self._parts(output, target, second)
        total = mean_cls if parts.rul is None else parts.rul.loss
        for of_faces in (parts.clfm, parts.distil):
            if of_faces is not None:
                total = total + of_faces.loss.mean()
        for part in (parts.clbs, parts.scn, parts.simsiam):
            if part is not None:
                total = total + part.loss
        if parts.supervision is not None:
            total = total + self._mean(parts.supervision.loss, target)
        if parts.eac is not None:
            total = total + parts.eac
        return JointLoss(total=total, cls=cls, mean_cls=mean_cls, **vars(parts))

    def _parts(self, output: ModelOutput, target: Tensor, second: ModelOutput | None) -> Parts:
        """What every part that is on finds in the batch."""
        found: dict[str, Any] = {}
        # Clusters and cosines are too fine for the half precision of an outer autocast.
        with torch.autocast(output.logits.device.type, enabled=False):
            if self.clfm is not None:
                found["clfm"] = self.clfm(output.features)
            if self.clbs is not None:
                labels = hard_labels(target) if self.clbs.by_class else None
                found["clbs"] = self.clbs(output.features, labels)
            if self.scn is not None:
                found["scn"] = self.scn(output.certainty, output.logits, target)
            if self.simsiam is not None and second is not None:
                found["simsiam"] = self.simsiam(output.embedding, second.embedding)
            if self.distil is not None:
                found["distil"] = self.distil(output.features, output.logits)
            if self.layers_weight is not None:
                found["supervision"] = self.of_layers(output, target)
            if self.rul is not None:
                found["rul"] = self.rul(output.uncertainty, output.logits, target)
            if self.eac_weight is not None and second is not None:
                assert output.class_maps is not None
                assert second.class_maps is not None
                found["eac"] = eac_loss(output.class_maps, second.class_maps, self.eac_weight)
        return Parts(**found)

    def of_layers(self, output: ModelOutput, target: Tensor) -> SupervisionResult:
        """What the layers say by themselves, where their supervision is on."""
        assert output.layer_logits is not None
        assert self.layers_weight is not None
        return supervise(output.layer_logits, target, self.layers_weight, self.smoothing)

    def _mean(self, cls: Tensor, target: Tensor) -> Tensor:
        """Mean over the faces with a label."""
        return self._mean_of_labelled(cls, target) if self.unlabelled else cls.mean()

    def _mean_of_labelled(self, cls: Tensor, target: Tensor) -> Tensor:
        """Such that the mean over the processes is the mean over the labelled of the batch."""
        labelled = hard_labels(target) != NO_LABEL
        counts = self.gather(labelled.sum().unsqueeze(0))
        whole = counts.sum().clamp(min=1)
        # Label smoothing gives a row of zeros a loss of its own.
        return torch.where(labelled, cls, 0).sum() * len(counts) / whole
