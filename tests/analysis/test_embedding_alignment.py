"""Procrustes: against scipy and least squares, and unmoved by what it shall undo."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial import procrustes as scipy_procrustes

from clfer.analysis.alignment import displacement, moved_most, procrustes

POINTS = np.random.default_rng(3).normal(size=(40, 2)) * [3, 1]


def _turned(points: NDArray[np.float64], angle: float, mirrored: bool) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]]) @ np.diag([-1 if mirrored else 1, 1])


@given(
    angle=st.floats(0, 6.28),
    scale=st.floats(0.01, 100),
    shift=st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
    mirrored=st.booleans(),
)
def test_a_turned_scaled_shifted_copy_comes_back(
    angle: float, scale: float, shift: tuple[float, float], mirrored: bool
) -> None:
    copy = _turned(POINTS, angle, mirrored) * scale + shift
    found = procrustes(copy, POINTS)
    np.testing.assert_allclose(found.apply(copy), POINTS, atol=1e-9)
    np.testing.assert_allclose(found.undo(POINTS), copy, atol=1e-7)


def test_it_agrees_with_scipy() -> None:
    rng = np.random.default_rng(0)
    other = _turned(POINTS, 1.0, True) * 7 + rng.normal(size=POINTS.shape)
    fixed, moved, _ = scipy_procrustes(POINTS, other)
    size = np.linalg.norm(POINTS - POINTS.mean(axis=0))
    np.testing.assert_allclose((POINTS - POINTS.mean(axis=0)) / size, fixed)
    ours = procrustes(other, POINTS).apply(other)
    np.testing.assert_allclose((ours - POINTS.mean(axis=0)) / size, moved, atol=1e-12)


def test_no_other_similarity_is_nearer() -> None:
    rng = np.random.default_rng(1)
    other = rng.normal(size=POINTS.shape)
    aligned = procrustes(other, POINTS).apply(other)
    best = ((aligned - POINTS) ** 2).sum()
    for _ in range(200):
        tried = _turned(aligned, rng.normal() * 0.1, bool(rng.integers(2)))
        tried = tried * np.exp(rng.normal() * 0.1) + rng.normal(size=2) * 0.1
        assert ((tried - POINTS) ** 2).sum() >= best - 1e-9


def test_points_that_coincide_are_shifted_only() -> None:
    found = procrustes(np.ones((5, 2)), POINTS[:5])
    np.testing.assert_allclose(
        found.apply(np.ones((5, 2))), np.tile(POINTS[:5].mean(axis=0), (5, 1))
    )


def test_the_points_that_moved_most_come_first() -> None:
    a = np.zeros((4, 2))
    b = np.array([[0.0, 1.0], [3.0, 4.0], [0.0, 0.0], [-2.0, 0.0]])
    assert displacement(a, b).tolist() == pytest.approx([1, 5, 0, 2])
    assert moved_most(a, b, 2).tolist() == [1, 3]
    assert moved_most(a, b, 40).tolist() == [1, 3, 0, 2]
