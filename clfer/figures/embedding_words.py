"""The embeddings in words: figures as a table, captions of faces, how a face was placed."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clfer.analysis.comparison import Comparison
from clfer.analysis.neighbours import Quality
from clfer.analysis.placement import Placed
from clfer.analysis.projection import Method
from clfer.analysis.subset import SubsetAccuracy
from clfer.sides import Side


def quality_table(a: Quality, b: Quality, shared: float, method: Method) -> pd.DataFrame:
    """The figures of both models, as text: one row a figure, columns A and B.

    Args:
        a: Of A.
        b: Of B.
        shared: Share of nearest neighbours that A and B have in common.
        method: How the pictures were made.
    """
    rows = {
        "Silhouette of the expressions (−1 to 1)": [_number(q.silhouette) for q in (a, b)],
        f"Accuracy of the {a.k} nearest neighbours": [_figure(q.knn_accuracy) for q in (a, b)],
        "Neighbours shared by A and B": [_figure(shared)] * 2,
        f"Trustworthiness of the {method} picture (0 to 1)": [
            _number(q.trustworthiness) for q in (a, b)
        ],
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["A", "B"])


def quality_lines(quality: Quality, faces: int, dimensions: tuple[int, int]) -> tuple[str, str]:
    """What the figures were measured on, and how to read them."""
    sample = "" if quality.n == faces else f", a sample of {faces:,}"
    sizes = " and ".join(str(size) for size in dict.fromkeys(dimensions))
    return (
        "A picture is not evidence: distances between far points and the size of a cloud mean "
        "little in it.",
        f"The first three rows are measured in the embedding ({sizes} dimensions), each face left "
        f"out of its own vote; the last says how far the neighbours in the picture are neighbours "
        f"there (k = {quality.k}, n = {quality.n:,}{sample}).",
    )


def subset_line(side: Side, found: SubsetAccuracy) -> str:
    """Accuracy of a model on the faces picked, with its interval."""
    low, high = found.interval
    return (
        f"{side} is right on {found.correct:,} of {found.n:,}: {_percent(found.accuracy)} "
        f"({_percent(low)} to {_percent(high)})"
    )


def face_captions(comparison: Comparison, indices: NDArray[np.int64]) -> list[str]:
    """True expression and both verdicts, one line each."""
    classes = comparison.classes
    a, b = comparison.a.predicted, comparison.b.predicted
    return [
        f"{classes[comparison.labels[i]]}\nA {classes[a[i]]}\nB {classes[b[i]]}" for i in indices
    ]


def neighbour_captions(
    comparison: Comparison, indices: NDArray[np.int64], distances: NDArray[np.float64]
) -> list[str]:
    """True expression of each neighbour and how far it lies."""
    classes, labels = comparison.classes, comparison.labels
    return [
        f"{classes[labels[i]]}\nat {distance:.2f}"
        for i, distance in zip(indices, distances, strict=True)
    ]


def neighbour_line(comparison: Comparison, placed: Placed) -> str:
    """Which expression leads among the nearest faces."""
    names = [comparison.classes[i] for i in comparison.labels[placed.neighbours]]
    name, count = Counter(names).most_common(1)[0]
    return f"{count} of the {len(names)} nearest faces are {name}."


def placed_line(method: Method, placed: Sequence[Placed]) -> str:
    """How the star found its place."""
    if all(one.known for one in placed):
        return "This face is one of those drawn; the star marks its own place."
    if method == "t-SNE":
        return (
            "t-SNE has no transform for a new face: the star lies at the mean of its nearest "
            "faces' places, weighted by the inverse of their distance."
        )
    return f"The star lies where {method}'s transform puts the new face."


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _figure(share: float) -> str:
    """A share for a narrow cell, which must not break before the unit."""
    return _percent(share).replace(" ", "\N{NO-BREAK SPACE}")


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}".replace("-", "−")
