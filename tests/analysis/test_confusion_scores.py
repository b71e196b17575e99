"""Scores per expression, McNemar, calibration and threshold against slow and other references."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_comparison import CLASSES, random_comparison
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

from clfer.analysis.calibration import reliability
from clfer.analysis.comparison import compare
from clfer.analysis.confusion import confusions
from clfer.analysis.evaluate import evaluate
from clfer.analysis.mcnemar import McNemar, holm, mcnemar, mcnemar_per_class
from clfer.analysis.metrics import wilson_interval
from clfer.analysis.per_class import overall, per_class
from clfer.analysis.scoring import score_faces
from clfer.analysis.threshold import threshold_effect
from clfer.data.synthetic import load_synthetic
from clfer.models.checkpoint import Checkpoint

SEEDS = st.integers(0, 10_000)
SIZES = st.integers(2, 60)


def test_all_numbers_are_those_of_evaluate(baseline: Checkpoint, ours: Checkpoint) -> None:
    faces = load_synthetic("valid", count=21)
    comparison = compare(score_faces(baseline, faces), score_faces(ours, faces))
    found = confusions(comparison)
    for model, scored, counts in (
        (baseline, comparison.a, found.a),
        (ours, comparison.b, found.b),
    ):
        printed = evaluate(model, faces).as_json()
        assert list(comparison.classes) == printed["classes"]
        assert counts.tolist() == printed["confusion"]
        scores = overall(scored)
        assert scores.n == printed["n"] == 21
        assert list(scores.accuracy_interval) == printed["accuracy_interval"]
        for field in ("accuracy", "mean_class_accuracy", "macro_f1"):
            assert getattr(scores, field) == printed[field]
        assert scores.ece == pytest.approx(printed["ece"], rel=1e-5)
        assert reliability(scored).ece == scores.ece


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, n=SIZES)
def test_scores_per_expression_are_those_of_scikit_learn(seed: int, n: int) -> None:
    comparison = random_comparison(seed, n)
    found = per_class(comparison, resamples=50)
    for model, scores in ((comparison.a, found.a), (comparison.b, found.b)):
        precision, recall, f1, support = precision_recall_fscore_support(
            comparison.labels,
            model.predicted,
            labels=range(len(CLASSES)),
            zero_division=np.nan,
        )
        np.testing.assert_allclose(scores.precision.value, precision)
        np.testing.assert_allclose(scores.recall.value, recall)
        np.testing.assert_allclose(scores.f1.value, f1)
        np.testing.assert_array_equal(found.support, support)
    np.testing.assert_allclose(found.change.value, found.b.f1.value - found.a.f1.value)


def test_intervals_of_precision_and_recall_are_wilsons() -> None:
    comparison = random_comparison(2)
    found, counts = per_class(comparison).b, confusions(comparison).b
    for score, totals in (
        (found.precision, counts.sum(axis=0)),
        (found.recall, counts.sum(axis=1)),
    ):
        for i, total in enumerate(totals):
            expected = wilson_interval(int(counts[i, i]), int(total))
            assert (score.low[i], score.high[i]) == expected


def _f1(labels: np.ndarray, said: np.ndarray) -> list[float]:
    """F1 of every expression by its definition."""
    scores = []
    for i in range(len(CLASSES)):
        true, chosen = labels == i, said == i
        scores.append(2 * (true & chosen).sum() / (true.sum() + chosen.sum()))
    return scores


def test_intervals_of_f1_are_those_of_resampled_faces() -> None:
    comparison = random_comparison(5, n=300)
    found, models = per_class(comparison), (comparison.a, comparison.b)
    rng = np.random.default_rng(9)
    slow = []
    for _ in range(800):
        drawn = rng.integers(0, 300, 300)
        slow.append([_f1(comparison.labels[drawn], m.predicted[drawn]) for m in models])
    both = np.array(slow)
    for score, samples in (
        (found.a.f1, both[:, 0]),
        (found.b.f1, both[:, 1]),
        (found.change, both[:, 1] - both[:, 0]),
    ):
        low, high = np.percentile(samples, [2.5, 97.5], axis=0)
        # Two bootstraps of this size differ by about a hundredth.
        np.testing.assert_allclose(score.low, low, atol=0.03)
        np.testing.assert_allclose(score.high, high, atol=0.03)
        assert ((score.low < score.value) & (score.value < score.high)).all()


def test_intervals_are_the_same_every_time_and_in_any_order_of_the_faces() -> None:
    comparison = random_comparison(6)
    shuffled = comparison.subset(np.random.default_rng(0).permutation(len(comparison)))
    first, again, other = (per_class(c) for c in (comparison, comparison, shuffled))
    for found in (again, other):
        np.testing.assert_array_equal(found.change.low, first.change.low)
        np.testing.assert_array_equal(found.a.f1.high, first.a.f1.high)


def test_what_is_undefined_is_not_a_number() -> None:
    comparison = random_comparison(0, n=40, classes=("neutral", "happiness"))
    comparison.a.logits[:, 1] = -50
    found = per_class(comparison).a
    assert np.isnan(found.precision.value[1])
    assert np.isnan(found.precision.low[1])
    assert found.recall.value[1] == found.f1.value[1] == 0
    assert found.recall.high[1] > 0
    assert np.isnan(found.f1.high[1])


def _p_by_counting(fixed: int, broken: int) -> float:
    """Two-sided, from the binomial coefficients: all splits at most as likely as this one."""
    n = fixed + broken
    ways = [comb(n, k) for k in range(n + 1)]
    return float(sum(w for w in ways if w <= ways[fixed]) / 2**n)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, n=SIZES)
def test_mcnemar_is_the_exact_binomial_test(seed: int, n: int) -> None:
    comparison = random_comparison(seed, n)
    found = mcnemar(comparison)
    pairs = list(zip(comparison.a.correct.tolist(), comparison.b.correct.tolist(), strict=True))
    assert found.fixed == pairs.count((False, True))
    assert found.broken == pairs.count((True, False))
    assert found.right == pairs.count((True, True))
    assert found.wrong == pairs.count((False, False))
    assert found.p_value == pytest.approx(_p_by_counting(found.fixed, found.broken))
    if found.fixed + found.broken:
        expected = binomtest(found.fixed, found.fixed + found.broken).pvalue
        assert found.p_value == pytest.approx(expected)
    change = comparison.b.correct.mean() - comparison.a.correct.mean()
    assert found.difference == pytest.approx(change)
    low, high = found.interval()
    assert -1 <= low <= high <= 1


def test_the_interval_of_the_difference_covers_it_as_often_as_it_says() -> None:
    rng, hits = np.random.default_rng(1), 0
    for counts in rng.multinomial(300, [0.7, 0.12, 0.08, 0.1], size=1000):
        low, high = McNemar(*map(int, counts), p_value=1.0).interval()
        hits += low <= 0.12 - 0.08 <= high
    assert 930 <= hits <= 970


def test_mcnemar_per_expression_adjusts_for_their_number() -> None:
    comparison = random_comparison(8)
    found = mcnemar_per_class(comparison)
    assert list(found) == list(CLASSES)
    assert sum(test.fixed for test in found.values()) == mcnemar(comparison).fixed
    raw = [_p_by_counting(test.fixed, test.broken) for test in found.values()]
    assert [test.p_value for test in found.values()] == pytest.approx(holm(raw))


def test_holm_steps_down() -> None:
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert holm([0.4, 0.6]) == pytest.approx([0.8, 0.8])
    assert holm([]) == []


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, n=SIZES, skill=st.floats(0, 8))
def test_reliability_bins_hold_every_face_and_average_to_the_ece(
    seed: int, n: int, skill: float
) -> None:
    scored = random_comparison(seed, n, skill=skill).a
    found = reliability(scored)
    gap, filled = 0.0, 0
    for i, (low, high) in enumerate(zip(found.edges[:-1], found.edges[1:], strict=True)):
        inside = (scored.confidence > low) & (scored.confidence <= high)
        assert found.count[i] == inside.sum()
        if not inside.any():
            assert np.isnan([found.accuracy[i], found.confidence[i], found.low[i]]).all()
            continue
        filled += int(inside.sum())
        assert found.accuracy[i] == pytest.approx(scored.correct[inside].mean())
        assert found.confidence[i] == pytest.approx(scored.confidence[inside].mean())
        assert found.low[i] <= found.accuracy[i] + 1e-12
        gap += abs(found.accuracy[i] - found.confidence[i]) * inside.sum() / n
    assert filled == n
    assert found.ece == pytest.approx(gap)
    assert found.overconfidence == pytest.approx(scored.confidence.mean() - scored.correct.mean())


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, n=SIZES, thresholds=st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_a_threshold_answers_the_faces_that_reach_it(
    seed: int, n: int, thresholds: list[float]
) -> None:
    scored = random_comparison(seed, n).b
    found = threshold_effect(scored, thresholds)
    for i, threshold in enumerate(thresholds):
        answered = [k for k in range(n) if scored.confidence[k] >= threshold]
        right = [k for k in answered if scored.correct[k]]
        assert found.answered[i] == len(answered)
        assert found.refused[i] == n - len(answered)
        assert found.share[i] == len(answered) / n
        assert found.wrong_refused[i] == (~scored.correct).sum() - (len(answered) - len(right))
        if answered:
            assert found.accuracy[i] == len(right) / len(answered)
        else:
            assert np.isnan(found.accuracy[i])
