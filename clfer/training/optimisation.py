"""Optimisers, learning-rate schedules and the moving average of the weights."""

import copy
import math
from typing import Generic, TypeVar

import torch
from torch import nn

from clfer.config import TrainConfig

T = TypeVar("T", bound=nn.Module)


def build_optimiser(module: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """The configured optimiser over all parameters of ``module``.

    AdamW and SGD leave the 1-D parameters (biases, normalisation) without weight decay; Adam
    decays all alike, as the paper's setting does.
    """
    rate = config.learning_rate
    if config.optimiser == "adam":
        return torch.optim.Adam(
            module.parameters(), lr=rate, weight_decay=config.weight_decay, fused=True
        )
    matrices = [p for p in module.parameters() if p.dim() >= 2]
    vectors = [p for p in module.parameters() if p.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    if config.optimiser == "adamw":
        return torch.optim.AdamW(groups, lr=rate, fused=True)
    return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True, fused=True)


def learning_rate(config: TrainConfig, step: int, steps_per_epoch: int) -> float:
    """Learning rate of a step, counted from 0 over the whole run."""
    peak = config.learning_rate
    start = (config.epochs - config.sizes[-1][1]) * steps_per_epoch
    if config.last_phase_rate is not None and step >= start:
        done = (step - start) / (config.epochs * steps_per_epoch - start)
        return config.last_phase_rate * 0.5 * (1 + math.cos(math.pi * done))
    if config.schedule == "constant":
        return peak
    if config.schedule == "exponential":
        return peak * float(config.gamma ** (step // steps_per_epoch))
    total = config.epochs * steps_per_epoch
    rising = max(1, round(config.warmup * total))
    if step < rising:
        return peak * (step + 1) / rising
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, total - rising)))


class WeightAverage(Generic[T]):
    """Exponential moving average of parameters and buffers; the averaged model is evaluated.

    The decay grows from 0 with the number of updates, so the first epochs are not held back.

    Args:
        module: The module that learns.
        decay: Final decay per step; 0 makes the average follow the module exactly.
    """

    def __init__(self, module: T, decay: float) -> None:
        self.decay = decay
        self.module = copy.deepcopy(module).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, module: T, step: int) -> None:
        """Move the average towards ``module`` after a step, counted from 0."""
        decay = min(self.decay, step / (step + 10))
        averaged, current = self.module.state_dict(), module.state_dict()
        floating = [k for k, v in averaged.items() if v.is_floating_point()]
        torch._foreach_lerp_(
            [averaged[k] for k in floating], [current[k] for k in floating], 1 - decay
        )
        for key in averaged.keys() - set(floating):
            averaged[key].copy_(current[key])
