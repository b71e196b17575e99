"""Faces that occur more than once: within a split, across splits, and under two labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Twins:
    """Each face that repeats an earlier one, paired with the first of its kind.

    Attributes:
        first: Index of the first face with these pixels, ``[P]``.
        second: Index of the later face, ``[P]``, ascending.
        across: Whether the two lie in different splits, bool ``[P]``.
        conflict: Whether their labels differ, bool ``[P]``.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    across: NDArray[np.bool_]
    conflict: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)

    def subset(self, pairs: NDArray[np.int64]) -> "Twins":
        """The pairs at these positions, in that order."""
        return Twins(
            self.first[pairs], self.second[pairs], self.across[pairs], self.conflict[pairs]
        )

    def touching(self, members: NDArray[np.bool_]) -> "Twins":
        """The pairs of which at least one face is a member; ``members`` is bool ``[N]``."""
        return self.subset(np.flatnonzero(members[self.first] | members[self.second]))

    def conflicting(self) -> "Twins":
        """The pairs with two labels."""
        return self.subset(np.flatnonzero(self.conflict))

    def conflicts_first(self) -> "Twins":
        """The same pairs, those with two labels before the others."""
        return self.subset(np.argsort(~self.conflict, kind="stable").astype(np.int64))


def twin_pairs(digests: Sequence[str], splits: Sequence[str], labels: NDArray[np.int64]) -> Twins:
    """Pair every face with the first one that has the same digest.

    Args:
        digests: Hash of each face's file, length N; an empty one equals no other.
        splits: Split of each face, length N, in the order in which splits count as earlier.
        labels: int64 ``[N]``.
    """
    seen: dict[str, int] = {}
    pairs = []
    for index, digest in enumerate(digests):
        earlier = seen.setdefault(digest, index) if digest else index
        if earlier != index:
            pairs.append((earlier, index))
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    split = np.asarray(splits, dtype=object)
    return Twins(first, second, split[first] != split[second], labels[first] != labels[second])
