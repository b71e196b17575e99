"""Time that one face takes through a network, measured where it runs."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch

from clfer.models.checkpoint import Checkpoint

REPEATS = 30
FEWEST = 5
WARM_UP = 3
SECONDS = 1.2
"""No further repeat starts after this time, so that a slow machine waits no longer."""


@dataclass(frozen=True)
class Latency:
    """Seconds for one forward pass of a single face.

    Attributes:
        median: Of all repeats.
        lower: First quartile.
        upper: Third quartile.
        repeats: Passes measured, at most :data:`REPEATS`.
        side: Input side in pixels, the model's own.
        device: Torch device.
        threads: CPU threads that torch uses within an operation.
    """

    median: float
    lower: float
    upper: float
    repeats: int
    side: int
    device: str
    threads: int


def measure_latency(checkpoint: Checkpoint) -> Latency:
    """Median and quartiles of the time of one face, warm, at the model's own input size."""
    side = checkpoint.card.preprocess.side
    image = torch.zeros(1, 3, side, side, device=checkpoint.device)
    image = image.contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        for _ in range(WARM_UP):
            _pass(checkpoint, image)
        seconds: list[float] = []
        while len(seconds) < FEWEST or (len(seconds) < REPEATS and sum(seconds) < SECONDS):
            seconds.append(_pass(checkpoint, image))
    lower, median, upper = np.quantile(seconds, (0.25, 0.5, 0.75)).tolist()
    threads = torch.get_num_threads()
    return Latency(median, lower, upper, len(seconds), side, str(checkpoint.device), threads)


def _pass(checkpoint: Checkpoint, image: torch.Tensor) -> float:
    """Seconds of one forward pass, until its result is there."""
    start = perf_counter()
    checkpoint.network(image)
    if checkpoint.device.type == "cuda":
        torch.cuda.synchronize(checkpoint.device)
    return perf_counter() - start
