"""Where a new face belongs in a picture of faces."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.neighbours import nearest_to
from clfer.analysis.pictures import Pictures
from clfer.analysis.projection import pca, umap_transform

NEIGHBOURS = 10
"""Faces that place a new one in a t-SNE picture."""


def place(
    pictures: Pictures,
    side: Literal["A", "B"],
    embedding: NDArray[np.floating],
    point: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Coordinates ``[2]`` of a new face in one of the two pictures.

    PCA and UMAP have a transform for new faces. t-SNE has none: there the face lies at the
    weighted mean of its nearest neighbours.

    Args:
        pictures: Both pictures.
        side: In which.
        embedding: What that picture was made of, ``[N, D]``.
        point: Embedding of the new face, ``[D]``.
    """
    shown = pictures.a if side == "A" else pictures.b
    if pictures.method == "t-SNE":
        return place_by_neighbours(embedding, shown, point)
    if pictures.method == "PCA":
        own = pca(embedding).transform(point)
    else:
        drawn = shown if side == "A" else pictures.alignment.undo(shown)
        own = umap_transform(embedding, drawn, point)
    return own if side == "A" else pictures.alignment.apply(own)


def place_by_neighbours(
    embedding: NDArray[np.floating],
    picture: NDArray[np.floating],
    point: NDArray[np.floating],
    k: int = NEIGHBOURS,
) -> NDArray[np.float64]:
    """Mean place of the k nearest faces, weighted by the inverse of their distance.

    Args:
        embedding: ``[N, D]``.
        picture: Coordinates ``[N, 2]``.
        point: Embedding of the new face, ``[D]``; one that is equal to a face's lies on it.
        k: Neighbours asked.
    """
    rows, distances = nearest_to(embedding, point, k)
    if distances[0] == 0:
        return np.asarray(picture[rows[0]], dtype=np.float64)
    weights = 1 / distances
    return np.asarray(weights @ picture[rows].astype(np.float64) / weights.sum())
