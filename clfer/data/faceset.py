"""The one form in which faces travel from every data set to training, evaluation and the app."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FaceSet:
    """One split of a data set, decoded into memory.

    Attributes:
        dataset: Registry name, e.g. ``"ferplus"``.
        split: ``"train"``, ``"valid"`` or ``"test"``.
        classes: Expression names in the order of the label indices.
        images: uint8 ``[N, H, W, C]``; C is 1 for grey sets and 3 (RGB) otherwise.
        labels: int64 ``[N]``, indices into ``classes``; -1 for a training face without label.
        names: The image names as the data set spells them, length N.
        digests: A hash of each image's content, length N; equal digests are exact duplicates.
        targets: Optional soft labels, float32 ``[N, len(classes)]``, rows summing to one,
            or zero without label.
        factors: Optional controlled factors of each face (synthetic set), N rows.
    """

    dataset: str
    split: str
    classes: tuple[str, ...]
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    digests: tuple[str, ...]
    targets: NDArray[np.float32] | None = None
    factors: "pd.DataFrame | None" = field(default=None, compare=False)

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, indices: NDArray[np.int64]) -> "FaceSet":
        """The faces at ``indices``, in that order."""
        factors = self.factors
        if factors is not None:
            factors = factors.iloc[indices].reset_index(drop=True)
        return replace(
            self,
            images=self.images[indices],
            labels=self.labels[indices],
            names=tuple(self.names[i] for i in indices),
            digests=tuple(self.digests[i] for i in indices),
            targets=None if self.targets is None else self.targets[indices],
            factors=factors,
        )


def fingerprint(digests: Iterable[str]) -> str:
    """sha256 over the digests of faces in their order: names a split by its content alone."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
