"""One vocabulary of expressions: names, order, aliases and the mappings between data sets.

All class lists of the project are in the order of :data:`EXPRESSIONS` (the order of the FER+
vote columns); names outside the vocabulary follow alphabetically.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from clfer.errors import DataError

EXPRESSIONS: tuple[str, ...] = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
)
"""The eight expressions of FER+ in the order of its vote columns."""

BASIC_EXPRESSIONS: tuple[str, ...] = EXPRESSIONS[:7]
"""The six basic expressions and neutral, as in RAF-DB and SFEW."""

FIXED_CLASSES: dict[str, tuple[str, ...]] = {
    "ferplus": EXPRESSIONS,
    "rafdb": BASIC_EXPRESSIONS,
    "sfew": BASIC_EXPRESSIONS,
    "affectnet": EXPRESSIONS,
    "affectnet7": BASIC_EXPRESSIONS,
    "synthetic": BASIC_EXPRESSIONS,
}
"""Expressions of the data sets whose classes do not depend on what lies on disk."""

UNKNOWN_THRESHOLD = 0.25
"""Below this top probability a face shows "none of the known expressions" (paper, Sec. IV-B)."""

_ALIASES = {
    "happy": "happiness",
    "happyness": "happiness",
    "joy": "happiness",
    "surprised": "surprise",
    "sad": "sadness",
    "angry": "anger",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "scared": "fear",
    "contemptuous": "contempt",
    "normal": "neutral",
}

_BRACKETS = str.maketrans("<>", "‹›")


def canonical_name(name: str) -> str:
    """Map a class name found on disk to the vocabulary; unknown names come back in lower case.

    Angle brackets become quotation marks: charts, which write these names, read tags in text.
    """
    key = " ".join(name.lower().translate(_BRACKETS).split())
    return _ALIASES.get(key, key)


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Sort class names: vocabulary order first, then the others alphabetically."""
    unique = set(names)
    known = [name for name in EXPRESSIONS if name in unique]
    return tuple(known + sorted(unique.difference(EXPRESSIONS)))


def shared_classes(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """Expressions that two class lists have in common, in vocabulary order."""
    return ordered(set(first) & set(second))


def class_positions(source: Sequence[str], target: Sequence[str]) -> NDArray[np.int64]:
    """Position in ``target`` of every class of ``source``; -1 where ``target`` lacks it.

    Raises:
        DataError: the two lists share no expression.
    """
    where = {name: i for i, name in enumerate(target)}
    positions = np.array([where.get(name, -1) for name in source], dtype=np.int64)
    if (positions < 0).all():
        raise DataError(
            f"The class lists share no expression: {', '.join(source)} against {', '.join(target)}."
        )
    return positions
