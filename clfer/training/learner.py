"""What is trained as one module: the network together with its joint objective."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from clfer.config import Config
from clfer.methods.joint import JointLoss, JointObjective
from clfer.methods.labels import NO_LABEL, hard_labels
from clfer.models.network import FerNetwork


class StepResult(NamedTuple):
    """What a training step yields for a batch; scalars where no shape is given.

    Attributes:
        loss: The joint loss, to be differentiated.
        attention: Mean μ_j over the batch, ``[4]``; zeros without MSR.
        loss_cls: Mean L_cls over the faces with a label.
        loss_fm: Mean L_fm; zero when off.
        loss_bs: L_bs; zero when off.
        correct: Number of faces whose most probable class is the target.
        labelled: Number of faces with a label.
        fm_similarity: Mean cosine of shallow centres and deep centroids in CLFM.
        bs_similarity: The same in CLBS.
        fm_nonempty: Mean number of non-empty shallow groups in CLFM.
        bs_nonempty: The same in CLBS.
        optional: Columns of what the paper's method lacks and is on: ``loss_rank``, ``alpha_high``
            and ``alpha_low`` of SCN; ``loss_simsiam``, ``simsiam_std`` and, to compare it with,
            ``simsiam_std_even`` of SimSiam; ``loss_rul`` and ``rul_wrong_part`` of RUL;
            ``loss_eac`` of EAC; learned weights of layer pairs, ``weight_fm_2_4`` for 2→4 in CLFM
            and ``weight_bs_2_4`` in CLBS; ``loss_distil`` and, for every shallow block j,
            ``distil_agreement_j`` of distillation; ``loss_supervision`` and, for every block j,
            ``layer_right_j`` of the supervision of layers.
        proposal: Labels that SCN would change, int64 ``[B]``, -1 for none; None without SCN.
    """

    loss: Tensor
    attention: Tensor
    loss_cls: Tensor
    loss_fm: Tensor
    loss_bs: Tensor
    correct: Tensor
    labelled: Tensor
    fm_similarity: Tensor
    bs_similarity: Tensor
    fm_nonempty: Tensor
    bs_nonempty: Tensor
    optional: dict[str, Tensor]
    proposal: Tensor | None


class Learner(nn.Module):
    """Network and objective in one forward pass.

    Args:
        config: The run's configuration.
        classes: Number n_c of expressions.
    """

    def __init__(self, config: Config, classes: int) -> None:
        super().__init__()
        self.network = FerNetwork.of(config, classes)
        self.objective = JointObjective(config, classes)

    def forward(self, images: Tensor, target: Tensor, second: Tensor | None = None) -> StepResult:
        """Joint loss of normalised images ``[B, 3, H, W]``.

        Args:
            images: The batch.
            target: Labels int64 ``[B]`` or class probabilities ``[B, n_c]``; -1 or a row of zeros
                for a face without label.
            second: Another view of the faces, for SimSiam or EAC; all other losses see the first
                alone.
        """
        output = self.network(images)
        loss = self.objective(output, target, None if second is None else self.network(second))
        labels = hard_labels(target)
        zero = loss.total.new_zeros(())
        attention = zero.expand(4) if output.attention is None else output.attention.mean(dim=0)
        fm, bs = loss.clfm, loss.clbs
        return StepResult(
            loss=loss.total,
            attention=attention.detach(),
            loss_cls=loss.mean_cls.detach(),
            loss_fm=zero if fm is None else fm.loss.detach().mean(),
            loss_bs=zero if bs is None else bs.loss.detach(),
            correct=(output.logits.argmax(dim=1) == labels).sum(),
            labelled=(labels != NO_LABEL).sum(),
            fm_similarity=zero if fm is None else fm.similarity,
            bs_similarity=zero if bs is None else bs.similarity,
            fm_nonempty=zero if fm is None else fm.nonempty,
            bs_nonempty=zero if bs is None else bs.nonempty,
            optional=_optional(loss),
            proposal=None if loss.scn is None else loss.scn.proposal,
        )


def means(results: list[StepResult]) -> dict[str, Tensor]:
    """Mean of every number over the steps of an epoch, on the CPU in float64."""
    rows = [_numbers(result) for result in results]
    return {
        name: torch.stack([row[name].double() for row in rows]).mean(dim=0).cpu()
        for name in rows[0]
    }


def _numbers(result: StepResult) -> dict[str, Tensor]:
    values: dict[str, Any] = result._asdict()
    del values["proposal"]
    optional: dict[str, Tensor] = values.pop("optional")
    return {**values, **optional}


def _optional(loss: JointLoss) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    if loss.scn is not None:
        found["loss_rank"] = loss.scn.loss.detach()
        found["alpha_high"], found["alpha_low"] = loss.scn.high, loss.scn.low
    if loss.simsiam is not None:
        found["loss_simsiam"] = loss.simsiam.loss.detach()
        found["simsiam_std"], found["simsiam_std_even"] = loss.simsiam.std, loss.simsiam.even
    if loss.rul is not None:
        found["loss_rul"], found["rul_wrong_part"] = loss.rul.loss.detach(), loss.rul.wrong_part
    if loss.eac is not None:
        found["loss_eac"] = loss.eac.detach()
    for part in (loss.clfm, loss.clbs):
        if part is not None:
            found |= part.weights
    if loss.distil is not None:
        found["loss_distil"] = loss.distil.loss.detach().mean()
        agreements = enumerate(loss.distil.agreement.unbind(), start=1)
        found |= {f"distil_agreement_{block}": share for block, share in agreements}
    if loss.supervision is not None:
        found["loss_supervision"] = loss.supervision.mean.detach()
        shares = enumerate(loss.supervision.right.unbind(), start=1)
        found |= {f"layer_right_{block}": share for block, share in shares}
    return found
