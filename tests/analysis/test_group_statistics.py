"""Semantic groups over many faces against slow loops, and against the loss they come from."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clfer.analysis.block_maps import SALIENT, ablation_rows, block_maps
from clfer.analysis.face_groups import FaceGroups, face_groups, measure_groups
from clfer.analysis.group_statistics import (
    QUANTILES,
    empty_reason,
    empty_share,
    excitation,
    group_shares,
    row_peaks,
    spread,
)
from clfer.analysis.groups import NO_GROUP, semantic_groups
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.typical import typical_faces
from clfer.data.faceset import FaceSet
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS

RNG = np.random.default_rng(5)


def _features(checkpoint, crops):
    with torch.inference_mode():
        return checkpoint.network.encoder(checkpoint.card.preprocess(crops))


def _face_set(crops, classes=BASIC_EXPRESSIONS):
    names = tuple(f"face {i}" for i in range(len(crops)))
    labels = np.arange(len(crops)) % len(classes)
    return FaceSet("synthetic", "valid", classes, crops, labels, names, names)


def test_the_numbers_equal_those_of_slow_loops(either, crops):
    features = _features(either, crops)
    found = measure_groups(either, features)
    groups = semantic_groups(either, features)
    for i in range(len(crops)):
        for j, feature in enumerate(features):
            maps = feature[i].double().numpy()
            codes = either.codes(feature, j).codes[i].double().numpy()
            assert found["dead"][i, j] == (groups.assignment[j][i] == NO_GROUP).sum()
            for k, centroid in enumerate(groups.centroids[i]):
                members = [c for c in range(len(maps)) if groups.assignment[j][i][c] == k]
                assert found["sizes"][i, j, k] == len(members)
                if not members:
                    assert np.isnan(found["activation"][i, j, k])
                    continue
                mean = sum(float(maps[c].mean()) for c in members) / len(members)
                assert found["activation"][i, j, k] == pytest.approx(mean, rel=1e-9)
                if j < 3:
                    centre = sum(codes[c] for c in members) / len(members)
                    cosine = centre @ centroid / np.sqrt(centre @ centre * (centroid @ centroid))
                    assert found["cosine"][i, j, k] == pytest.approx(cosine, rel=1e-9)


def test_the_alignment_is_the_quantity_inside_the_loss(ours, crops):
    """L_fm of a face is minus the weighted sum of its alignments (Eq. 6)."""
    features = _features(ours, crops)
    found = measure_groups(ours, features)
    clfm = ours.objective.clfm
    loss = clfm(features).loss.numpy()
    weights = np.array(clfm.config.alpha)
    np.testing.assert_allclose(-(found["alignment"] * weights).sum(axis=1), loss, rtol=1e-4)


def test_cosines_equal_those_of_the_groups_of_clfm(ours, crops):
    features = _features(ours, crops)
    found = measure_groups(ours, features)
    clfm = ours.objective.clfm
    clusters = clfm.deep_clusters(clfm.codes(features[-1], 3))
    for j in range(3):
        groups = clfm.groups(clfm.codes(features[j], j), clusters.centroids)
        expected = torch.cosine_similarity(groups.centres, clusters.centroids, dim=-1).numpy()
        # K-means numbers its clusters as it likes, the references give them their order.
        np.testing.assert_allclose(
            np.sort(found["cosine"][:, j], axis=1), np.sort(expected, axis=1), atol=1e-5
        )
        sizes = np.sort(groups.sizes.numpy().astype(int), axis=1)
        np.testing.assert_array_equal(np.sort(found["sizes"][:, j], axis=1), sizes)


def test_the_order_of_the_channels_changes_nothing(baseline, crops):
    features = _features(baseline, crops[:3])
    orders = [torch.randperm(feature.shape[1]) for feature in features]
    shuffled = tuple(f[:, order] for f, order in zip(features, orders, strict=True))
    first, other = measure_groups(baseline, features), measure_groups(baseline, shuffled)
    for key, values in first.items():
        np.testing.assert_allclose(other[key], values, rtol=1e-5, atol=1e-6)


def test_dead_channels_leave_groups_empty_and_without_numbers(baseline, crops):
    features = [feature.clone() for feature in _features(baseline, crops[:2])]
    features[0][0] = 0.0
    features[1][0, 10:] = 1.0
    found = measure_groups(baseline, tuple(features))
    assert found["dead"][0, 0] == 64
    assert found["dead"][0, 1] >= 118
    assert found["sizes"][0, 1].sum() == 128 - found["dead"][0, 1]
    assert found["sizes"][0, 0].tolist() == [0, 0, 0, 0]
    assert np.isnan(found["activation"][0, 0]).all()
    assert np.isnan(found["cosine"][0, 0]).all()
    assert np.isnan(found["alignment"][0, 0])
    assert np.isfinite(found["alignment"][1]).all()


def test_a_split_is_measured_face_by_face_in_any_batch(ours, crops):
    steps = []
    small = face_groups(ours, _face_set(crops), lambda *step: steps.append(step), batch=3)
    whole = face_groups(ours, _face_set(crops))
    assert steps == [(3, 8), (6, 8), (8, 8)]
    assert len(small) == 8
    assert small.classes == ours.card.classes
    np.testing.assert_array_equal(small.labels, np.arange(8) % 7)
    np.testing.assert_array_equal(small.sizes, whole.sizes)
    np.testing.assert_allclose(small.activation, whole.activation, rtol=1e-4)


def test_faces_of_unknown_expressions_are_left_out(make_checkpoint, crops):
    model = make_checkpoint(classes=("neutral", "surprise"))
    found = face_groups(model, _face_set(crops))
    assert found.labels.tolist() == [0, 1, 0]
    only_fear = _face_set(crops, ("fear", "neutral")).subset(np.array([0, 2]))
    with pytest.raises(DataError, match="no face that can be used"):
        face_groups(model, only_fear)


def test_stored_arrays_come_back(either, crops):
    first = face_groups(either, _face_set(crops))
    arrays = first.as_arrays()
    assert all(array.dtype != object for array in arrays.values())
    back = FaceGroups.from_arrays(arrays)
    assert back.classes == first.classes
    for name in ("labels", "sizes", "dead"):
        np.testing.assert_array_equal(getattr(back, name), getattr(first, name))
    for name in ("activation", "cosine", "alignment"):
        np.testing.assert_allclose(getattr(back, name), getattr(first, name), rtol=1e-3, atol=1e-4)


values = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 3)),
    elements=st.one_of(st.just(np.nan), st.integers(-50, 50).map(float)),
)


@settings(deadline=None, max_examples=60)
@given(st.data(), values)
def test_excitation_equals_a_slow_loop_in_any_order_and_unit(data, activation):
    labels = data.draw(hnp.arrays(np.int64, len(activation), elements=st.integers(0, 3)))
    found = excitation(activation, labels, 4)
    for k in range(activation.shape[1]):
        known = [(v, c) for v, c in zip(activation[:, k], labels, strict=True) if not np.isnan(v)]
        mean = sum(v for v, _ in known) / max(1, len(known))
        deviation = (sum((v - mean) ** 2 for v, _ in known) / max(1, len(known))) ** 0.5
        for c in range(4):
            own = [v for v, label in known if label == c]
            if not own or deviation == 0:
                assert np.isnan(found[k, c])
            else:
                assert found[k, c] == pytest.approx((sum(own) / len(own) - mean) / deviation)
    order = np.array(data.draw(st.permutations(range(len(activation)))), dtype=np.int64)
    again = excitation(2 * activation[order] + 1, labels[order], 4)
    np.testing.assert_allclose(again, found, atol=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.data(), values)
def test_spreads_are_quantiles_in_any_order(data, numbers):
    found = spread(numbers)
    assert found.shape == (len(QUANTILES), numbers.shape[1])
    for k in range(numbers.shape[1]):
        known = sorted(v for v in numbers[:, k] if not np.isnan(v))
        for quantile, value in zip(QUANTILES, found[:, k], strict=True):
            if not known:
                assert np.isnan(value)
                continue
            place = quantile * (len(known) - 1)
            low = int(place)
            high = min(low + 1, len(known) - 1)
            assert value == pytest.approx(known[low] + (place - low) * (known[high] - known[low]))
    order = np.array(data.draw(st.permutations(range(len(numbers)))), dtype=np.int64)
    np.testing.assert_array_equal(spread(numbers[order]), found)


def test_shares_and_empty_groups():
    sizes = np.zeros((2, 4, 4), dtype=np.int64)
    sizes[0] = np.array([[64, 0, 0, 0], [32, 32, 32, 32], [256, 0, 0, 0], [0, 0, 0, 512]])
    shares = group_shares(sizes)
    assert shares[0].tolist() == [[1, 0, 0, 0], [0.25] * 4, [1, 0, 0, 0], [0, 0, 0, 1]]
    assert empty_share(sizes)[:2].tolist() == [[0.5, 1, 1, 1], [0.5] * 4]


@pytest.mark.parametrize(
    ("block", "sizes", "words"),
    [
        (1, [64, 0, 0, 0], "No channel of block 1 is nearest to deep centroid 2 (Eq. 4)."),
        (2, [100, 0, 0, 0], "28 are constant and join no group."),
        (2, [127, 0, 0, 0], "1 channel is constant and joins no group."),
        (3, [0, 0, 0, 0], "All channels of block 3 or of block 4 are constant on this face."),
        (4, [500, 0, 12, 0], "K-means (Eq. 2) found fewer than 4 kinds of channels"),
    ],
)
def test_an_empty_group_has_a_reason(block, sizes, words):
    assert words in empty_reason(block, 2, np.array(sizes))


def test_row_peaks_are_the_largest_values_over_faces_and_models():
    maps = [RNG.random((4, 3, 3)), RNG.random((4, 5, 5)), RNG.random((2, 3, 3))]
    found = row_peaks(maps)
    for k in range(4):
        assert found[k] == max(m[k].max() for m in maps if len(m) > k)


def test_block_maps_are_channel_means_and_their_breadth(either, crops):
    features = _features(either, crops[:1])
    found = block_maps(either, crops[0])
    for j, feature in enumerate(features):
        channels = feature[0].double().numpy()
        mean = sum(channels) / len(channels)
        np.testing.assert_allclose(found.maps[j] * found.levels[j], mean, rtol=1e-5, atol=1e-7)
        assert found.maps[j].max() == pytest.approx(1)
        salient = sum(value > SALIENT * mean.max() for value in mean.ravel())
        assert found.breadth[j] == pytest.approx(salient / mean.size)


def test_the_rows_of_fig_11_prefer_the_chosen_models():
    methods = {"first": "baseline", "mine": "baseline", "other": "CLBS", "whole": "MSR+CLFM+CLBS"}
    assert ablation_rows(methods, ["mine", "gone"]) == (("mine", "whole"), ("MSR",))
    assert ablation_rows(methods, []) == (("first", "whole"), ("MSR",))
    assert ablation_rows({}, []) == ((), ("baseline", "MSR", "MSR+CLFM+CLBS"))


def test_typical_faces_are_those_the_model_is_surest_of():
    logits = np.array([[2.0, 0, 0], [5, 0, 0], [0, 1, 0], [0, 9, 0]])
    labels = np.array([0, 0, 1, 0])
    names = ("a", "b", "c", "d")
    scored = ScoredFaces(
        "ferplus",
        "valid",
        ("neutral", "fear", "anger"),
        names,
        names,
        labels,
        logits,
        np.zeros((4, 2), np.float32),
        1,
    )
    assert typical_faces(scored, 8) == ("b", "c")
    assert typical_faces(scored, 1) == ("b",)
