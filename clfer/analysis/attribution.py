"""Which cells of a block speak for an expression: Grad-CAM, and two attributions of Captum.

Captum's layer attributions hook the network, which is shared between threads. Here they run on
the rest of the network behind a block, a function of that block's output, so nothing is hooked:
blocks in front of it keep the values they have for the face.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clfer.analysis.intensity import differentiable_pass
from clfer.models.checkpoint import Checkpoint
from clfer.models.encoder import BLOCKS
from clfer.models.network import FerNetwork

INPUT = 0
"""Block number of the network's input."""

STEPS = 32
"""Steps of the path integral (Gauss-Legendre)."""

POSITIONS = 8
"""Positions of the occluding patch along each side, at most."""

_CHUNK = 8

Method = Literal["grad-cam", "integrated gradients", "occlusion"]


def grad_cam(checkpoint: Checkpoint, image: Tensor, target: int) -> list[NDArray[np.float64]]:
    """Grad-CAM (Selvaraju et al., 2017): ReLU of the channels weighted by their mean gradient.

    One forward and one backward pass serve all blocks, four times faster than block by block.

    Args:
        checkpoint: The model; nothing of it changes.
        image: One normalised face ``[1, 3, S, S]``.
        target: Index of the expression.

    Returns:
        Per block 1 … 4 ``[H_j, W_j]``, not negative, in units of the logit.
    """
    output = differentiable_pass(checkpoint, image)
    gradients = torch.autograd.grad(output.logits[0, target], output.features)
    return [
        _as_map((gradient.mean(dim=(2, 3), keepdim=True) * feature).sum(1, keepdim=True).relu())
        for gradient, feature in zip(gradients, output.features, strict=True)
    ]


def integrated_gradients(
    checkpoint: Checkpoint, image: Tensor, block: int, target: int
) -> NDArray[np.float64]:
    """Integrated gradients (Sundararajan et al., 2017), summed over the channels.

    The path leads from the block's output for a face of the mean grey to that for this face. The
    cells of the map sum up to the difference of the logit between the two ends, up to the error
    of the numerical integral.

    Args:
        checkpoint: The model; nothing of it changes.
        image: One normalised face ``[1, 3, S, S]``.
        block: 1 … 4, or :data:`INPUT`.
        target: Index of the expression.

    Returns:
        ``[H_j, W_j]``, signed, in units of the logit.

    Raises:
        ValueError: no such block.
    """
    # Captum imports Matplotlib: only those who use it shall wait for that.
    from captum.attr import IntegratedGradients

    feature, rest = _cut(checkpoint.network, image, block)
    start, _ = _cut(checkpoint.network, torch.zeros_like(image), block)
    found = IntegratedGradients(rest).attribute(
        feature.requires_grad_(), start, target=target, n_steps=STEPS, internal_batch_size=_CHUNK
    )
    return _as_map(found)


def occlusion(
    checkpoint: Checkpoint, image: Tensor, block: int, target: int
) -> NDArray[np.float64]:
    """Occlusion (Zeiler and Fergus, 2014): how much the logit falls when cells are set to zero.

    Square patches without overlap, at most :data:`POSITIONS` along each side; all channels of a
    cell are occluded together. Zero is the mean grey at the input and no response at a block.

    Args:
        checkpoint: The model; nothing of it changes.
        image: One normalised face ``[1, 3, S, S]``.
        block: 1 … 4, or :data:`INPUT`.
        target: Index of the expression.

    Returns:
        ``[H_j, W_j]``, signed, in units of the logit; constant over each patch.

    Raises:
        ValueError: no such block.
    """
    from captum.attr import Occlusion

    feature, rest = _cut(checkpoint.network, image, block)
    patch = -(-feature.shape[-1] // POSITIONS)
    window = (feature.shape[1], patch, patch)
    found = Occlusion(rest).attribute(
        feature, window, strides=window, target=target, perturbations_per_eval=_CHUNK
    )
    return _as_map(found / feature.shape[1])


def _at_each_block(
    method: Callable[[Checkpoint, Tensor, int, int], NDArray[np.float64]],
) -> Callable[[Checkpoint, Tensor, int], list[NDArray[np.float64]]]:
    def at_each(checkpoint: Checkpoint, image: Tensor, target: int) -> list[NDArray[np.float64]]:
        return [method(checkpoint, image, block, target) for block in range(1, BLOCKS + 1)]

    return at_each


METHODS: dict[Method, Callable[[Checkpoint, Tensor, int], list[NDArray[np.float64]]]] = {
    "grad-cam": grad_cam,
    "integrated gradients": _at_each_block(integrated_gradients),
    "occlusion": _at_each_block(occlusion),
}
"""The three attributions by name: the maps of blocks 1 … 4 of one face for a target."""


def _cut(
    network: FerNetwork, image: Tensor, block: int
) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """A block's output for an image, and the logits as a function of that output."""
    if not INPUT <= block <= len(network.encoder.blocks):
        raise ValueError(f"block must be 1 to {len(network.encoder.blocks)}, got {block}")
    if block == INPUT:
        return image.detach().clone(), lambda values: network(values).logits
    with torch.no_grad():
        *earlier, feature = network.encoder(image)[:block]

    def rest(values: Tensor) -> Tensor:
        features = [f.expand(len(values), -1, -1, -1) for f in earlier] + [values]
        for later in list(network.encoder.blocks)[block:]:
            features.append(later(features[-1]))
        return network.classify(tuple(features)).logits

    return feature, rest


def _as_map(attribution: Tensor) -> NDArray[np.float64]:
    """Attributions ``[1, C, H, W]`` summed over the channels."""
    return np.asarray(attribution[0].detach().double().sum(dim=0).cpu().numpy())
