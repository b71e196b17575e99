"""Supervision of every layer: the classifier reads each f'_{i,j} of MSR alone, too.

    L_sup^{(i)} = w/L Σ_{j=1}^{L} CE(FC(f'_{i,j}), y_i),

with the classifier FC of the fused F_i. Deeply supervised networks (Lee et al., AISTATS 2015) have
a classifier for each layer; one for all asks that the dimensions of f' mean the same in all layers,
which their sum F_i supposes. The attention takes no part, so a layer that it leans away from learns
as much as the others.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from clfer.methods.labels import NO_LABEL, hard_labels


class SupervisionResult(NamedTuple):
    """What the layers say by themselves of a batch of B faces.

    Attributes:
        loss: L_sup^{(i)} of each face, ``[B]``; 0 for a face without label.
        mean: Mean of these losses over the faces with a label, scalar.
        right: Share of the faces with a label whose most probable class is the target, ``[4]``.
    """

    loss: Tensor
    mean: Tensor
    right: Tensor


def supervise(
    logits: Tensor, target: Tensor, weight: float, smoothing: float = 0.0
) -> SupervisionResult:
    """L_sup of a batch.

    Args:
        logits: FC(f'_{i,j}), ``[B, 4, n_c]``.
        target: Labels int64 ``[B]`` or class probabilities ``[B, n_c]``; -1 or a row of zeros for
            a face without label.
        weight: w.
        smoothing: Mass of a label spread evenly over the classes.
    """
    labels = hard_labels(target)
    labelled = labels != NO_LABEL
    losses = [
        functional.cross_entropy(
            said, target, reduction="none", ignore_index=NO_LABEL, label_smoothing=smoothing
        )
        for said in logits.unbind(dim=1)
    ]
    # Label smoothing gives a row of zeros a loss of its own.
    loss = torch.where(labelled, weight * torch.stack(losses).mean(dim=0), 0)
    right = (logits.argmax(dim=2) == labels.unsqueeze(1)) & labelled.unsqueeze(1)
    count = labelled.sum().clamp(min=1)
    return SupervisionResult(loss, loss.sum() / count, right.sum(dim=0) / count)
