"""What a picture cannot prove: figures on neighbourhoods, measured in the embedding itself."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.neighbors import NearestNeighbors

NEIGHBOURS = 10
"""Number k of nearest neighbours."""

SAMPLE = 5000
"""Faces measured, at most: the time grows with the square of their number."""

_ROWS = 512


@dataclass(frozen=True)
class Separation:
    """How an embedding keeps the expressions apart; the fields are those of :class:`Quality`."""

    n: int
    k: int
    silhouette: float | None
    knn_accuracy: float


@dataclass(frozen=True)
class Quality:
    """How an embedding, and a picture of it, keep the expressions apart.

    Attributes:
        n: Faces measured.
        k: Neighbours counted.
        silhouette: Mean silhouette of the true expressions in the embedding, -1 to 1; None where
            there are not two of them.
        knn_accuracy: Share of faces whose k nearest others vote for their true expression.
        trustworthiness: How far neighbours in the picture are neighbours in the embedding, 0 to 1;
            None below 2k + 2 faces.
    """

    n: int
    k: int
    silhouette: float | None
    knn_accuracy: float
    trustworthiness: float | None


def quality(
    embedding: NDArray[np.floating],
    labels: NDArray[np.int64],
    picture: NDArray[np.floating],
    k: int = NEIGHBOURS,
) -> Quality:
    """Measure an embedding and its picture; a seeded sample of :data:`SAMPLE` faces if more.

    Args:
        embedding: ``[N, D]``, N ≥ 2.
        labels: True expressions ``[N]``.
        picture: Coordinates ``[N, 2]``.
        k: Neighbours counted, less where there are fewer faces.
    """
    return of_picture(separation(embedding, labels, k), embedding, picture)


def separation(
    embedding: NDArray[np.floating], labels: NDArray[np.int64], k: int = NEIGHBOURS
) -> Separation:
    """The part of :func:`quality` that does not depend on a picture."""
    rows = sampled(len(labels))
    points, labels = embedding[rows].astype(np.float64), labels[rows]
    k = min(k, len(rows) - 1)
    return Separation(
        n=len(rows),
        k=k,
        silhouette=silhouette(points, labels),
        knn_accuracy=knn_accuracy(nearest(points, k), labels),
    )


def of_picture(
    found: Separation, embedding: NDArray[np.floating], picture: NDArray[np.floating]
) -> Quality:
    """Add to a separation how far a picture of the embedding can be trusted."""
    rows, k = sampled(len(embedding)), found.k
    trusted = None
    if 2 * k + 1 < len(rows):
        trusted = trustworthiness(embedding[rows].astype(np.float64), picture[rows], k)
    return Quality(found.n, k, found.silhouette, found.knn_accuracy, trusted)


def sampled(count: int) -> NDArray[np.int64]:
    """Indices of the faces that are measured, in order: all, or a seeded sample."""
    if count <= SAMPLE:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).permutation(count)[:SAMPLE])


def silhouette(embedding: NDArray[np.floating], labels: NDArray[np.int64]) -> float | None:
    """Mean silhouette (Rousseeuw, 1987) by Euclidean distance; None if it is undefined."""
    if not 1 < len(np.unique(labels)) < len(labels):
        return None
    return float(silhouette_score(embedding, labels))


def nearest(embedding: NDArray[np.floating], k: int) -> NDArray[np.int64]:
    """The k nearest others of every face by Euclidean distance, nearest first: ``[N, k]``."""
    index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(embedding)
    return np.asarray(index.kneighbors(return_distance=False), dtype=np.int64)


def knn_accuracy(neighbours: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """Accuracy of the majority vote of each face's neighbours; a tie goes to the first class.

    Args:
        neighbours: Indices ``[N, k]`` of others: every face is left out of its own vote.
        labels: True expressions ``[N]``.
    """
    votes = np.zeros((len(labels), int(labels.max()) + 1), dtype=np.int64)
    np.add.at(votes, (np.arange(len(labels))[:, None], labels[neighbours]), 1)
    return float((votes.argmax(axis=1) == labels).mean())


def trustworthiness(
    embedding: NDArray[np.floating], picture: NDArray[np.floating], k: int
) -> float:
    """How far the k nearest faces in a picture are near in the embedding (Venna and Kaski, 2001).

    One minus the mean excess of their ranks over k, scaled to 0 to 1. The same as scikit-learn's,
    but it counts the faces that are nearer instead of sorting them all, which is faster.

    Args:
        embedding: ``[N, D]``.
        picture: Coordinates ``[N, 2]``.
        k: Neighbours, below (N - 1) / 2.
    """
    count = len(embedding)
    shown = nearest(picture, k)
    excess = 0
    for start in range(0, count, _ROWS):
        rows = np.arange(start, min(start + _ROWS, count))
        distances = euclidean_distances(embedding[rows], embedding)
        distances[np.arange(len(rows)), rows] = np.inf
        for neighbours in shown[rows].T:
            limit = distances[np.arange(len(rows)), neighbours][:, None]
            rank = (distances < limit).sum(axis=1) + 1
            excess += int(np.maximum(rank - k, 0).sum())
    return 1 - excess * 2 / (count * k * (2 * count - 3 * k - 1))


def overlap(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Mean share of neighbours ``[N, k]`` that two embeddings have in common, 0 to 1."""
    count = len(first)
    shift = np.arange(count)[:, None] * count
    shared = np.intersect1d(first + shift, second + shift, assume_unique=True)
    return len(shared) / first.size


def shared_neighbours(
    a: NDArray[np.floating], b: NDArray[np.floating], k: int = NEIGHBOURS
) -> float:
    """Mean share of each face's k nearest faces that are the same in A and B.

    Args:
        a: Embedding ``[N, D_a]``.
        b: Embedding ``[N, D_b]`` of the same faces.
        k: Neighbours counted, less where there are fewer faces.
    """
    rows = sampled(len(a))
    k = min(k, len(rows) - 1)
    return overlap(nearest(a[rows], k), nearest(b[rows], k))


def nearest_to(
    embedding: NDArray[np.floating], point: NDArray[np.floating], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The k faces nearest to a point ``[D]``: their indices and distances, nearest first."""
    # Part by part, so that what is computed in between stays in the processor's cache.
    parts = (embedding[start : start + _ROWS] for start in range(0, len(embedding), _ROWS))
    distances = np.concatenate(
        [np.linalg.norm(part.astype(np.float64) - point, axis=1) for part in parts]
    )
    order = np.argsort(distances, kind="stable")[:k]
    return np.asarray(order, dtype=np.int64), np.asarray(distances[order])
