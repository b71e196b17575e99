"""Changes of the means over the expressions, against drawing faces one by one."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_comparison import CLASSES, random_comparison
from sklearn.metrics import f1_score, recall_score

from clfer.analysis.comparison import Comparison
from clfer.analysis.macro_change import Change, MacroChange, macro_change
from clfer.errors import DataError
from clfer.figures.confusion_words import macro_sentence

SEEDS = st.integers(0, 10_000)


def _means(labels: np.ndarray, said: np.ndarray) -> tuple[float, float]:
    """Mean recall over the true expressions, mean F1 over the true or predicted ones."""
    present = np.unique(labels)
    recall = recall_score(labels, said, labels=present, average="macro", zero_division=0)
    occurring = np.union1d(labels, said)
    return recall, f1_score(labels, said, labels=occurring, average="macro", zero_division=0)


def _slow(both: list[Comparison], drawn: np.ndarray) -> np.ndarray:
    gaps = [
        np.subtract(
            _means(one.labels[drawn], one.b.predicted[drawn]),
            _means(one.labels[drawn], one.a.predicted[drawn]),
        )
        for one in both
    ]
    return np.mean(gaps, axis=0)


def _seeds(first: int, n: int) -> list[Comparison]:
    """Two seeds of either model, on the same faces."""
    one, two = random_comparison(first, n), random_comparison(first + 1, n)
    for scored in (two.a, two.b):
        scored.labels[:] = one.labels
    return [one, two]


@given(seed=SEEDS, n=st.integers(2, 60))
def test_values_are_those_of_scikit_learn(seed: int, n: int) -> None:
    both = _seeds(seed, n)
    found = macro_change(both, resamples=5)
    expected = _slow(both, np.arange(n))
    assert found.mean_class_accuracy.value == pytest.approx(expected[0], abs=1e-12)
    assert found.macro_f1.value == pytest.approx(expected[1], abs=1e-12)


def test_intervals_are_those_of_faces_drawn_one_by_one() -> None:
    both, rng = _seeds(5, 150), np.random.default_rng(9)
    slow = np.array([_slow(both, rng.integers(0, 150, 150)) for _ in range(500)])
    found = macro_change(both)
    for change, samples in zip((found.mean_class_accuracy, found.macro_f1), slow.T, strict=True):
        low, high = np.percentile(samples, [2.5, 97.5])
        assert high - low > 0.06
        assert change.low == pytest.approx(low, abs=0.012)
        assert change.high == pytest.approx(high, abs=0.012)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """The truth: A and B guess from the same distribution, so that neither is better."""
    hits = sum(
        change.low <= 0 <= change.high
        for change in (
            macro_change([random_comparison(seed, 200)], resamples=200).mean_class_accuracy
            for seed in range(300)
        )
    )
    assert 270 <= hits <= 297


@given(seed=SEEDS)
def test_order_of_faces_and_seeds_repeated_seeds_and_sides(seed: int) -> None:
    both = _seeds(seed, 40)
    order = np.random.default_rng(seed).permutation(40)
    found = macro_change(both, resamples=50)
    assert _near(macro_change([one.subset(order) for one in both], 50), found)
    assert _near(macro_change([*both, *both], 50), found)
    swapped = macro_change([Comparison(one.b, one.a) for one in both], 50)
    assert swapped.macro_f1.value == pytest.approx(-found.macro_f1.value)
    alike = macro_change([Comparison(one.a, one.a) for one in both], 50)
    assert astuple(alike.mean_class_accuracy) == astuple(alike.macro_f1) == (0, 0, 0)


def _near(one: MacroChange, other: MacroChange) -> bool:
    pairs = ((one.mean_class_accuracy, other.mean_class_accuracy), (one.macro_f1, other.macro_f1))
    return all(astuple(a) == pytest.approx(astuple(b), abs=1e-12) for a, b in pairs)


def test_an_expression_without_faces_counts_in_no_mean() -> None:
    comparison = random_comparison(3, 60)
    shown = comparison.subset(np.flatnonzero(comparison.labels != 2))
    found = macro_change([shown], resamples=5).mean_class_accuracy
    right = [
        [scored.correct[shown.labels == i].mean() for i in range(len(CLASSES)) if i != 2]
        for scored in (shown.a, shown.b)
    ]
    assert found.value == pytest.approx(np.mean(right[1]) - np.mean(right[0]))


def test_seeds_on_different_faces_are_refused() -> None:
    one = random_comparison(0, 20)
    with pytest.raises(DataError, match="different faces"):
        macro_change([one, one.subset(np.arange(10))])


def test_in_words() -> None:
    clear, open_ = Change(0.0271, 0.0012, 0.056), Change(-0.0104, -0.03, 0.01)
    assert macro_sentence(MacroChange(clear, open_)) == (
        "Where every expression counts alike, B − A is +2.71 (95 % +0.12 to +5.60) percentage "
        "points in mean class accuracy and −0.010 (95 % −0.030 to +0.010) in macro-F1: B has the "
        "higher mean class accuracy beyond what the choice of faces explains."
    )
    worse = Change(-0.02, -0.03, -0.01)
    assert "A has the higher mean class accuracy and A has the higher macro-F1 beyond" in (
        macro_sentence(MacroChange(worse, worse))
    )
    assert "neither goes beyond what" in macro_sentence(MacroChange(open_, open_))
