"""Parameters and multiply–accumulate operations (Table I), counted by torch's own formulas."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from clfer.config import Config
from clfer.methods.joint import JointObjective
from clfer.models.network import FerNetwork
from clfer.models.output import ModelOutput


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
    network = FerNetwork.of(config, classes)
    _, macs = _one_face(network, side)
    return Complexity(_parameters(network), macs)


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
    # The network sees every face by itself, so one is enough; the losses see the batch.
    output, macs = _one_face(network, side)
    output = _repeated(output, batch)
    second = output if config.two_views else None
    with torch.no_grad(), _Counter() as counter:
        objective(output, torch.zeros(batch, dtype=torch.long), second)
    parameters = _parameters(network) + _parameters(objective)
    return Complexity(parameters, (2 if config.two_views else 1) * macs + counter.macs // batch)


def _one_face(network: FerNetwork, side: int) -> tuple[ModelOutput, int]:
    """What the network says of one image, and the operations that it takes."""
    # A constant image would leave every channel without a code; noise exercises all parts.
    image = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), _Counter() as counter:
        output: ModelOutput = network.eval()(image)
    return output, counter.macs


def _repeated(output: ModelOutput, batch: int) -> ModelOutput:
    """The result for as many faces as a batch has, from that for one."""

    def repeat(value: Tensor | tuple[Tensor, ...] | None) -> Tensor | tuple[Tensor, ...] | None:
        if isinstance(value, tuple):
            return tuple(one.expand(batch, *one.shape[1:]) for one in value)
        return None if value is None else value.expand(batch, *value.shape[1:])

    values: dict[str, Any] = {f.name: repeat(getattr(output, f.name)) for f in fields(output)}
    return ModelOutput(**values)


def _parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


class _Count:
    """What :class:`_Counter` does, in a class of its own.

    Torch wraps a method that stands in the body of a mode, so that the first operation loads its
    compiler (``torch._dynamo``), which takes longer than torch itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.macs = 0

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func.overloadpacket)
        if formula is not None:
            self.macs += formula(*args, **(kwargs or {}), out_val=result) // 2
        return result


class _Counter(_Count, TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the multiply–accumulates of all that runs inside, as ``FlopCounterMode`` does."""
