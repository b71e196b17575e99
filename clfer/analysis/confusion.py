"""Confusion matrices of two models, and the faces behind each of their cells (Fig. 6)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.comparison import Comparison
from clfer.analysis.metrics import confusion_matrix

Matrix = Literal["A", "B", "diff"]
"""The matrix of model A, of model B, or B - A."""

Measure = Literal["counts", "rows", "columns"]
"""Faces, percent of the true expression (recall on the diagonal), percent of the predicted one
(precision on the diagonal)."""

MATRICES: tuple[Matrix, ...] = ("A", "B", "diff")


@dataclass(frozen=True)
class Cell:
    """A cell of one of the three matrices.

    Attributes:
        matrix: Which matrix.
        true: Expression of the row.
        predicted: Expression of the column.
    """

    matrix: Matrix
    true: str
    predicted: str

    @property
    def address(self) -> str:
        """The cell in one word, e.g. ``B-neutral-sadness``."""
        return f"{self.matrix}-{self.true}-{self.predicted}"


@dataclass(frozen=True, eq=False)
class Confusions:
    """Counts of both models over the same faces, rows true and columns predicted.

    Attributes:
        classes: The n_c expressions of rows and columns.
        a: int64 ``[n_c, n_c]``.
        b: int64 ``[n_c, n_c]``.
    """

    classes: tuple[str, ...]
    a: NDArray[np.int64]
    b: NDArray[np.int64]

    def counts(self, matrix: Matrix) -> NDArray[np.int64]:
        """Faces in each cell ``[n_c, n_c]``; for the difference, B's minus A's."""
        return {"A": self.a, "B": self.b, "diff": self.b - self.a}[matrix]

    def values(self, matrix: Matrix, measure: Measure) -> NDArray[np.float64]:
        """Counts or percents ``[n_c, n_c]``; the difference in faces or percentage points."""
        if matrix == "diff":
            return normalised(self.b, measure) - normalised(self.a, measure)
        return normalised(self.counts(matrix), measure)


@dataclass(frozen=True, eq=False)
class CellFaces:
    """The faces behind a cell as indices into the comparison, int64 each.

    Within each part, the faces whose true expression changed most in probability come first.

    Attributes:
        fixed: A is wrong, B is right.
        broken: A is right, B is wrong.
        wrong: Both are wrong.
        right: Both are right.
    """

    fixed: NDArray[np.int64]
    broken: NDArray[np.int64]
    wrong: NDArray[np.int64]
    right: NDArray[np.int64]

    def __len__(self) -> int:
        return sum(map(len, (self.fixed, self.broken, self.wrong, self.right)))

    @property
    def indices(self) -> NDArray[np.int64]:
        """All of them, part after part."""
        return np.concatenate([self.fixed, self.broken, self.wrong, self.right])


def confusions(comparison: Comparison) -> Confusions:
    """Count the predictions of both models."""
    a, b = (confusion_matrix(m.logits, comparison.labels) for m in (comparison.a, comparison.b))
    return Confusions(comparison.classes, a, b)


def normalised(counts: NDArray[np.int64], measure: Measure) -> NDArray[np.float64]:
    """Counts ``[n_c, n_c]`` as they are, or in percent of their row or column.

    A row or column without faces has no percentages: it is NaN.
    """
    if measure == "counts":
        return counts.astype(np.float64)
    total = counts.sum(axis=1 if measure == "rows" else 0, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.asarray(100 * counts / total, dtype=np.float64)


def cells(classes: tuple[str, ...]) -> dict[str, Cell]:
    """Every cell of the three matrices by its address."""
    found = [Cell(m, true, said) for m in MATRICES for true in classes for said in classes]
    return {cell.address: cell for cell in found}


def largest_change(matrices: Confusions) -> Cell:
    """The confusion that differs most between the models; the most frequent one if none does."""
    weight = (matrices.a + matrices.b).astype(np.float64)
    weight += np.abs(matrices.b - matrices.a) * (weight.sum() + 1)
    np.fill_diagonal(weight, -1)
    row, column = np.unravel_index(int(weight.argmax()), weight.shape)
    return Cell("diff", matrices.classes[row], matrices.classes[column])


def cell_faces(comparison: Comparison, cell: Cell) -> CellFaces:
    """The faces behind a cell.

    Behind a cell of A or B are the faces it counts. Behind a cell of the difference are those
    that only one model puts there: a face that both put there cancels out.

    Args:
        comparison: Both models on the same faces.
        cell: Its expressions are among ``comparison.classes``.
    """
    row, column = (comparison.classes.index(name) for name in (cell.true, cell.predicted))
    in_a, in_b = (m.predicted == column for m in (comparison.a, comparison.b))
    chosen = {"A": in_a, "B": in_b, "diff": in_a ^ in_b}[cell.matrix]
    inside = np.flatnonzero((comparison.labels == row) & chosen)
    p_a, p_b = (m.probabilities[inside, row] for m in (comparison.a, comparison.b))
    inside = inside[np.argsort(-np.abs(p_b - p_a), kind="stable")]
    a, b = comparison.a.correct[inside], comparison.b.correct[inside]
    return CellFaces(inside[~a & b], inside[a & ~b], inside[~a & ~b], inside[a & b])
