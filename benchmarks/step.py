"""The training step at the paper's image size, ours against the baseline."""

import torch

from benchmarks.frame import Measurement, alone
from benchmarks.training_step import compare


def run(repeats: int, side: int = 224, batch: int = 32) -> Measurement:
    """Time the steps of both models in turn."""
    return compare("step", side, batch, 1.10 if torch.cuda.is_available() else 1.05, repeats)


if __name__ == "__main__":
    alone(run)
