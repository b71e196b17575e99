"""Where a new face belongs in a picture of faces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.neighbours import nearest_to
from clfer.analysis.pictures import Pictures
from clfer.analysis.projection import pca, umap_transform
from clfer.sides import Side

NEIGHBOURS = 10
"""Nearest faces that are shown, and that place a new one in a t-SNE picture."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A face among the others.

    Attributes:
        star: Its coordinates ``[2]``.
        neighbours: Indices of the nearest faces in the embedding, nearest first, ``[k]``.
        distances: Their Euclidean distances, ``[k]``.
        known: Whether it is itself one of the faces drawn.
    """

    star: NDArray[np.float64]
    neighbours: NDArray[np.int64]
    distances: NDArray[np.float64]
    known: bool


def placed_face(
    pictures: Pictures, side: Side, embedding: NDArray[np.floating], index: int
) -> Placed:
    """One of the faces drawn, where it lies, with its nearest others."""
    shown = pictures.a if side == "A" else pictures.b
    rows, distances = nearest_to(embedding, embedding[index], NEIGHBOURS + 1)
    others = rows != index
    return Placed(shown[index], rows[others][:NEIGHBOURS], distances[others][:NEIGHBOURS], True)


def placed_photo(
    pictures: Pictures, side: Side, embedding: NDArray[np.floating], point: NDArray[np.floating]
) -> Placed:
    """A new face with embedding ``[D]``, where it belongs, with its nearest faces."""
    star = place(pictures, side, embedding, point)
    return Placed(star, *nearest_to(embedding, point, NEIGHBOURS), False)


def place(
    pictures: Pictures,
    side: Side,
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
        own = umap_transform(embedding[pictures.fitted], drawn[pictures.fitted], point)
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
