"""Group numbers mean the same in every image, wherever K-means started."""

from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clfer.analysis.groups import (
    NO_GROUP,
    deep_clusters,
    groups_from_clusters,
    membership,
    semantic_groups,
)
from clfer.analysis.matching import match_centroids
from clfer.methods.hash_coding import ChannelCodes
from clfer.methods.kmeans import kmeans
from clfer.models.checkpoint import Checkpoint

finite = st.floats(-10, 10, width=32)


@settings(deadline=None, max_examples=50)
@given(st.data(), st.integers(1, 5), st.integers(1, 3))
def test_the_matching_is_the_best_of_all_permutations(data, k, d):
    centroids = data.draw(hnp.arrays(np.float32, (2, k, d), elements=finite))
    references = data.draw(hnp.arrays(np.float32, (k, d), elements=finite)).astype(np.float64)
    for found, phi in zip(match_centroids(centroids, references), centroids, strict=True):
        assert sorted(found) == list(range(k))
        costs = [_cost(phi, references, order) for order in permutations(range(k))]
        assert _cost(phi, references, found) == pytest.approx(min(costs), abs=1e-6)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="references"):
        match_centroids(np.zeros((2, 3, 16)), np.zeros((4, 16)))


def test_the_order_of_the_clusters_changes_nothing(ours, crops):
    codes = _codes(ours, crops)
    clusters = deep_clusters(ours, codes[-1])
    first = groups_from_clusters(codes, clusters, ours.references)
    shuffled = torch.stack([torch.randperm(4) for _ in range(len(crops))])
    other = clusters._replace(
        centroids=clusters.centroids.gather(1, shuffled[..., None].expand_as(clusters.centroids)),
        assignment=shuffled.argsort(1).gather(1, clusters.assignment),
        sizes=clusters.sizes.gather(1, shuffled),
    )
    _same(groups_from_clusters(codes, other, ours.references), first)


def test_another_start_of_kmeans_changes_nothing(ours):
    """Four well-separated kinds of channels: every sensible start finds the same clustering."""
    generator = torch.Generator().manual_seed(0)
    kinds = torch.eye(16)[[1, 5, 9, 13]]
    codes = []
    for channels in (64, 128, 256, 512):
        kind = torch.randint(0, 4, (3, channels), generator=generator)
        noise = 0.01 * torch.randn(3, channels, 16, generator=generator)
        alive = torch.rand(3, channels, generator=generator) > 0.1
        codes.append(ChannelCodes((kinds[kind] + noise) * alive[..., None], alive))
    starts = [None, kinds.expand(3, 4, 16), kinds.flip(0).expand(3, 4, 16) + 0.02]
    results = [
        groups_from_clusters(
            codes, kmeans(codes[-1].codes, 4, valid=codes[-1].alive, start=start), ours.references
        )
        for start in starts
    ]
    for result in results[1:]:
        _same(result, results[0])


def test_an_image_is_grouped_as_if_it_were_alone(either: Checkpoint, crops):
    features = _features(either, crops)
    together = semantic_groups(either, features)
    for i in (0, 5):
        alone = semantic_groups(either, tuple(f[i : i + 1] for f in features))
        np.testing.assert_array_equal(alone.sizes[0], together.sizes[i])
        for one, all_ in zip(alone.assignment, together.assignment, strict=True):
            np.testing.assert_array_equal(one[0], all_[i])


def test_shallow_channels_join_the_deep_centroid_of_highest_cosine(ours, crops):
    features = _features(ours, crops[:2])
    groups = semantic_groups(ours, features)
    codes = ours.codes(features[1], 1)
    for i in range(2):
        for c in range(128):
            if not codes.alive[i, c]:
                continue
            g = codes.codes[i, c].double().numpy()
            cosines = [g @ phi / np.linalg.norm(phi) for phi in groups.centroids[i]]
            assert cosines[groups.assignment[1][i, c]] == pytest.approx(max(cosines), abs=1e-6)


def test_deep_groups_have_the_matched_centroids_as_means(ours, crops):
    features = _features(ours, crops)
    groups = semantic_groups(ours, features)
    codes = ours.codes(features[3], 3).codes.double().numpy()
    member = membership(groups.assignment[3], 4)
    means = np.einsum("bck,bcd->bkd", member, codes) / groups.sizes[:, 3, :, None]
    np.testing.assert_allclose(means, groups.centroids, atol=1e-6)


def test_dead_channels_join_no_group(either: Checkpoint, crops):
    features = [f.clone() for f in _features(either, crops[:3])]
    features[1][:, :100] = 0
    features[2][1] = 0.7
    features[3][:, 3:] = 0
    features[3][2] = 0
    groups = semantic_groups(either, tuple(features))
    for block, assignment in enumerate(groups.assignment):
        alive = either.codes(features[block], block).alive.numpy()
        assert (assignment[~alive] == NO_GROUP).all()
        assert ((assignment >= NO_GROUP) & (assignment < 4)).all()
        counted = membership(assignment, 4).sum(axis=1)
        np.testing.assert_array_equal(groups.sizes[:, block], counted)
    assert (groups.assignment[2][1] == NO_GROUP).all()
    # Without any deep code there is nothing that a shallow channel could belong to.
    assert all((assignment[2] == NO_GROUP).all() for assignment in groups.assignment)
    assert np.isfinite(groups.centroids).all()


def _cost(centroids, references, order) -> float:
    return sum(
        float(np.square(references[k] - centroids[c].astype(np.float64)).sum())
        for k, c in enumerate(order)
    )


def _features(checkpoint: Checkpoint, crops) -> tuple[torch.Tensor, ...]:
    with torch.no_grad():
        return checkpoint.network.encoder(checkpoint.card.preprocess(crops))


def _codes(checkpoint: Checkpoint, crops) -> list[ChannelCodes]:
    return [checkpoint.codes(f, j) for j, f in enumerate(_features(checkpoint, crops))]


def _same(first, second) -> None:
    np.testing.assert_array_equal(first.sizes, second.sizes)
    np.testing.assert_allclose(first.centroids, second.centroids, atol=1e-6)
    for one, other in zip(first.assignment, second.assignment, strict=True):
        np.testing.assert_array_equal(one, other)
