"""Whether channel maps of one group are alike, pair by pair."""

from itertools import combinations

import numpy as np
import pytest

from clfer.analysis.group_likeness import group_likeness
from clfer.analysis.groups import NO_GROUP


def test_means_over_all_pairs_of_channels() -> None:
    rng = np.random.default_rng(0)
    maps = rng.uniform(size=(9, 3, 4))
    maps[4] = 0.7  # constant: correlates with nothing
    groups = np.array([0, 0, 1, 1, 1, NO_GROUP, 2, 2, 0])
    within, between = [], []
    for i, j in combinations(range(9), 2):
        if {i, j} & {4, 5}:
            continue
        correlation = np.corrcoef(maps[i].ravel(), maps[j].ravel())[0, 1]
        (within if groups[i] == groups[j] else between).append(correlation)
    found = group_likeness(maps, groups)
    assert found == pytest.approx((np.mean(within), np.mean(between)))


def test_without_pairs_there_is_no_mean() -> None:
    maps = np.random.default_rng(1).uniform(size=(2, 2, 2))
    within, between = group_likeness(maps, np.array([0, 0]))
    assert np.isfinite(within)
    assert np.isnan(between)
    assert np.isnan(group_likeness(maps, np.array([NO_GROUP, 0]))).all()
