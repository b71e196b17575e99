"""Spherical and balanced clusters against plain float64 references, and what both promise."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from clfer.methods.clustering import cluster
from clfer.methods.hash_coding import hash_coding
from clfer.methods.kmeans import kmeans, spread_start
from clfer.methods.sinkhorn import FIRST, LAST, SWEEPS, balanced_clusters
from clfer.methods.spherical import spherical_kmeans

OPTIONS = ("spherical", "balanced")
seeds = st.integers(0, 10_000)
# Always the same draws: in one of some hundred sets two points are equally good as a start up to
# rounding, and other orders of the same sums then choose the other one.
FIXED_DRAWS = settings(max_examples=20, deadline=None, derandomize=True)


def random_points(seed, sets=3, count=24, width=5):
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(sets, count, width, dtype=torch.float64, generator=generator)
    return points + torch.randn(sets, 1, width, dtype=torch.float64, generator=generator)


def codes_of_faces(sets=16):
    """Codes as those of a deepest block: rectified, so that some channels respond nowhere."""
    generator = torch.Generator().manual_seed(0)
    return hash_coding(torch.randn(sets, 512, 4, 4, generator=generator).sub(1).relu())


def members_mean(points, assignment, k):
    return np.mean([p for p, a in zip(points, assignment, strict=True) if a == k], axis=0)


def unit(vector):
    length = math.sqrt(float(vector @ vector))
    return vector / length if length else vector


def spherical_slow(points, start, iterations):
    """Spherical K-means point by point, empty clusters restarted as documented."""
    units = [unit(p) for p in points]
    centroids = [unit(c) for c in start]
    for _ in range(iterations):
        cosines = [[float(u @ c) for c in centroids] for u in units]
        assignment = [int(np.argmax(row)) for row in cosines]
        strays = sorted(range(len(units)), key=lambda n: max(cosines[n]))
        centroids = [
            unit(members_mean(units, assignment, k)) if k in assignment else units[strays[k]]
            for k in range(len(centroids))
        ]
    assignment = [int(np.argmax([float(u @ c) for c in centroids])) for u in units]
    final = [
        unit(members_mean(units, assignment, k)) if k in assignment else centroids[k]
        for k in range(len(centroids))
    ]
    inertia = sum(
        float((u - final[a]) @ (u - final[a])) for u, a in zip(units, assignment, strict=True)
    )
    return np.array(final), assignment, inertia


def scaled_plan(points, centroids, unit_cost):
    """Sinkhorn's iteration as Cuturi writes it: scalings of rows and columns, no logarithms."""
    squares = np.array([[(p - c) @ (p - c) for p in points] for c in centroids]) / unit_cost
    # Any constant of a point is absorbed by its scaling; this one keeps the kernel representable.
    squares = squares - squares.min(axis=0)
    rows, before = np.ones(len(centroids)), FIRST
    for sweep in range(SWEEPS):
        epsilon = FIRST * (LAST / FIRST) ** (min(sweep, 12) / 12)
        rows = rows ** (before / epsilon)
        kernel, before = np.exp(-squares / epsilon), epsilon
        columns = 1 / len(points) / (kernel * rows[:, None]).sum(axis=0)
        rows = 1 / len(centroids) / (kernel * columns).sum(axis=1)
    return np.exp(-squares / LAST) * rows[:, None]


def balanced_slow(points, start, iterations):
    spread = np.mean([(p - points.mean(axis=0)) @ (p - points.mean(axis=0)) for p in points])
    centroids = np.array(start)
    for _ in range(iterations):
        plan = scaled_plan(points, centroids, spread)
        plan = plan / plan.sum(axis=0)
        centroids = np.array([row @ points / row.sum() for row in plan])
    assignment = scaled_plan(points, centroids, spread).argmax(axis=0)
    final = [
        members_mean(points, assignment, k) if k in assignment else centroids[k]
        for k in range(len(centroids))
    ]
    return np.array(final), assignment.tolist()


@FIXED_DRAWS
@given(seeds, st.integers(1, 5), st.integers(1, 4))
def test_spherical_equals_the_slow_reference(seed, clusters, iterations):
    points = random_points(seed)
    found = spherical_kmeans(points, clusters, iterations=iterations)
    units = torch.nn.functional.normalize(points, dim=-1)
    start = spread_start(units, clusters)
    for i in range(3):
        expected = spherical_slow(points[i].numpy(), start[i].numpy(), iterations)
        np.testing.assert_allclose(found.centroids[i].numpy(), expected[0], atol=1e-9)
        assert found.assignment[i].tolist() == expected[1]
        assert found.inertia[i].item() == pytest.approx(expected[2], abs=1e-8)


@FIXED_DRAWS
@given(seeds, st.integers(2, 4), st.integers(1, 5))
def test_balanced_equals_sinkhorns_scalings_without_logarithms(seed, clusters, iterations):
    points = random_points(seed)
    found = balanced_clusters(points, clusters, iterations=iterations)
    start = kmeans(points, clusters, iterations=iterations).centroids
    for i in range(3):
        centroids, assignment = balanced_slow(points[i].numpy(), start[i].numpy(), iterations)
        np.testing.assert_allclose(found.centroids[i].numpy(), centroids, atol=1e-6)
        assert found.assignment[i].tolist() == assignment


@pytest.mark.parametrize("clusters", [2, 4, 8])
def test_balanced_groups_of_channels_have_equal_sizes_where_kmeans_has_not(clusters):
    codes = codes_of_faces()
    even = codes.alive.sum(1, keepdim=True) / clusters
    found = balanced_clusters(codes.codes, clusters, valid=codes.alive)
    apart = (found.sizes / even - 1).abs()
    assert apart.mean() < 0.08
    assert apart.max() < 0.3
    plain = kmeans(codes.codes, clusters, valid=codes.alive)
    assert (plain.sizes / even - 1).abs().mean() > 0.2


def test_balanced_groups_cost_hardly_more_than_the_best_of_exactly_equal_sizes():
    points = random_points(5, sets=4, count=60)
    found = balanced_clusters(points, 4)
    for i in range(4):
        centroids = found.centroids[i].numpy()
        cost = ((points[i].numpy()[:, None] - np.repeat(centroids, 15, axis=0)) ** 2).sum(-1)
        rows, columns = linear_sum_assignment(cost)
        assert found.inertia[i].item() <= 1.05 * cost[rows, columns].sum()


def test_a_few_points_far_away_draw_others_to_them_only_if_balanced():
    points = torch.randn(1, 20, 2, generator=torch.Generator().manual_seed(0)).double()
    points[:, :2] += 6
    assert sorted(kmeans(points, 2).sizes[0].tolist()) == [2, 18]
    assert balanced_clusters(points, 2).sizes.min() >= 9


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e3])
def test_balanced_groups_depend_neither_on_the_unit_nor_on_the_origin(factor):
    points = random_points(1)
    plain = balanced_clusters(points, 3)
    moved = balanced_clusters(factor * points + 100 * factor, 3)
    assert torch.equal(plain.assignment, moved.assignment)


def test_spherical_groups_see_directions_alone():
    points = random_points(2)
    lengths = torch.rand(3, 24, 1, dtype=torch.float64) + 0.1
    found, scaled = spherical_kmeans(points, 3), spherical_kmeans(points * lengths, 3)
    assert torch.equal(found.assignment, scaled.assignment)
    torch.testing.assert_close(found.centroids, scaled.centroids)
    torch.testing.assert_close(found.centroids.norm(dim=-1), torch.ones(3, 3).double())


@pytest.mark.parametrize("option", OPTIONS)
@FIXED_DRAWS
@given(seed=seeds)
def test_the_order_of_the_points_changes_nothing(option, seed):
    points = random_points(seed)
    order = torch.randperm(24, generator=torch.Generator().manual_seed(seed))
    first, again = cluster(points, 4, option), cluster(points.clone(), 4, option)
    shuffled = cluster(points[:, order], 4, option)
    assert torch.equal(first.centroids, again.centroids)
    torch.testing.assert_close(shuffled.centroids, first.centroids)
    assert torch.equal(shuffled.assignment, first.assignment[:, order])


@pytest.mark.parametrize("option", OPTIONS)
def test_an_image_does_not_depend_on_those_beside_it(option):
    codes = codes_of_faces(5)
    together = cluster(codes.codes, 4, option, valid=codes.alive)
    alone = cluster(codes.codes[2:3], 4, option, valid=codes.alive[2:3])
    torch.testing.assert_close(together.centroids[2:3], alone.centroids)
    assert torch.equal(together.assignment[2:3], alone.assignment)


@pytest.mark.parametrize("option", OPTIONS)
@FIXED_DRAWS
@given(seed=seeds)
def test_invalid_points_have_no_influence(option, seed):
    points = random_points(seed)
    valid = torch.rand(3, 24, generator=torch.Generator().manual_seed(seed)) < 0.7
    valid[:, :4] = True
    disturbed = torch.where(valid.unsqueeze(-1), points, 1e3)
    whole = cluster(disturbed, 3, option, valid=valid)
    for i in range(3):
        alone = cluster(points[i][valid[i]].unsqueeze(0), 3, option)
        torch.testing.assert_close(whole.centroids[i], alone.centroids[0])
        assert whole.sizes[i].tolist() == alone.sizes[0].tolist()
        assert whole.assignment[i][valid[i]].tolist() == alone.assignment[0].tolist()
        torch.testing.assert_close(whole.inertia[i], alone.inertia[0])


@pytest.mark.parametrize("option", OPTIONS)
def test_centroids_carry_the_gradient_of_their_members(option):
    points = random_points(3, sets=1).requires_grad_()
    found = cluster(points, 3, option)
    direction = torch.arange(1.0, 6.0, dtype=torch.float64)
    (gradient,) = torch.autograd.grad(found.centroids[0, 1] @ direction, points)
    members = found.assignment[0] == 1
    assert (gradient[0][~members] == 0).all()
    chosen = points.detach()[0][members].clone().requires_grad_()
    mean = chosen.mean(dim=0)
    if option == "spherical":
        mean = torch.nn.functional.normalize(chosen, dim=-1).mean(dim=0)
        mean = mean / mean.norm()
    (expected,) = torch.autograd.grad(mean @ direction, chosen)
    torch.testing.assert_close(gradient[0][members], expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("option", OPTIONS)
def test_poor_sets_give_no_nan(option, dtype):
    same = torch.ones(1, 8, 3, dtype=dtype)
    nothing = torch.zeros(1, 8, 3, dtype=dtype)
    valid = torch.zeros(1, 8, dtype=torch.bool)
    for points, mask in ((same, None), (nothing, None), (same, valid), (nothing, valid)):
        points = points.clone().requires_grad_()
        found = cluster(points, 2, option, valid=mask)
        assert torch.isfinite(found.centroids).all()
        assert torch.isfinite(found.inertia).all()
        assert found.sizes.sum().item() == (8 if mask is None else 0)
        (gradient,) = torch.autograd.grad(found.centroids.sum(), points)
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("clusters", [0, 9])
def test_impossible_numbers_of_clusters_are_refused(option, clusters):
    with pytest.raises(ValueError, match="clusters need points"):
        cluster(torch.zeros(1, 8, 3), clusters, option)


def test_a_name_chooses_the_algorithm():
    points = random_points(4)
    for name, algorithm in (
        ("kmeans", kmeans),
        ("spherical", spherical_kmeans),
        ("balanced", balanced_clusters),
    ):
        expected = algorithm(points, 3, iterations=2)
        found = cluster(points, 3, name, iterations=2)
        assert all(torch.equal(one, two) for one, two in zip(found, expected, strict=True))
