"""Gradient norms of the baseline and of ours, block by block."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.histories import History
from clfer.analysis.same_loss import gain_at_same_loss
from clfer.analysis.shallow_gain import shallow_gain
from clfer.experiments.table import Column, ResultTable, Value

BLOCKS = (1, 2, 3, 4)
LOSSES = {"cls": "L_cls", "joint": "joint"}

COLUMNS = (
    *(Column("data"), Column("loss"), Column("block")),
    *(Column("baseline", 5), Column("ours", 5), Column("factor", 3)),
    *(Column("epochs"), Column("epochs larger")),
    *(Column("factor at the same loss", 3), Column("epochs at the same loss")),
    *(Column("baseline, per element", 7), Column("ours, per element", 7), Column("seeds")),
)

NOTES = (
    "Norms of the gradient of a face's loss by the output of a block, mean over up to 256 "
    "validation faces after every epoch; over the epochs the geometric mean. Factor: ours over "
    "baseline.",
    "Joint: L_cls and the contrastive losses; for the baseline both are the same.",
    "At the same loss: a model that fits better has smaller gradients, hence the norm of ours is "
    "also compared with the baseline's at that validation loss, interpolated between its epochs.",
    "Per element: root mean square over the elements of a block, since blocks differ in size.",
)


@dataclass(frozen=True)
class Factors:
    """Ours over the baseline at the four blocks.

    Attributes:
        over_training: Geometric mean over the shared epochs.
        same_loss: The same at equal validation loss; None where the losses do not overlap.
        epochs: Shared epochs.
    """

    over_training: tuple[float, ...]
    same_loss: tuple[float | None, ...]
    epochs: int


def factors(baseline: History, ours: History, loss: str) -> Factors | None:
    """How the gradient norms of one loss differ; None where no epoch has a gradient."""
    found = shallow_gain(baseline, ours, f"grad_{loss}")
    if found is None:
        return None
    matched = [_matched(baseline, ours, loss, block) for block in BLOCKS]
    return Factors(found.factor, tuple(None if m is None else m[0] for m in matched), found.epochs)


def geometric(found: History, column: str) -> float | None:
    """Geometric mean of a column over the epochs; None where it vanishes."""
    values: NDArray[np.float64] = found.mean[column].to_numpy(np.float64)
    return float(np.exp(np.log(values).mean())) if (values > 0).all() else None


def intensity_table(
    name: str, title: str, histories: dict[str, tuple[History | None, History | None]]
) -> ResultTable:
    """A row per data set, loss and block.

    Args:
        name: Of the table.
        title: Its caption.
        histories: Baseline and ours by data set.
    """
    rows = [
        (dataset, shown, block, *_values(*pair, loss, block))
        for dataset, pair in histories.items()
        for loss, shown in LOSSES.items()
        for block in BLOCKS
    ]
    return ResultTable(name, title, COLUMNS, tuple(rows), NOTES)


def _values(
    baseline: History | None, ours: History | None, loss: str, block: int
) -> tuple[Value, ...]:
    norms = [_mean(one, f"grad_{loss}_{block}") for one in (baseline, ours)]
    elements = [_mean(one, f"rms_{loss}_{block}") for one in (baseline, ours)]
    compared: tuple[Value, ...] = (None,) * 5
    seeds = None
    if baseline is not None and ours is not None:
        seeds = min(baseline.count, ours.count)
        gain = shallow_gain(baseline, ours, f"grad_{loss}")
        matched = _matched(baseline, ours, loss, block) or (None, None)
        if gain is not None:
            at = block - 1
            compared = (gain.factor[at], gain.epochs, gain.larger[at], *matched)
    return (*norms, *compared, *elements, seeds)


def _matched(baseline: History, ours: History, loss: str, block: int) -> tuple[float, int] | None:
    of = f"grad_{loss}_{block}"
    return gain_at_same_loss(
        baseline.mean["valid_loss"].to_numpy(np.float64),
        baseline.mean[of].to_numpy(np.float64),
        ours.mean["valid_loss"].to_numpy(np.float64),
        ours.mean[of].to_numpy(np.float64),
    )


def _mean(found: History | None, column: str) -> float | None:
    return None if found is None else geometric(found, column)
