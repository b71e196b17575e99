"""Two models over the same faces and the same expressions; nothing else is ever compared."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.scored import ScoredFaces
from clfer.errors import DataError
from clfer.expressions import shared_classes


@dataclass(frozen=True, eq=False)
class Comparison:
    """The scores of A and B, face by face.

    Attributes:
        a: Scores of A.
        b: Scores of B: the same faces in the same order, labels and logits over the same classes.
    """

    a: ScoredFaces
    b: ScoredFaces

    def __len__(self) -> int:
        return len(self.a)

    @property
    def dataset(self) -> str:
        """Registry name of the data set."""
        return self.a.dataset

    @property
    def split(self) -> str:
        """The split."""
        return self.a.split

    @property
    def classes(self) -> tuple[str, ...]:
        """The expressions that both models know."""
        return self.a.classes

    @property
    def labels(self) -> NDArray[np.int64]:
        """True expressions, int64 ``[N]``."""
        return self.a.labels

    @property
    def names(self) -> tuple[str, ...]:
        """Image names, in the order of the split."""
        return self.a.names

    @property
    def digests(self) -> tuple[str, ...]:
        """Hashes of the images."""
        return self.a.digests

    def subset(self, indices: NDArray[np.int64]) -> "Comparison":
        """The faces at ``indices``, in that order."""
        return Comparison(self.a.subset(indices), self.b.subset(indices))

    def indices_of(self, names: Iterable[str]) -> NDArray[np.int64]:
        """Positions of the named faces, in the order given; unknown names are left out."""
        where = {name: i for i, name in enumerate(self.names)}
        return np.array([where[name] for name in names if name in where], dtype=np.int64)


def compare(a: ScoredFaces, b: ScoredFaces) -> Comparison:
    """Bring two models' scores together over the faces and expressions that both have.

    Raises:
        DataError: they are of different splits, or share no face or no expression.
    """
    if (a.dataset, a.split) != (b.dataset, b.split):
        raise DataError(
            f"A was scored on {a.dataset} {a.split}, B on {b.dataset} {b.split}: "
            "choose models scored on the same split."
        )
    classes = shared_classes(a.classes, b.classes)
    if not classes:
        raise DataError(
            f"A and B share no expression ({', '.join(a.classes)} against {', '.join(b.classes)}): "
            "choose another model."
        )
    a, b = a.restricted(classes), b.restricted(classes)
    if a.names == b.names:
        return Comparison(a, b)
    where = {name: i for i, name in enumerate(b.names)}
    common = [i for i, name in enumerate(a.names) if name in where]
    if not common:
        raise DataError(f"A and B share no face of {a.dataset} {a.split}: choose another split.")
    partners = np.array([where[a.names[i]] for i in common], dtype=np.int64)
    return Comparison(a.subset(np.array(common, dtype=np.int64)), b.subset(partners))
