"""Rows of a run's history: one per epoch."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def training_row(mean: "dict[str, Tensor]", rate: float) -> dict[str, float]:
    """Columns of an epoch's training part from the means over its steps.

    Args:
        mean: What :func:`clfer.training.learner.means` says of the epoch.
        rate: Learning rate of the last step.
    """
    labelled = float(mean["labelled"])
    row = {
        "learning_rate": rate,
        "train_loss": float(mean["loss"]),
        "train_accuracy": float(mean["correct"]) / labelled if labelled else 0.0,
    }
    row |= {f"attention_{j}": float(v) for j, v in enumerate(mean["attention"], start=1)}
    names = mean.keys() - {"loss", "correct", "labelled", "attention"}
    return row | {name: float(mean[name]) for name in sorted(names)}


def best_epoch(history: list[dict[str, Any]]) -> int:
    """Epoch of the highest validation accuracy among those at the latest image side."""
    side = history[-1]["side"]
    rows = [row for row in history if row["side"] == side]
    return int(max(rows, key=lambda row: row["valid_accuracy"])["epoch"])
