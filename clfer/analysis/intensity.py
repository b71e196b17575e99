"""Learning intensity: the gradient of a face's own loss at every block (Fig. 1a, Fig. 5)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from clfer.analysis.groups import SemanticGroups, membership, semantic_groups
from clfer.models.checkpoint import Checkpoint
from clfer.models.output import ModelOutput

Quantity = Literal["cls", "joint", "logit"]
"""What is differentiated: L_cls, the joint loss, or the logit of the target expression."""


@dataclass(frozen=True, eq=False)
class Intensity:
    """Gradient norms ‖∂L^{(i)}/∂f_{i,j}‖₂ of B faces.

    Attributes:
        of: What was differentiated.
        target: The expression it was taken for, int64 ``[B]``.
        norm: ``[B, 4]``.
        rms: Root mean square per element of the block, ``[B, 4]``; blocks differ in size.
        group_norm: Norm over the channels of each semantic group, ``[B, 4, K]``. Channels without
            a group count in ``norm`` only.
        group_size: Channels in each group, int64 ``[B, 4, K]``.
        includes_bs: Whether L_bs is part of the loss: never for ``cls`` and ``logit``, nor for a
            model without CLBS, nor for fewer faces than CLBS has clusters. The losses of SCN and
            SimSiam beside L_cls never are: they are no loss of a single face.
    """

    of: Quantity
    target: NDArray[np.int64]
    norm: NDArray[np.float64]
    rms: NDArray[np.float64]
    group_norm: NDArray[np.float64]
    group_size: NDArray[np.int64]
    includes_bs: bool


def learning_intensity(
    checkpoint: Checkpoint, images: Tensor, target: Tensor | None = None, of: Quantity = "cls"
) -> Intensity:
    """Learning intensity of normalised faces.

    The gradient is that of the loss of each face, L^{(i)} = L_cls^{(i)} + L_fm^{(i)} + L_bs (Eq.
    10), not of the batch mean. It does not depend on the other faces, with two exceptions that
    the method itself makes: L_bs, and L_fm with batch scope.

    Args:
        checkpoint: The model; nothing of it changes, and other threads may use it meanwhile.
        images: ``[B, 3, S, S]``.
        target: Expression of each face, int64 ``[B]``; the predicted one by default.
        of: ``cls`` or ``joint`` loss (equal for a model without contrastive heads), or the
            ``logit`` itself, since the loss of a face at p ≈ 1 has no gradient.
    """
    output = differentiable_pass(checkpoint, images)
    chosen = output.logits.detach().argmax(dim=1) if target is None else target
    groups = semantic_groups(checkpoint, output.features)
    return intensity_of(checkpoint, output, chosen, of, groups)


def differentiable_pass(checkpoint: Checkpoint, images: Tensor) -> ModelOutput:
    """A forward pass whose result can be differentiated by the block features, from block 1 on."""
    encoder = checkpoint.network.encoder
    with torch.no_grad():
        first = encoder.blocks[0](encoder.stem(images))
    with torch.enable_grad():
        return checkpoint.network.classify(encoder.from_first_block(first.requires_grad_()))


def intensity_of(
    checkpoint: Checkpoint,
    output: ModelOutput,
    target: Tensor,
    of: Quantity,
    groups: SemanticGroups,
) -> Intensity:
    """The intensity from a :func:`differentiable_pass`, which stays usable for another quantity.

    Args:
        checkpoint: The model of the pass.
        output: The result of the pass, B faces.
        target: int64 ``[B]``.
        of: What to differentiate.
        groups: Semantic groups of the same faces.
    """
    with torch.enable_grad():
        value, includes_bs = _summed(checkpoint, output, target, of)
    gradients = torch.autograd.grad(value, output.features, retain_graph=True)
    squares = [g.double().square().sum(dim=(2, 3)).cpu().numpy() for g in gradients]
    total = np.stack([square.sum(axis=1) for square in squares], axis=1)
    elements = np.array([f[0].numel() for f in output.features])
    by_group = [
        np.einsum("bc,bck->bk", square, membership(assignment, groups.sizes.shape[-1]))
        for square, assignment in zip(squares, groups.assignment, strict=True)
    ]
    return Intensity(
        of=of,
        target=target.cpu().numpy(),
        norm=np.sqrt(total),
        rms=np.sqrt(total / elements),
        group_norm=np.sqrt(np.stack(by_group, axis=1)),
        group_size=groups.sizes,
        includes_bs=includes_bs,
    )


def _summed(
    checkpoint: Checkpoint, output: ModelOutput, target: Tensor, of: Quantity
) -> tuple[Tensor, bool]:
    """The scalar whose gradient at a face's features is that of the face's own loss."""
    if of == "logit":
        return output.logits.gather(1, target.unsqueeze(1)).sum(), False
    objective = checkpoint.objective
    value = functional.cross_entropy(
        output.logits, target, reduction="sum", label_smoothing=objective.smoothing
    )
    if of == "cls":
        return value, False
    if objective.clfm is not None:
        value = value + objective.clfm(output.features).loss.sum()
    if objective.distil is not None:
        value = value + objective.distil(output.features, output.logits).loss.sum()
    if objective.layers_weight is not None:
        value = value + objective.of_layers(output, target).loss.sum()
    if objective.clbs is None or len(target) < objective.clbs.fewest:
        return value, False
    return value + objective.clbs(output.features, target).loss, True
