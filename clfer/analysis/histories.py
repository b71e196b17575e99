"""Histories of the same training over its seeds: mean and band, never over two methods."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from clfer.analysis.curves import Curve

BandKind = Literal["none", "range", "interval"]

INTERVAL_SEEDS = 4
"""From so many trainings on the band is an interval of the mean; below, it is their range."""

CONFIDENCE = 0.95

_LETTERS = "CDEFGHIJKLMNOPQRSTUVWXYZ"

MOST = len(_LETTERS)
"""Further trainings that can be drawn beside A and B: each may need a letter of its own."""


@dataclass(frozen=True, eq=False)
class History:
    """Mean and band of the trainings whose configurations differ in the seed alone.

    Attributes:
        letter: ``A``, ``B``, ``C``...
        method: Short name of their method.
        names: Names of the trainings, sorted.
        mean: Mean per epoch and column, indexed by the epochs that all of them have finished.
        low: Lower end of the band, same shape.
        high: Upper end.
        band: ``none`` for one training, ``range`` (smallest to largest) below
            :data:`INTERVAL_SEEDS`, else ``interval`` (95 % Student interval of the mean).
        phases: First epoch and image side in pixels of each phase of the training.
    """

    letter: str
    method: str
    names: tuple[str, ...]
    mean: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    band: BandKind
    phases: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        """Number of trainings."""
        return len(self.names)

    @property
    def epochs(self) -> NDArray[np.int64]:
        """Epochs, int64 ``[E]``, counted from 1."""
        return self.mean.index.to_numpy(np.int64)

    @property
    def title(self) -> str:
        """Letter, method and number of trainings, e.g. ``A · baseline · 3 seeds``."""
        return f"{self.letter} · {self.method}" + (f" · {self.count} seeds" * (self.count > 1))

    def has(self, column: str) -> bool:
        """Whether a column holds at least one number."""
        return column in self.mean and bool(self.mean[column].notna().any())

    def groups(self) -> int:
        """Number K of semantic groups in the columns."""
        return sum(str(name).startswith("group_grad_cls_1_") for name in self.mean)


def same_training(curve: Curve) -> str:
    """What two trainings share that differ in nothing but the seed.

    Where the faces lie on a disk is no part of it: a published configuration leaves it out.
    """
    data = curve.config.data.model_copy(update={"root": None})
    return curve.config.model_copy(update={"seed": 0, "data": data}).model_dump_json()


def compared(a: Curve | None, b: Curve | None, more: Iterable[Curve] = ()) -> tuple[History, ...]:
    """A, B and further trainings as histories, each over the seeds of one configuration.

    A further training that differs from A (or B) in the seed alone joins it; the others form
    histories C, D, and so on, in the order of their methods and names. Where A and B themselves
    differ in the seed alone, they stay apart and their further seeds form a history of their own.

    Args:
        a: History of model A; None where it has none.
        b: History of model B.
        more: Further trainings, in any order; one that was given already counts once.
    """
    own = {letter: curve for letter, curve in (("A", a), ("B", b)) if curve is not None}
    members = {letter: [curve] for letter, curve in own.items()}
    keys = {same_training(curve): letter for letter, curve in own.items()}
    apart = len(keys) < len(own)
    rest: dict[str, list[Curve]] = {}
    for curve in sorted(more, key=lambda curve: (curve.seed, curve.name)):
        key = same_training(curve)
        letter = None if apart else keys.get(key)
        known = members[letter] if letter else rest.setdefault(key, [])
        given = [*own.values(), *known] if apart else known
        if not any(_same_rows(curve, other) for other in given):
            known.append(curve)
    groups = sorted((g for g in rest.values() if g), key=lambda g: (g[0].method, _names(g)))
    found = [*members.items(), *zip(_LETTERS, groups, strict=False)]
    return tuple(over_seeds(letter, curves) for letter, curves in found)


def over_seeds(letter: str, curves: Sequence[Curve]) -> History:
    """Mean and band per epoch of every column that all trainings have.

    Args:
        letter: Name of the history.
        curves: One or more trainings of one configuration.

    Raises:
        ValueError: no curve, or curves of different configurations.
    """
    if len({same_training(curve) for curve in curves}) != 1:
        raise ValueError("a history needs curves of one configuration")
    ordered = sorted(curves, key=lambda curve: (curve.seed, curve.name))
    epochs = ordered[0].rows.index
    columns = ordered[0].rows.columns
    for curve in ordered[1:]:
        epochs = epochs.intersection(curve.rows.index)
        columns = columns.intersection(curve.rows.columns, sort=False)
    values = np.stack([curve.rows.loc[epochs, columns].to_numpy() for curve in ordered])
    mean, low, high, kind = _band(values)
    tables = {
        name: pd.DataFrame(part, index=epochs, columns=columns)
        for name, part in (("mean", mean), ("low", low), ("high", high))
    }
    return History(
        letter=letter,
        method=ordered[0].method,
        names=_names(curves),
        band=kind,
        phases=_phases(tables["mean"]["side"]),
        **tables,
    )


def _band(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], BandKind]:
    """Mean, lower and upper end over the first axis of ``[seeds, E, columns]``."""
    count = len(values)
    mean = values.mean(axis=0)
    if count == 1:
        return mean, mean, mean, "none"
    if count < INTERVAL_SEEDS:
        return mean, values.min(axis=0), values.max(axis=0), "range"
    error = values.std(axis=0, ddof=1) / np.sqrt(count)
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error
    return mean, mean - half, mean + half, "interval"


def _phases(sides: "pd.Series[float]") -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for epoch, side in zip(sides.index, sides, strict=True):
        if not found or found[-1][1] != int(side):
            found.append((int(epoch), int(side)))
    return tuple(found)


def _same_rows(first: Curve, second: Curve) -> bool:
    """Whether two curves are one training, e.g. a run and the checkpoint published from it."""
    columns = ["loss_cls", "valid_loss", "valid_accuracy"]
    left, right = first.rows[columns], second.rows[columns]
    shared = left.index.intersection(right.index)
    return (
        first.seed == second.seed
        and same_training(first) == same_training(second)
        and len(shared) > 0
        and bool(np.allclose(left.loc[shared], right.loc[shared], rtol=1e-6, atol=0))
    )


def _names(curves: Sequence[Curve]) -> tuple[str, ...]:
    return tuple(sorted(curve.name for curve in curves))
