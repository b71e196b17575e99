"""Which training faces a run uses, and of which of them it sees the label.

``data.count`` draws first; then ``data.reduce`` thins one expression out (Table III); then
``data.labelled`` divides what is left into faces with and without label (Table II). All draws are
stratified by class, follow the seed alone, and are nested: a larger share holds the smaller one.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clfer.config.sections import DataConfig
from clfer.data.faceset import FaceSet
from clfer.data.listing import UNUSED
from clfer.data.splits import hold_out
from clfer.errors import ConfigError

_LABELS, _REDUCE = 1, 2
"""Streams of random numbers, so that no draw repeats another."""


def training_rows(
    labels: NDArray[np.int64], classes: tuple[str, ...], data: DataConfig, seed: int
) -> NDArray[np.int64]:
    """The faces of a training split that lie in the batches, those without label included.

    Args:
        labels: int64 ``[N]``, indices into ``classes``.
        classes: Expressions of the data set.
        data: What the run asks for.
        seed: Seed of the run.

    Returns:
        Sorted indices into the split.

    Raises:
        ConfigError: ``data.reduce`` is no expression of the data set.
    """
    rows = np.arange(len(labels))
    if data.count is not None and data.count < len(labels):
        rows = hold_out(labels, data.count / len(labels), seed)[1]
    if data.reduce is not None:
        expression = _position(data.reduce, classes, data.name)
        rows = rows[reduced_rows(labels[rows], expression, data.keep, seed)]
    if not data.unlabelled:
        rows = rows[labelled_rows(labels[rows], data.labelled, seed)]
    return rows


def validation_rows(labels: NDArray[np.int64], count: int | None) -> NDArray[np.int64]:
    """The validation faces by which the epoch is chosen, whatever the seed of the run.

    Args:
        labels: int64 ``[N]``.
        count: About so many, as ``data.valid_count`` asks; None for all.

    Returns:
        Sorted indices into the split.
    """
    if count is None or count >= len(labels):
        return np.arange(len(labels))
    return hold_out(labels, count / len(labels))[1]


def reduced_rows(
    labels: NDArray[np.int64], expression: int, keep: float, seed: int
) -> NDArray[np.bool_]:
    """Which faces are left when one expression is thinned out.

    Args:
        labels: int64 ``[N]``.
        expression: The label whose faces are thinned out.
        keep: Share of them that is left, rounded to whole faces; more than 0 leaves at least one.
        seed: Seed of the draw.

    Returns:
        bool ``[N]``.
    """
    members = np.flatnonzero(labels == expression)
    left = np.ones(len(labels), dtype=bool)
    drawn = np.random.default_rng([seed, _REDUCE]).permutation(members)
    left[drawn[_share(keep, len(members)) :]] = False
    return left


def labelled_rows(labels: NDArray[np.int64], fraction: float, seed: int) -> NDArray[np.bool_]:
    """Of which faces the label is used, class by class.

    Args:
        labels: int64 ``[N]``.
        fraction: Share of every class, rounded to whole faces but at least one.
        seed: Seed of the draw.

    Returns:
        bool ``[N]``.
    """
    rng = np.random.default_rng([seed, _LABELS])
    used = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        used[members[: _share(fraction, len(members))]] = True
    return used


def without_labels(faces: FaceSet, hidden: NDArray[np.bool_]) -> FaceSet:
    """The faces with some labels taken away: -1, and a row of zeros among soft labels.

    Args:
        faces: N faces.
        hidden: Whose label is taken away, bool ``[N]``.
    """
    targets = faces.targets
    if targets is not None:
        targets = np.where(hidden[:, None], np.float32(0), targets)
    return replace(faces, labels=np.where(hidden, UNUSED, faces.labels), targets=targets)


def _share(fraction: float, count: int) -> int:
    return max(round(fraction * count), int(fraction > 0 and count > 0))


def _position(expression: str, classes: tuple[str, ...], name: str) -> int:
    if expression not in classes:
        raise ConfigError(
            f"data.reduce = {expression} is no expression of {name}: "
            f"choose one of {', '.join(classes)}."
        )
    return classes.index(expression)
