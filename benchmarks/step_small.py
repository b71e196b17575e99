"""The training step on smaller images, where the heads weigh more, ours against the baseline."""

from benchmarks.frame import Measurement, alone
from benchmarks.training_step import compare


def run(repeats: int, side: int = 128, batch: int = 64) -> Measurement:
    """Time the steps of both models in turn."""
    return compare("step-small", side, batch, 1.10, repeats)


if __name__ == "__main__":
    alone(run)
