"""Distributions of attention against plain loops, and the bounds of its entropy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from clfer.analysis.attention_statistics import (
    LEAST,
    attention_entropy,
    entropy_histogram,
    grouped_weights,
    lowest_first,
)
from clfer.analysis.scored import ScoredFaces
from clfer.errors import DataError

CLASSES = ("neutral", "happiness", "fear")
MU = arrays(np.float64, st.tuples(st.integers(1, 9), st.just(4)), elements=st.floats(1e-9, 1))


def _scores(count: int = 40, attention: bool = True) -> ScoredFaces:
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 2, count)
    labels[:3] = 2  # too few for a density
    names = tuple(f"{i}.png" for i in range(count))
    return ScoredFaces(
        dataset="ferplus",
        split="valid",
        classes=CLASSES,
        names=names,
        digests=names,
        labels=labels,
        logits=rng.normal(size=(count, 3)),
        embedding=np.zeros((count, 2), np.float32),
        epoch=3,
        attention=rng.random((count, 4)) if attention else None,
        attention_norm=rng.random((count, 4)) * 9 if attention else None,
    )


@given(MU)
def test_entropy_lies_between_zero_and_two_bits_and_equals_its_definition(mu: np.ndarray) -> None:
    found = attention_entropy(mu)
    for row, value in zip(mu, found, strict=True):
        shares = [float(v) / math.fsum(row) for v in row]
        slow = -math.fsum(p * math.log2(p) for p in shares if p > 0)
        assert value == pytest.approx(slow, abs=1e-9)
        assert -1e-12 <= value <= 2 + 1e-12


@given(MU, st.permutations(range(4)), st.floats(1e-3, 1e3))
def test_entropy_knows_neither_order_nor_scale(
    mu: np.ndarray, order: list[int], scale: float
) -> None:
    np.testing.assert_allclose(
        attention_entropy(mu[:, order] * scale), attention_entropy(mu), atol=1e-9
    )


def test_entropy_at_its_ends() -> None:
    found = attention_entropy(np.array([[0.7, 0, 0, 0], [0.2] * 4, [0.3, 0.3, 0, 0]]))
    np.testing.assert_allclose(found, [0, 2, 1], atol=1e-12)


@given(MU)
def test_the_histogram_counts_every_face_once(mu: np.ndarray) -> None:
    entropies = [attention_entropy(mu), np.full(3, 2.0)]
    found = entropy_histogram(entropies)
    assert found.counts.sum(axis=1).tolist() == [len(mu), 3]
    assert found.edges[-1] == 2.0


@given(arrays(np.float64, st.integers(1, 30), elements=st.sampled_from([0.0, 0.5, 1.0])))
def test_faces_are_sorted_and_equals_keep_their_order(values: np.ndarray) -> None:
    order = lowest_first(values).tolist()
    assert order == sorted(range(len(values)), key=lambda i: (values[i], i))


@pytest.mark.parametrize("weight", ["attention", "attention_norm"])
@pytest.mark.parametrize("by", ["expression", "correctness"])
def test_quartiles_and_densities_equal_those_of_each_group_alone(weight: str, by: str) -> None:
    scores = _scores()
    found = grouped_weights(scores, weight, by)  # type: ignore[arg-type]
    values = getattr(scores, weight)
    assert found.groups == (CLASSES if by == "expression" else ("wrong", "correct"))
    assert found.counts.sum() == len(scores)
    for g, name in enumerate(found.groups):
        member = [
            i
            for i in range(len(scores))
            if (
                CLASSES[scores.labels[i]]
                if by == "expression"
                else ("correct" if scores.logits[i].argmax() == scores.labels[i] else "wrong")
            )
            == name
        ]
        assert found.counts[g] == len(member)
        for j in range(4):
            own = values[member, j]
            np.testing.assert_allclose(found.quartiles[g, j], np.quantile(own, [0.25, 0.5, 0.75]))
            if len(own) < LEAST:
                assert np.isnan(found.density[g, j]).all()
                continue
            assert found.places[g, j, 0] == own.min()
            assert found.places[g, j, -1] == own.max()
            slow = stats.gaussian_kde(own)(found.places[g, j])
            np.testing.assert_allclose(found.density[g, j], slow)


def test_equal_weights_and_empty_groups_have_no_density() -> None:
    scores = _scores()
    scores.attention[:] = 0.5  # type: ignore[index]
    scores.labels[:] = 0
    found = grouped_weights(scores, "attention", "expression")
    assert np.isnan(found.density).all()
    assert found.quartiles[0, 0].tolist() == [0.5] * 3
    assert np.isnan(found.quartiles[1]).all()
    assert found.counts.tolist() == [40, 0, 0]


def test_scores_without_attention_are_refused() -> None:
    with pytest.raises(DataError, match="epoch 3 hold no attention"):
        grouped_weights(_scores(attention=False), "attention", "expression")
