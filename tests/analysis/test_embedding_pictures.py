"""Pictures of embeddings: seeded, aligned, and a place for a new face."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from clfer.analysis import projection
from clfer.analysis.alignment import procrustes
from clfer.analysis.outputs import Progress
from clfer.analysis.pictures import Pictures, centres, fitted_pictures, frame, pca_pictures
from clfer.analysis.placement import place, place_by_neighbours
from clfer.analysis.projection import FITS, pca, reduced, tsne
from clfer.errors import DataError

RNG = np.random.default_rng(2)
LABELS = np.repeat(np.arange(3), 20)
A = (RNG.normal(size=(60, 20)) + 6 * np.eye(20)[LABELS]).astype(np.float32)
TURN = np.linalg.qr(RNG.normal(size=(20, 20)))[0].astype(np.float32)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "ITERATIONS", 300)


def test_pca_spans_the_directions_of_largest_variance() -> None:
    expected = PCA(2, svd_solver="full").fit_transform(A.astype(np.float64))
    np.testing.assert_allclose(pca(A).transform(A), expected, atol=1e-9)


def test_reduced_keeps_distances_as_far_as_its_components_reach() -> None:
    wide = RNG.normal(size=(30, 80))
    flat = reduced(wide)
    assert flat.shape == (30, 30)  # as many as there are faces
    gaps = [np.linalg.norm(points[:, None] - points[None], axis=-1) for points in (wide, flat)]
    np.testing.assert_allclose(*gaps, atol=1e-9)
    assert reduced(A).shape == A.shape


def test_a_turned_embedding_has_the_same_pca_picture() -> None:
    found = pca_pictures(A, A @ TURN)
    np.testing.assert_allclose(found.b, found.a, atol=1e-3)


def test_tsne_is_seeded_reports_its_steps_and_parts_what_lies_apart() -> None:
    steps: list[tuple[int, int]] = []
    found = tsne(A, progress=lambda done, total: steps.append((done, total)))
    np.testing.assert_array_equal(found, tsne(A))
    assert steps[-1] == (300, 300)
    assert len(steps) >= 4
    middles = np.stack([found[i == LABELS].mean(axis=0) for i in range(3)])
    own = np.linalg.norm(found - middles[LABELS], axis=1).max()
    assert np.linalg.norm(middles[0] - middles[1]) > own


def test_tsne_keeps_the_orientation_of_its_start() -> None:
    grid = np.stack(np.meshgrid(np.arange(20.0), np.arange(6.0)), axis=-1).reshape(-1, 2)
    embedding = grid @ RNG.normal(size=(2, 20))
    for mirror in (1, -1):
        found = tsne(embedding, grid * [mirror, 1])
        assert np.linalg.det(procrustes(found, grid).matrix) * mirror > 0


def test_b_starts_from_a_and_is_brought_onto_it(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[int, int]] = []
    starts: list[NDArray[np.float64] | None] = []

    def fit(
        embedding: NDArray[np.float64], start: NDArray[np.float64] | None, progress: Progress
    ) -> NDArray[np.float64]:
        progress(100, 100)
        starts.append(start)
        return embedding[:, :2] if start is None else start[:, ::-1] * 3 + 1

    monkeypatch.setitem(FITS, "t-SNE", fit)
    found = fitted_pictures("t-SNE", A, A, LABELS, lambda done, total: steps.append((done, total)))
    assert starts[0] is None
    assert starts[1] is not None
    np.testing.assert_array_equal(starts[1], found.a)
    np.testing.assert_allclose(found.b, found.a, atol=1e-5)
    np.testing.assert_allclose(found.alignment.undo(found.b), found.a[:, ::-1] * 3 + 1, atol=1e-4)
    assert steps == [(100, 200), (200, 200)]


def test_too_few_faces_are_one_sentence() -> None:
    with pytest.raises(DataError, match="needs 5 faces, not 4: choose a larger split"):
        pca_pictures(A[:4], A[:4])


def test_pictures_survive_their_arrays_as_finely_as_a_screen_shows() -> None:
    found = pca_pictures(A, A @ TURN)
    back = Pictures.from_arrays(found.as_arrays())
    assert back.method == "PCA"
    assert np.abs(back.a - found.a).max() < 2e-3 * np.ptp(found.a)
    np.testing.assert_array_equal(back.alignment.matrix, found.alignment.matrix)


def test_the_frame_holds_both_pictures() -> None:
    found = pca_pictures(A, A @ TURN)
    left, right, bottom, top = frame(found)
    assert right - left == pytest.approx(top - bottom)
    for points in (found.a, found.b):
        assert (points > [left, bottom]).all()
        assert (points < [right, top]).all()


def test_centres_are_medians_of_the_expressions_that_occur() -> None:
    picture = A[:, :2].astype(np.float64)
    found = centres(picture, np.where(LABELS == 2, 0, LABELS), ("neutral", "fear", "anger"))
    assert list(found) == ["neutral", "fear"]
    assert found["fear"] == pytest.approx(tuple(np.median(picture[LABELS == 1], axis=0)))


@pytest.mark.parametrize("side", ["A", "B"])
@pytest.mark.parametrize("method", ["PCA", "t-SNE"])
def test_a_face_of_the_picture_is_placed_where_it_lies(method: str, side: str) -> None:
    embedding = {"A": A, "B": A[:, ::-1] * 2}
    found = pca_pictures(embedding["A"], embedding["B"])
    found = Pictures(method, found.a, found.b, found.alignment, found.fitted)  # type: ignore[arg-type]
    shown = found.a if side == "A" else found.b
    for i in (0, 31):
        placed = place(found, side, embedding[side], embedding[side][i])  # type: ignore[arg-type]
        np.testing.assert_allclose(placed, shown[i], atol=1e-6)


def test_neighbours_place_a_face_among_them() -> None:
    picture = np.array([[0.0, 0.0], [1.0, 0.0], [50.0, 50.0]])
    embedding = np.array([[0.0], [3.0], [100.0]])
    placed = place_by_neighbours(embedding, picture, np.array([1.0]), k=2)
    np.testing.assert_allclose(placed, [1 / 3, 0])  # weights 1 and 1/2


def test_of_many_faces_a_sample_is_fitted_and_the_others_lie_among_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(projection, "FITTED", 30)
    found = fitted_pictures("t-SNE", A, A @ TURN, LABELS)
    assert np.bincount(LABELS[found.fitted]).tolist() == [10, 10, 10]
    np.testing.assert_allclose(found.a[found.fitted], tsne(A[found.fitted]))
    others = np.setdiff1d(np.arange(len(A)), found.fitted)
    for i in others:
        expected = place_by_neighbours(
            A[found.fitted], found.a[found.fitted], A[i], projection.PLACING
        )
        np.testing.assert_allclose(found.a[i], expected, rtol=1e-4, atol=1e-4)
    again = Pictures.from_arrays(found.as_arrays())
    np.testing.assert_array_equal(again.fitted, found.fitted)


def test_a_face_equal_to_one_of_the_sample_lies_on_it() -> None:
    embedding = np.array([[0.0], [0.0], [5.0]])
    found = projection.completed(embedding, np.array([0, 2]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_allclose(found, [[1, 2], [1, 2], [3, 4]], atol=1e-9)


def test_up_to_the_bound_all_faces_are_fitted() -> None:
    np.testing.assert_array_equal(projection.fitted_rows(LABELS), np.arange(len(LABELS)))
    many = np.repeat(np.arange(4), [9000, 3000, 2000, 1000])
    rows = projection.fitted_rows(many)
    np.testing.assert_array_equal(rows, np.unique(rows))
    np.testing.assert_allclose(np.bincount(many[rows]), [6000, 2000, 4000 / 3, 2000 / 3], atol=1)


def test_umap_draws_two_aligned_pictures_and_places_their_faces() -> None:
    steps: list[tuple[int, int]] = []
    found = fitted_pictures(
        "UMAP", A, A @ TURN, LABELS, lambda done, total: steps.append((done, total))
    )
    assert steps
    assert all(done < total for done, total in steps)
    spread = found.a.std(axis=0).max()
    assert np.isfinite(found.b).all()
    embedding: dict[str, NDArray[np.float32]] = {"A": A, "B": A @ TURN}
    for side, shown in (("A", found.a), ("B", found.b)):
        placed = place(found, side, embedding[side], embedding[side][3])  # type: ignore[arg-type]
        assert np.linalg.norm(placed - shown[3]) < spread
        same = shown[LABELS[3] == LABELS].mean(axis=0)
        other = shown[LABELS == 2].mean(axis=0)
        assert np.linalg.norm(placed - same) < np.linalg.norm(placed - other)
