"""Parameters and multiply–accumulate operations (Table I), counted by torch's own counter."""

from typing import NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from clfer.config import Config
from clfer.methods.joint import JointObjective
from clfer.models.network import FerNetwork


class Complexity(NamedTuple):
    """Cost of a forward pass for one face.

    Attributes:
        parameters: Trainable parameters.
        macs: Multiply–accumulate operations of convolutions and matrix products. Normalisation,
            activation and pooling are not counted.
    """

    parameters: int
    macs: int


def inference_complexity(config: Config, classes: int, side: int) -> Complexity:
    """The network alone, as it predicts; the contrastive heads are left out."""
    network = FerNetwork.of(config, classes).eval()
    images = torch.zeros(1, 3, side, side)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(images)
    return Complexity(_parameters(network), counter.get_total_flops() // 2)


def training_complexity(config: Config, classes: int, side: int, batch: int = 32) -> Complexity:
    """The training graph: network, contrastive heads and clustering, per face of a batch.

    SimSiam and EAC see every face twice, and both passes count.

    Args:
        config: Which parts are on.
        classes: Number of expressions.
        side: Image side in pixels.
        batch: Faces per step; the clustering of CLBS is shared by them.
    """
    network = FerNetwork.of(config, classes)
    objective = JointObjective(config, classes)
    images, target = torch.zeros(batch, 3, side, side), torch.zeros(batch, dtype=torch.long)
    # Constant images would leave every channel without a code; noise exercises all parts.
    images.normal_(generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        second = network(images) if config.two_views else None
        objective(network(images), target, second)
    parameters = _parameters(network) + _parameters(objective)
    return Complexity(parameters, counter.get_total_flops() // 2 // batch)


def _parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
