"""Batched K-means against a plain float64 reference and scikit-learn."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from clfer.methods.hash_coding import hash_coding
from clfer.methods.kmeans import kmeans, spread_start


def lloyd_slow(points, start, iterations):
    """Lloyd's algorithm on one set, point by point; empty clusters restart as documented."""
    centroids = [c.copy() for c in start]
    k = len(centroids)

    def nearest(p):
        return min(range(k), key=lambda j: float(((p - centroids[j]) ** 2).sum()))

    def means(assignment):
        far = sorted(
            range(len(points)),
            key=lambda i: -float(((points[i] - centroids[assignment[i]]) ** 2).sum()),
        )
        result = []
        for j in range(k):
            members = [points[i] for i in range(len(points)) if assignment[i] == j]
            result.append(np.mean(members, axis=0) if members else points[far[j]])
        return result

    for _ in range(iterations):
        centroids = means([nearest(p) for p in points])
    assignment = [nearest(p) for p in points]
    final = []
    for j in range(k):
        members = [points[i] for i in range(len(points)) if assignment[i] == j]
        final.append(np.mean(members, axis=0) if members else centroids[j])
    inertia = sum(
        float(((p - final[a]) ** 2).sum()) for p, a in zip(points, assignment, strict=True)
    )
    return np.array(final), assignment, inertia


def face_like_codes(sets, channels, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return hash_coding(torch.randn(sets, channels, 8, 8, generator=generator).relu())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 4))
def test_equals_the_slow_reference_from_the_same_start(seed, clusters, iterations):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(3, 24, 5))
    start = rng.normal(size=(3, clusters, 5))
    found = kmeans(
        torch.from_numpy(points), clusters, start=torch.from_numpy(start), iterations=iterations
    )
    for i in range(3):
        centroids, assignment, inertia = lloyd_slow(points[i], start[i], iterations)
        np.testing.assert_allclose(found.centroids[i].numpy(), centroids, atol=1e-9)
        assert found.assignment[i].tolist() == assignment
        assert found.inertia[i].item() == pytest.approx(inertia, abs=1e-8)


def test_invalid_points_have_no_influence():
    points = torch.randn(2, 20, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    valid = torch.ones(2, 20, dtype=torch.bool)
    valid[0, 15:] = False
    valid[1, ::4] = False
    disturbed = torch.where(valid.unsqueeze(-1), points, 1e6)
    whole = kmeans(disturbed, 3, valid=valid)
    for i in range(2):
        alone = kmeans(points[i][valid[i]].unsqueeze(0), 3)
        torch.testing.assert_close(whole.centroids[i], alone.centroids[0])
        assert whole.sizes[i].tolist() == alone.sizes[0].tolist()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_default_start_is_deterministic_and_permutation_equivariant(seed):
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(2, 40, 6, dtype=torch.float64, generator=generator)
    order = torch.randperm(40, generator=generator)
    first = kmeans(points, 4)
    again = kmeans(points.clone(), 4)
    shuffled = kmeans(points[:, order], 4)
    assert torch.equal(first.centroids, again.centroids)
    torch.testing.assert_close(shuffled.centroids, first.centroids)
    assert torch.equal(shuffled.assignment, first.assignment[:, order])


def test_a_set_does_not_depend_on_the_sets_beside_it():
    codes = face_like_codes(6, 64)
    together = kmeans(codes.codes, 4, valid=codes.alive)
    alone = kmeans(codes.codes[2:3], 4, valid=codes.alive[2:3])
    torch.testing.assert_close(together.centroids[2:3], alone.centroids)


@pytest.mark.parametrize("iterations", [5, 10])
def test_inertia_is_as_good_as_scikit_learns(iterations):
    codes = face_like_codes(64, 512)
    ours = kmeans(codes.codes, 4, valid=codes.alive, iterations=iterations).inertia.sum().item()
    theirs = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for points, alive in zip(codes.codes, codes.alive, strict=True):
            model = KMeans(4, n_init=1, max_iter=iterations, random_state=0)
            theirs += model.fit(points[alive].numpy()).inertia_
    assert ours <= 1.01 * theirs


def test_fewer_distinct_points_than_clusters_give_no_nan():
    points = torch.zeros(2, 10, 3)
    points[1, 0] = 1.0
    found = kmeans(points, 4)
    assert torch.isfinite(found.centroids).all()
    assert found.sizes.sum(dim=1).tolist() == [10.0, 10.0]


def test_no_valid_point_gives_no_nan():
    found = kmeans(torch.randn(1, 8, 3), 2, valid=torch.zeros(1, 8, dtype=torch.bool))
    assert torch.isfinite(found.centroids).all()
    assert found.sizes.tolist() == [[0.0, 0.0]]


def test_empty_cluster_restarts_at_the_farthest_point():
    points = torch.tensor([[[0.0], [0.1], [0.2], [10.0]]])
    start = torch.tensor([[[0.1], [100.0]]])
    found = kmeans(points, 2, start=start, iterations=2)
    assert sorted(found.sizes[0].tolist()) == [1.0, 3.0]


def test_centroids_carry_the_gradient_of_the_members_mean():
    points = torch.randn(1, 12, 3, dtype=torch.float64, requires_grad=True)
    found = kmeans(points, 2)
    (gradient,) = torch.autograd.grad(found.centroids[0, 0].sum(), points)
    members = (found.assignment[0] == 0).double()
    expected = (members / members.sum()).unsqueeze(-1).expand(-1, 3)
    torch.testing.assert_close(gradient[0], expected)


@pytest.mark.parametrize("clusters", [0, 9])
def test_impossible_numbers_of_clusters_are_refused(clusters):
    with pytest.raises(ValueError, match="clusters need points"):
        kmeans(torch.zeros(1, 8, 3), clusters)


def test_start_chooses_points_of_the_set():
    points = torch.randn(3, 30, 4, dtype=torch.float64)
    start = spread_start(points, 5, torch.ones(3, 30, dtype=torch.bool))
    assert (start.unsqueeze(2) == points.unsqueeze(1)).all(dim=-1).any(dim=-1).all()
