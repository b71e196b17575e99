"""The rule for an expression that training lacked, against a slow reference."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_comparison import CLASSES, random_comparison

from clfer.analysis.unseen import predicted_by_rule, unseen_accuracy
from clfer.errors import DataError
from clfer.expressions import UNKNOWN_THRESHOLD


@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 40),
    threshold=st.floats(0, 1),
    expression=st.sampled_from(CLASSES),
)
def test_both_accuracies_are_those_of_a_loop(seed, n, threshold, expression) -> None:
    scored = random_comparison(seed, n, skill=0.8).a
    found = unseen_accuracy(scored, expression, threshold)
    removed = CLASSES.index(expression)
    correct = correct_by_rule = recovered = recovered_by_rule = ruled = shown = 0
    for row, label in zip(scored.logits.tolist(), scored.labels.tolist(), strict=True):
        total = sum(exp(value - max(row)) for value in row)
        top = row.index(max(row))
        speaks = 1 / total < threshold
        answer = removed if speaks else top
        ruled += speaks
        correct += top == label
        correct_by_rule += answer == label
        if label == removed:
            shown += 1
            recovered += top == label
            recovered_by_rule += answer == label
    assert (found.n, found.n_expression, found.ruled) == (n, shown, ruled)
    assert (found.correct, found.correct_by_rule) == (correct, correct_by_rule)
    assert (found.found, found.found_by_rule) == (recovered, recovered_by_rule)
    assert found.accuracy == correct / n
    assert found.accuracy_by_rule == correct_by_rule / n
    assert found.interval[0] <= found.accuracy <= found.interval[1]
    assert found.interval_by_rule[0] <= found.accuracy_by_rule <= found.interval_by_rule[1]


def test_the_paper_asks_for_less_than_a_quarter() -> None:
    even = np.zeros((1, 4))
    assert UNKNOWN_THRESHOLD == 0.25
    assert predicted_by_rule(even, 2).tolist() == [0]
    assert predicted_by_rule(np.zeros((1, 5)), 2).tolist() == [2]
    assert predicted_by_rule(np.zeros((1, 5)), 2, threshold=0).tolist() == [0]


def test_the_rule_finds_faces_that_training_could_not_teach() -> None:
    scored = random_comparison(0, 40).a
    flat = np.where((scored.labels == 2)[:, None], 0.01 * scored.logits, 9 * scored.logits)
    flat[:, 2] = flat.min() - 5
    found = unseen_accuracy(replace(scored, logits=flat), "surprise", threshold=0.3)
    assert found.found == 0
    assert found.found_by_rule == found.n_expression > 0
    assert found.accuracy_by_rule > found.accuracy


def test_an_expression_that_the_model_does_not_know_is_refused() -> None:
    with pytest.raises(DataError, match="'contempt' is not among neutral"):
        unseen_accuracy(random_comparison(0, 5).a, "contempt")
