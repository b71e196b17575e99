"""Distribution of gradient norms over faces against slow references."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.analysis.intensity_summary import QUANTILES, summarise
from clfer.analysis.scored import ScoredFaces

CLASSES = ("neutral", "happiness", "surprise")


def _scored(norms: np.ndarray | None, labels: np.ndarray) -> ScoredFaces:
    count = len(labels)
    return ScoredFaces(
        dataset="ferplus",
        split="valid",
        classes=CLASSES,
        names=tuple(f"{i}.png" for i in range(count)),
        digests=tuple(str(i) for i in range(count)),
        labels=labels,
        logits=np.zeros((count, 3)),
        embedding=np.zeros((count, 2), np.float32),
        epoch=3,
        grad_norm_cls=norms,
        grad_norm_joint=None if norms is None else 2 * norms,
    )


def _quantile(values: list[float], q: float) -> float:
    """Linear interpolation between order statistics."""
    ordered = sorted(values)
    at = q * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 60), zeros=st.integers(0, 3))
def test_quantiles_and_histogram_are_those_of_a_slow_loop(
    seed: int, count: int, zeros: int
) -> None:
    rng = np.random.default_rng(seed)
    norms = {s: 10 ** rng.uniform(-6, 1, (count, 4)) for s in "AB"}
    norms["A"][:zeros, 1] = 0
    labels = rng.choice([0, 2], count)
    found = summarise({s: _scored(norms[s], labels) for s in "AB"}, "cls")
    for side, summary in found.items():
        values = norms[side]
        assert summary.count == count
        assert summary.classes == tuple(CLASSES[c] for c in sorted(set(labels)))
        for block in range(4):
            for i, q in enumerate(QUANTILES):
                expected = _quantile(list(values[:, block]), q)
                assert summary.quantiles[block, i] == pytest.approx(expected)
            positive = int((values[:, block] > 0).sum())
            assert summary.zero[block] == count - positive
            assert summary.share[block].sum() * count == pytest.approx(positive)
            for i in range(len(summary.edges) - 1):
                inside = sum(
                    summary.edges[i] * (1 + 1e-9) <= v < summary.edges[i + 1] * (1 - 1e-9)
                    for v in values[:, block]
                )
                assert summary.share[block, i] * count >= inside - 1e-9
        for row, name in enumerate(summary.classes):
            own = values[labels == CLASSES.index(name)]
            assert summary.class_counts[row] == len(own)
            expected = _quantile(list(own[:, 2]), 0.5)
            assert summary.class_quantiles[2, row, 2] == pytest.approx(expected)
    np.testing.assert_array_equal(found["A"].edges, found["B"].edges)


def test_bins_are_evenly_spaced_in_the_logarithm_and_shared() -> None:
    labels = np.zeros(2, np.int64)
    small, large = np.full((2, 4), 1e-4), np.full((2, 4), 10.0)
    found = summarise({"A": _scored(small, labels), "B": _scored(large, labels)}, "cls")
    steps = np.diff(np.log10(found["A"].edges))
    np.testing.assert_allclose(steps, steps[0])
    assert found["A"].edges[0] <= 1.0001e-4
    assert found["B"].edges[-1] >= 9.999


def test_the_joint_loss_has_its_own_norms_and_a_snapshot_has_none() -> None:
    labels = np.zeros(5, np.int64)
    norms = np.arange(1.0, 21).reshape(5, 4)
    models = {"A": _scored(norms, labels), "B": _scored(None, labels)}
    found = summarise(models, "joint")
    assert list(found) == ["A"]
    np.testing.assert_allclose(found["A"].quantiles[:, 2], 2 * norms[2])
