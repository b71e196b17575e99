"""What a data set holds: class balance, a seeded sample, and how much the annotators disagreed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clfer.data.votes import VOTE_NAMES, vote_shares


@dataclass(frozen=True, eq=False)
class ClassBalance:
    """Faces per split and expression.

    Attributes:
        classes: Expressions in the order of the labels.
        splits: Splits that are there.
        counts: int64 ``[S, n_c]``.
    """

    classes: tuple[str, ...]
    splits: tuple[str, ...]
    counts: NDArray[np.int64]

    @property
    def totals(self) -> NDArray[np.int64]:
        """Faces per split, ``[S]``."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of each expression in its split, ``[S, n_c]``; zero in a split without faces."""
        return np.asarray(self.counts / np.maximum(self.totals, 1)[:, None])

    @property
    def imbalance(self) -> NDArray[np.float64]:
        """Faces of the largest class for each face of the smallest that occurs, ``[S]``."""
        occurring = np.where(self.counts > 0, self.counts, self.counts.max(initial=1))
        return np.asarray(self.counts.max(axis=1) / occurring.min(axis=1))

    @property
    def effective_classes(self) -> NDArray[np.float64]:
        """Effective number of classes, ``[S]``: the exponential of the entropy of the shares.

        It is n_c where all classes are equally frequent, and 1 where there is only one.
        """
        return np.exp2(entropy_bits(self.shares))

    def table(self) -> pd.DataFrame:
        """Counts with one row per expression, a last row ``all``, and one column per split."""
        names = [*(name.capitalize() for name in self.classes), "All"]
        columns = np.vstack([self.counts.T, self.totals])
        return pd.DataFrame({"Expression": names} | dict(zip(self.splits, columns.T, strict=True)))

    def absent(self, split: str) -> tuple[str, ...]:
        """Expressions of which a split has no face."""
        row = self.counts[self.splits.index(split)]
        return tuple(name for name, count in zip(self.classes, row, strict=True) if not count)

    def in_words(self, split: str) -> str:
        """The balance of a split in one or two sentences."""
        row = self.splits.index(split)
        counts, n = self.counts[row], len(self.classes)
        most = int(counts.argmax())
        least = int(np.where(counts > 0, counts, counts.max(initial=0) + 1).argmin())
        if counts[most] == counts[least] and not self.absent(split):
            return f"{split}: all {n} expressions have {counts[most]:,} faces each."
        missing = self.absent(split)
        return (
            f"{split}: {self.imbalance[row]:.0f} times as many faces of {self.classes[most]} "
            f"({counts[most]:,}) as of {self.classes[least]} ({counts[least]:,}); the effective "
            f"number of classes is {self.effective_classes[row]:.1f} of {n}."
            + (f" There is no face of {' or '.join(missing)}." if missing else "")
        )


def class_balance(classes: Sequence[str], labels: Mapping[str, NDArray[np.int64]]) -> ClassBalance:
    """Count the faces of every split and expression.

    Args:
        classes: Expressions in the order of the labels.
        labels: int64 ``[N]`` per split.
    """
    counts = [np.bincount(values, minlength=len(classes)) for values in labels.values()]
    return ClassBalance(tuple(classes), tuple(labels), np.array(counts, dtype=np.int64))


def draw_sample(
    labels: NDArray[np.int64], classes: Sequence[int], per_class: int, seed: int
) -> NDArray[np.int64]:
    """Draw faces of some expressions without replacement, class after class.

    Args:
        labels: int64 ``[N]``.
        classes: Label indices to draw from, in this order.
        per_class: Faces of each, fewer where the class has fewer.
        seed: Another seed draws other faces; the draw of one class does not depend on the others.

    Returns:
        Indices of the drawn faces.
    """
    drawn = [np.empty(0, dtype=np.int64)]
    for label in classes:
        members = np.flatnonzero(labels == label)
        drawn.append(np.random.default_rng([seed, label]).permutation(members)[:per_class])
    return np.concatenate(drawn)


def entropy_bits(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shannon entropy in bits over the last axis of shares ``[..., C]``; zero where all are 0."""
    safe = np.where(shares > 0, shares, 1.0)
    return np.asarray(-(shares * np.log2(safe)).sum(axis=-1)) + 0.0


@dataclass(frozen=True, eq=False)
class VoteAmbiguity:
    """How much the annotators of FER+ disagreed about the faces of a split.

    Attributes:
        names: Image names in the order of the split, length N.
        votes: The ten votes on each, int64 ``[N, 10]``.
        entropy: Entropy in bits of the votes without outliers (single votes), ``[N]``.
        left_out: Images of the split that the protocol leaves out.
    """

    names: tuple[str, ...]
    votes: NDArray[np.int64]
    entropy: NDArray[np.float64]
    left_out: int

    def in_words(self) -> str:
        """How many faces all annotators agree on, and how many images have no majority."""
        agreed = int((self.entropy == 0).sum())
        return (
            f"On {agreed:,} of {len(self.names):,} faces the votes agree once single votes are "
            f"dropped. The protocol leaves out {self.left_out:,} more images: no expression has "
            "more than half of their votes."
        )

    def ranked(self) -> NDArray[np.int64]:
        """Indices from the most ambiguous face down; equal ones in the order of the split."""
        return np.argsort(-self.entropy, kind="stable").astype(np.int64)

    def spoken(self, index: int) -> str:
        """The votes on a face, the most frequent first, e.g. ``neutral 5, sadness 3``."""
        row = self.votes[index]
        order = [i for i in np.argsort(-row, kind="stable") if row[i]]
        return ", ".join(f"{VOTE_NAMES[i]} {row[i]}" for i in order)


def vote_ambiguity(
    names: Sequence[str], votes: NDArray[np.int64], kept: Sequence[str]
) -> VoteAmbiguity:
    """Entropy of the votes on the faces that the protocol keeps.

    Args:
        names: Image names of the list of votes, length M.
        votes: int64 ``[M, 10]``.
        kept: Image names of the split as it is evaluated, length N; each is among ``names``.
    """
    position = {name: i for i, name in enumerate(names)}
    rows = votes[np.array([position[name] for name in kept], dtype=np.int64)]
    entropy = entropy_bits(vote_shares(rows))
    return VoteAmbiguity(tuple(kept), rows, entropy, len(names) - len(kept))
