"""Group maps against loops over the channels."""

import numpy as np
import pytest
import torch

from clfer.analysis.groups import semantic_groups
from clfer.analysis.semantics import group_maps


@pytest.mark.parametrize("block", [1, 2, 3, 4])
def test_maps_are_means_of_channels_scaled_to_their_own_peak(either, crops, block):
    with torch.no_grad():
        features = either.network.encoder(either.card.preprocess(crops[:1]))
    found = group_maps(either, features, block)
    assignment = semantic_groups(either, features).assignment[block - 1][0]
    raw = features[block - 1][0].double().numpy()
    for k in range(4):
        members = np.flatnonzero(assignment == k)
        assert found.sizes[k] == len(members)
        expected = sum((raw[c] / raw[c].max() for c in members), np.zeros(raw.shape[1:]))
        np.testing.assert_allclose(found.mean_maps[k], expected / max(1, len(members)), atol=1e-12)
        by_strength = sorted(members, key=lambda c: -raw[c].mean())[:4]
        assert [m.channel for m in found.strongest[k]] == by_strength
        for shown in found.strongest[k]:
            assert shown.strength == pytest.approx(raw[shown.channel].mean())
            assert shown.map.max() == pytest.approx(1)
    assert found.mean_maps.min() >= 0
    assert found.mean_maps.max() <= 1


def test_dead_channels_and_empty_groups_are_zero_not_nan(ours, crops):
    with torch.no_grad():
        features = list(ours.network.encoder(ours.card.preprocess(crops[:1])))
    features[1] = torch.zeros_like(features[1])
    found = group_maps(ours, tuple(features), 2)
    assert found.sizes.sum() == 0
    assert (found.mean_maps == 0).all()
    assert found.strongest == ((), (), (), ())
