"""Figures on neighbourhoods: against scikit-learn and against slow loops."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as sklearn_trustworthiness
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier

from clfer.analysis import neighbours
from clfer.analysis.neighbours import (
    knn_accuracy,
    nearest,
    nearest_to,
    overlap,
    quality,
    shared_neighbours,
    trustworthiness,
)

RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, 4, 90)
EMBEDDING = RNG.normal(size=(90, 12)) + 1.2 * np.eye(12)[LABELS]
PICTURE = EMBEDDING[:, :2] + RNG.normal(size=(90, 2))


def test_nearest_leaves_the_face_itself_out() -> None:
    distances = np.linalg.norm(EMBEDDING[:, None] - EMBEDDING[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_array_equal(nearest(EMBEDDING, 7), distances.argsort(axis=1)[:, :7])


def test_knn_accuracy_is_that_of_sklearn_with_each_face_left_out() -> None:
    right = 0
    for i in range(len(LABELS)):
        others = np.delete(np.arange(len(LABELS)), i)
        model = KNeighborsClassifier(9, algorithm="brute").fit(EMBEDDING[others], LABELS[others])
        right += int(model.predict(EMBEDDING[i : i + 1])[0] == LABELS[i])
    assert 0.3 < right / 90 < 0.95
    assert knn_accuracy(nearest(EMBEDDING, 9), LABELS) == pytest.approx(right / 90)


@pytest.mark.parametrize("k", [1, 5, 10])
def test_trustworthiness_is_that_of_sklearn(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_ROWS", 32)
    expected = sklearn_trustworthiness(EMBEDDING, PICTURE, n_neighbors=k)
    assert trustworthiness(EMBEDDING, PICTURE, k) == pytest.approx(expected)
    assert trustworthiness(PICTURE, PICTURE, k) == 1


def test_quality_holds_the_single_figures() -> None:
    found = quality(EMBEDDING.astype(np.float32), LABELS, PICTURE)
    assert (found.n, found.k) == (90, 10)
    assert found.silhouette == pytest.approx(silhouette_score(EMBEDDING, LABELS), abs=1e-6)
    assert found.knn_accuracy == knn_accuracy(nearest(EMBEDDING, 10), LABELS)
    assert found.trustworthiness == pytest.approx(
        sklearn_trustworthiness(EMBEDDING, PICTURE, n_neighbors=10), abs=1e-4
    )


def test_few_faces_lack_what_is_undefined_for_them() -> None:
    found = quality(EMBEDDING[:6], np.zeros(6, dtype=np.int64), PICTURE[:6])
    assert (found.n, found.k) == (6, 5)
    assert found.silhouette is None
    assert found.trustworthiness is None
    assert found.knn_accuracy == 1


def test_more_faces_than_can_be_measured_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "SAMPLE", 50)
    found = quality(EMBEDDING, LABELS, PICTURE)
    assert found.n == 50
    assert found == quality(EMBEDDING, LABELS, PICTURE)


def test_overlap_agrees_with_a_slow_loop() -> None:
    a, b = nearest(EMBEDDING, 8), nearest(PICTURE, 8)
    slow = np.mean([len(set(x) & set(y)) / 8 for x, y in zip(a.tolist(), b.tolist(), strict=True)])
    assert 0 < slow < 1
    assert overlap(a, b) == pytest.approx(slow)
    assert shared_neighbours(EMBEDDING, PICTURE, 8) == pytest.approx(slow)
    assert shared_neighbours(EMBEDDING, -3 * EMBEDDING + 1, 8) == 1


def test_nearest_to_a_point_counts_that_point_too() -> None:
    rows, distances = nearest_to(EMBEDDING, EMBEDDING[7], 3)
    assert rows[0] == 7
    assert distances[0] == 0
    assert rows[1:].tolist() == nearest(EMBEDDING, 2)[7].tolist()
    assert (np.diff(distances) >= 0).all()


def test_nearest_to_among_many_equals_the_distances_of_all_at_once() -> None:
    many = np.random.default_rng(5).normal(size=(1500, 6)).astype(np.float32)
    rows, distances = nearest_to(many, many[3], len(many))
    every = np.linalg.norm(many.astype(np.float64) - many[3], axis=1)
    np.testing.assert_array_equal(rows, np.argsort(every, kind="stable"))
    np.testing.assert_array_equal(distances, np.sort(every))
