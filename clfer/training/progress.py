"""Where a run is, and how long it will still take."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clfer.config import TrainConfig


@dataclass(frozen=True)
class Progress:
    """Where a run is, for a progress bar.

    Attributes:
        epoch: Running epoch, counted from 1.
        epochs: All epochs.
        step: Finished steps of this epoch.
        steps: Steps of an epoch.
        seconds_left: Estimate for the whole run.
        row: The history row of the epoch that has just ended, else None.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    seconds_left: float
    row: dict[str, Any] | None = None


Report = Callable[[Progress], None]
"""Called after every step and at the end of every epoch."""


def seconds_left(config: TrainConfig, epoch: int, done: float, seconds_per_epoch: float) -> float:
    """Time that the rest of a run takes; a step costs in proportion to its phase's pixels.

    Args:
        config: Sizes and epochs.
        epoch: Running epoch, counted from 0.
        done: Finished share of it, 0 to 1.
        seconds_per_epoch: Measured duration of a whole epoch at the running epoch's size.
    """
    pixels = [config.side_at(later) ** 2 for later in range(epoch, config.epochs)]
    return seconds_per_epoch * (sum(pixels) / pixels[0] - done)


def epoch_line(row: dict[str, Any]) -> str:
    """The row of a finished epoch as a line for people."""
    return (
        f"epoch {row['epoch']:>3}  {row['side']} px  train loss {row['train_loss']:.3f}  "
        f"train {row['train_accuracy']:.4f}  valid {row['valid_accuracy']:.4f}  "
        f"L_fm {row['loss_fm']:+.4f}  L_bs {row['loss_bs']:+.4f}  {row['seconds']:.0f} s"
    )
