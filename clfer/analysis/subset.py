"""What two models say about a few faces that were picked."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clfer.analysis.comparison import Comparison
from clfer.analysis.metrics import wilson_interval
from clfer.analysis.scored import ScoredFaces


@dataclass(frozen=True)
class SubsetAccuracy:
    """A model on a subset of the faces.

    Attributes:
        n: Faces.
        correct: Faces with the true expression on top.
        interval: 95 % Wilson interval of their share.
    """

    n: int
    correct: int
    interval: tuple[float, float]

    @property
    def accuracy(self) -> float:
        """Share of correct faces."""
        return self.correct / self.n


def subset_accuracy(scores: ScoredFaces, indices: NDArray[np.int64]) -> SubsetAccuracy:
    """Accuracy on the faces at ``indices``, at least one."""
    correct = int(scores.correct[indices].sum())
    return SubsetAccuracy(len(indices), correct, wilson_interval(correct, len(indices)))


def subset_table(comparison: Comparison, indices: NDArray[np.int64]) -> pd.DataFrame:
    """One row a face: name, true expression, and what A and B say with which probability."""
    classes = np.array(comparison.classes)
    columns: dict[str, object] = {
        "name": [comparison.names[i] for i in indices],
        "true": classes[comparison.labels[indices]],
    }
    for side, scores in (("A", comparison.a), ("B", comparison.b)):
        columns[f"{side} says"] = classes[scores.predicted[indices]]
        columns[f"{side} confidence"] = scores.confidence[indices]
    return pd.DataFrame(columns)
