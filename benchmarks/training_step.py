"""A training step of baseline and ours: forward, backward and update, as the engine takes it."""

import contextlib
from dataclasses import dataclass

import torch

from benchmarks.frame import Measurement, alternate, medians, ratios
from clfer.config import Config, load_preset
from clfer.training.learner import Learner
from clfer.training.optimisation import build_optimiser

BASELINE = ("model.msr=false", "clfm.enabled=false", "clbs.enabled=false")
CLASSES = 7


@dataclass
class TrainingStep:
    """The engine's learner and optimiser on one batch of noise, on a GPU in bfloat16.

    Attributes:
        learner: Network and objective, channels-last.
        optimiser: That of the preset.
        images: ``[B, 3, S, S]``, channels-last.
        target: int64 ``[B]``.
    """

    learner: Learner
    optimiser: torch.optim.Optimizer
    images: torch.Tensor
    target: torch.Tensor

    def __call__(self) -> None:
        with precision(self.images.device):
            loss = self.learner(self.images, self.target).loss
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()


def training_step(side: int, batch: int, *, ours: bool) -> TrainingStep:
    """The step of preset ``paper``, with random weights, at an image side in pixels."""
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = paper(ours=ours)
    learner = Learner(config, CLASSES).to(device, memory_format=torch.channels_last).train()
    images = torch.randn(batch, 3, side, side, device=device)
    return TrainingStep(
        learner,
        build_optimiser(learner, config.train),
        images.contiguous(memory_format=torch.channels_last),
        torch.arange(batch, device=device) % CLASSES,
    )


def paper(*, ours: bool) -> Config:
    """Preset ``paper`` from random weights, as it is or as the plain ResNet-18."""
    return load_preset("paper", ["model.init=scratch", *(() if ours else BASELINE)])


def precision(device: torch.device) -> contextlib.AbstractContextManager[object]:
    """bfloat16 on a GPU, float32 elsewhere."""
    if device.type == "cuda":
        return torch.autocast("cuda", torch.bfloat16)
    return contextlib.nullcontext()


def compare(name: str, side: int, batch: int, target: float, repeats: int) -> Measurement:
    """The step of ours over that of the baseline."""
    ours, plain = (training_step(side, batch, ours=own) for own in (True, False))
    pairs = alternate(ours, plain, repeats, warmup=2)
    return Measurement(
        name,
        "ratio",
        ratios(pairs),
        target,
        f"Forward, backward and update, {side} px, batch {batch}, ours ÷ baseline.",
        medians(pairs, "ours", "baseline"),
    )
