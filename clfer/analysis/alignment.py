"""Bring the picture of B onto that of A, so that only what really moved has moved."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Alignment:
    """A similarity transform of the plane: rotation or reflection, scale, translation.

    Attributes:
        matrix: Rotation or reflection times scale, ``[2, 2]``.
        offset: ``[2]``.
    """

    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]

    def apply(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points ``[..., 2]`` of B's own picture in A's frame."""
        return np.asarray(points @ self.matrix + self.offset)

    def undo(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points ``[..., 2]`` in A's frame where B's own picture has them."""
        return np.asarray((points - self.offset) @ np.linalg.inv(self.matrix))


def procrustes(source: NDArray[np.floating], target: NDArray[np.floating]) -> Alignment:
    """The similarity transform that brings one set of points nearest to another.

    Least squares over rotations, reflections, scales and translations (Schönemann, 1966; Gower,
    1975). Points that all coincide are shifted only.

    Args:
        source: What is moved, ``[N, 2]``.
        target: The same points' places, ``[N, 2]``.
    """
    source, target = source.astype(np.float64), target.astype(np.float64)
    centre, goal = source.mean(axis=0), target.mean(axis=0)
    moved, fixed = source - centre, target - goal
    left, strength, right = np.linalg.svd(moved.T @ fixed)
    size = float((moved**2).sum())
    if strength.sum() == 0 or size == 0:
        return Alignment(np.eye(source.shape[1]), goal - centre)
    matrix = left @ right * (strength.sum() / size)
    return Alignment(matrix, goal - centre @ matrix)


def displacement(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far each point ``[N, 2]`` of A lies from its place in B, ``[N]``."""
    return np.asarray(np.linalg.norm(b.astype(np.float64) - a, axis=1))


def moved_most(a: NDArray[np.floating], b: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Indices of the points that moved most, farthest first; at most ``count``."""
    order = np.argsort(-displacement(a, b), kind="stable")
    return np.asarray(order[:count], dtype=np.int64)
