"""Changes of all scores, against drawing and exchanging faces one by one."""

from dataclasses import astuple, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_comparison import CLASSES, random_comparison
from sklearn.metrics import f1_score

from clfer.analysis.comparison import Comparison
from clfer.analysis.mcnemar import mcnemar
from clfer.analysis.score_changes import Change, ScoreChanges, score_changes
from clfer.errors import DataError
from clfer.figures.confusion_words import macro_sentence

SEEDS = st.integers(0, 10_000)


def _scores(labels: np.ndarray, said: np.ndarray) -> tuple[float, float, float]:
    """Accuracy, mean recall over the true expressions, mean F1 over the true or predicted ones."""
    recall, f1 = [], []
    for i in range(len(CLASSES)):
        true, chosen = labels == i, said == i
        if true.any():
            recall.append((true & chosen).sum() / true.sum())
        if true.any() or chosen.any():
            f1.append(2 * (true & chosen).sum() / (true.sum() + chosen.sum()))
    return float((labels == said).mean()), float(np.mean(recall)), float(np.mean(f1))


def _slow(both: list[Comparison], drawn: np.ndarray) -> np.ndarray:
    gaps = [
        np.subtract(
            _scores(one.labels[drawn], one.b.predicted[drawn]),
            _scores(one.labels[drawn], one.a.predicted[drawn]),
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
def test_values_are_those_of_the_definition_and_of_scikit_learn(seed: int, n: int) -> None:
    both = _seeds(seed, n)
    found = score_changes(both, resamples=5)
    expected = _slow(both, np.arange(n))
    assert [one.value for one in _each(found)] == pytest.approx(expected, abs=1e-12)
    one = both[0]
    f1 = [f1_score(one.labels, scored.predicted, average="macro") for scored in (one.a, one.b)]
    alone = score_changes(both[:1], resamples=5)
    assert alone.macro_f1.value == pytest.approx(f1[1] - f1[0], abs=1e-12)


def test_intervals_of_f1_are_those_of_faces_drawn_one_by_one() -> None:
    both, rng = _seeds(5, 150), np.random.default_rng(9)
    slow = [_slow(both, rng.integers(0, 150, 150))[2] for _ in range(500)]
    found = score_changes(both).macro_f1
    low, high = np.percentile(slow, [2.5, 97.5])
    assert high - low > 0.06
    assert found.low == pytest.approx(low, abs=0.012)
    assert found.high == pytest.approx(high, abs=0.012)


def test_of_one_expression_the_interval_is_that_of_mcnemar() -> None:
    comparison = random_comparison(4, 80)
    one = comparison.subset(np.flatnonzero(comparison.labels == 1))
    found = score_changes([one], resamples=5).mean_class_accuracy
    assert (found.low, found.high) == pytest.approx(mcnemar(one).interval())
    whole = score_changes([comparison], resamples=5).accuracy
    assert (whole.low, whole.high) == pytest.approx(mcnemar(comparison).interval())
    seeds = score_changes([one, one, one], resamples=5).mean_class_accuracy
    assert (seeds.low, seeds.high) == pytest.approx((found.low, found.high))


def _rare(seed: int) -> Comparison:
    """Neither model is better; two expressions have 5 and 12 faces of 150."""
    comparison = random_comparison(seed, 400)
    counts = (70, 45, 18, 12, 5)
    rows = [np.flatnonzero(comparison.labels == i)[:n] for i, n in enumerate(counts)]
    return comparison.subset(np.concatenate(rows))


def test_intervals_and_p_values_keep_their_word_with_rare_expressions() -> None:
    found = [score_changes([_rare(seed)], resamples=300) for seed in range(300)]
    for changes in zip(*map(_each, found), strict=True):
        p = [one.p_value for one in changes]
        assert 4 <= sum(value < 0.05 for value in p) <= 27  # 15 are expected
        assert 105 <= sum(value < 0.5 for value in p) <= 180  # few exchanges: p is coarse
    for name in ("accuracy", "mean_class_accuracy"):
        changes = [getattr(one, name) for one in found]
        assert 275 <= sum(one.low <= 0 <= one.high for one in changes) <= 299  # and 285 here


def test_p_values_count_all_exchanges() -> None:
    both = [one.subset(np.arange(9)) for one in _seeds(2, 40)]
    gaps = []
    for swaps in product((False, True), repeat=9):
        swapped = []
        for one in both:
            a, b = one.a.logits.copy(), one.b.logits.copy()
            a[list(swaps)], b[list(swaps)] = one.b.logits[list(swaps)], one.a.logits[list(swaps)]
            swapped.append(Comparison(replace(one.a, logits=a), replace(one.b, logits=b)))
        gaps.append(_slow(swapped, np.arange(9)))
    exact = (np.abs(gaps) >= np.abs(gaps[0]) - 1e-12).mean(axis=0)
    found = score_changes(both, resamples=20_000)
    assert 0.05 < exact[0] < 0.95
    assert [one.p_value for one in _each(found)] == pytest.approx(exact, abs=0.015)


def test_where_all_have_as_many_faces_the_test_is_mcnemars() -> None:
    comparison = random_comparison(11, 400)
    rows = [np.flatnonzero(comparison.labels == i)[:40] for i in range(len(CLASSES))]
    even = comparison.subset(np.concatenate(rows))
    found = score_changes([even], resamples=20_000)
    for change in (found.accuracy, found.mean_class_accuracy):
        assert change.value == pytest.approx(mcnemar(even).difference)
        assert change.p_value == pytest.approx(mcnemar(even).p_value, abs=0.015)


@given(seed=SEEDS)
def test_order_of_faces_and_seeds_repeated_seeds_and_sides(seed: int) -> None:
    both = _seeds(seed, 40)
    order = np.random.default_rng(seed).permutation(40)
    found = score_changes(both, resamples=50)
    assert _near(score_changes([one.subset(order) for one in both], 50), found)
    assert _near(score_changes([*both, *both], 50), found)
    swapped = score_changes([Comparison(one.b, one.a) for one in both], 50)
    assert swapped.macro_f1.value == pytest.approx(-found.macro_f1.value)
    one, other = swapped.mean_class_accuracy, found.mean_class_accuracy
    assert (one.low, one.value, one.high) == pytest.approx((-other.high, -other.value, -other.low))
    alike = score_changes([Comparison(one.a, one.a) for one in both], 50)
    assert astuple(alike.macro_f1) == (0, 0, 0, 1)
    assert alike.mean_class_accuracy.value == 0
    assert alike.mean_class_accuracy.p_value == 1


def _each(changes: ScoreChanges) -> tuple[Change, ...]:
    return changes.accuracy, changes.mean_class_accuracy, changes.macro_f1


def _near(one: ScoreChanges, other: ScoreChanges) -> bool:
    pairs = zip(_each(one), _each(other), strict=True)
    return all(astuple(a) == pytest.approx(astuple(b), abs=1e-12) for a, b in pairs)


def test_an_expression_without_faces_counts_in_no_mean() -> None:
    comparison = random_comparison(3, 60)
    shown = comparison.subset(np.flatnonzero(comparison.labels != 2))
    found = score_changes([shown], resamples=5).mean_class_accuracy
    right = [
        [scored.correct[shown.labels == i].mean() for i in range(len(CLASSES)) if i != 2]
        for scored in (shown.a, shown.b)
    ]
    assert found.value == pytest.approx(np.mean(right[1]) - np.mean(right[0]))


def test_seeds_on_different_faces_are_refused() -> None:
    one = random_comparison(0, 20)
    with pytest.raises(DataError, match="different faces"):
        score_changes([one, one.subset(np.arange(10))])


def test_in_words() -> None:
    clear, open_ = Change(0.0271, 0.0012, 0.056, 0.03), Change(-0.0104, -0.03, 0.01, 0.4)
    assert macro_sentence(ScoreChanges(open_, clear, open_)) == (
        "Where every expression counts alike, B − A is +2.71 percentage points in mean class "
        "accuracy (95 % +0.12 to +5.60) and −0.010 in macro-F1 (95 % −0.030 to +0.010); "
        "permutation test: p = 0.03 and p = 0.4, so B has the higher mean class accuracy, and "
        "chance alone hardly explains it."
    )
    worse = Change(-0.02, -0.03, -0.01, 0.001)
    assert "A has the higher mean class accuracy and A has the higher macro-F1, and chance" in (
        macro_sentence(ScoreChanges(open_, worse, worse))
    )
    assert macro_sentence(ScoreChanges(clear, open_, open_)).endswith(
        "so both are within what chance explains."
    )
