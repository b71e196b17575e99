"""Scores against scikit-learn and slow loops; shared classes; twins in the training split."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from sklearn import metrics as reference

from clfer.analysis.evaluate import evaluate
from clfer.analysis.metrics import (
    accuracy,
    confusion_matrix,
    expected_calibration_error,
    macro_f1,
    mean_class_accuracy,
    wilson_interval,
)
from clfer.analysis.outputs import run_network
from clfer.data.faceset import FaceSet
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS, EXPRESSIONS

KEYS = {
    "n",
    "accuracy",
    "mean_class_accuracy",
    "macro_f1",
    "ece",
    "classes",
    "confusion",
    "n_deduplicated",
    "accuracy_deduplicated",
}


@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_scikit_learns(seed):
    logits, labels = _random_case(seed)
    predicted = logits.argmax(axis=1)
    confusion = confusion_matrix(logits, labels)
    np.testing.assert_array_equal(
        confusion, reference.confusion_matrix(labels, predicted, labels=range(8))
    )
    assert accuracy(confusion) == pytest.approx(reference.accuracy_score(labels, predicted))
    recall = reference.recall_score(labels, predicted, labels=np.unique(labels), average="macro")
    assert mean_class_accuracy(confusion) == pytest.approx(recall)
    f1 = reference.f1_score(labels, predicted, average="macro")
    assert macro_f1(confusion) == pytest.approx(f1)


@pytest.mark.parametrize("seed", range(5))
def test_the_calibration_error_equals_a_slow_loop(seed):
    logits, labels = _random_case(seed)
    probabilities = torch.from_numpy(logits).softmax(-1).numpy()
    total = 0.0
    for low in np.arange(15) / 15:
        inside = [
            (p.max(), int(p.argmax() == y))
            for p, y in zip(probabilities, labels, strict=True)
            if low < p.max() <= low + 1 / 15
        ]
        if inside:
            confidence, correct = np.mean(inside, axis=0)
            total += len(inside) / len(labels) * abs(confidence - correct)
    assert expected_calibration_error(logits, labels) == pytest.approx(total)


def test_a_sure_and_always_right_model_has_no_calibration_error():
    logits, labels = 900 * np.eye(8), np.arange(8)
    assert expected_calibration_error(logits, labels) == 0
    assert expected_calibration_error(logits, (labels + 1) % 8) == 1


@pytest.mark.parametrize(("successes", "n"), [(0, 5), (5, 5), (2640, 3191), (1, 2)])
def test_the_interval_is_wilsons(successes, n):
    expected = binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson_interval(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_an_evaluation_has_the_promised_keys_and_numbers(either, crops):
    faces = _faces(crops, BASIC_EXPRESSIONS, [0, 1, 2, 3, 4, 5, 6, 0])
    seen = []
    found = evaluate(either, faces, batch=3, progress=lambda *done: seen.append(done))
    assert found.as_json().keys() >= KEYS
    predicted = run_network(either, crops).logits.argmax(axis=1)
    assert found.accuracy == pytest.approx((predicted == faces.labels).mean())
    assert found.n == 8
    assert found.confusion.sum() == 8
    assert found.n_deduplicated is found.accuracy_deduplicated is None
    assert seen == [(3, 8), (6, 8), (8, 8)]


def test_eight_classes_are_scored_on_seven(make_checkpoint, crops):
    """The data set has another order, lacks contempt, and knows one class the model does not."""
    model = make_checkpoint(classes=EXPRESSIONS)
    classes = ("anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
    faces = _faces(crops, classes, [0, 1, 2, 3, 4, 5, 6, 7])
    found = evaluate(model, faces)
    assert found.classes == BASIC_EXPRESSIONS
    assert (found.n, found.n_left_out) == (7, 1)
    logits = run_network(model, crops).logits
    expected = np.zeros((7, 7), int)
    for i in (0, 2, 3, 4, 5, 6, 7):
        scores = dict(zip(EXPRESSIONS, logits[i], strict=True))
        del scores["contempt"]
        guess = max(scores, key=scores.get)
        expected[BASIC_EXPRESSIONS.index(classes[i]), BASIC_EXPRESSIONS.index(guess)] += 1
    np.testing.assert_array_equal(found.confusion, expected)


def test_a_small_model_in_its_own_order_is_scored_on_a_larger_set(make_checkpoint, crops):
    """Cross-data the other way round: the model lacks classes of the data set."""
    own = ("surprise", "contempt", "neutral", "happiness")
    model = make_checkpoint(classes=own)
    labels = [0, 1, 2, 3, 4, 0, 1, 2]
    found = evaluate(model, _faces(crops, BASIC_EXPRESSIONS, labels))
    assert found.classes == ("neutral", "happiness", "surprise")
    assert (found.n, found.n_left_out) == (6, 2)
    logits = run_network(model, crops).logits
    expected = np.zeros((3, 3), int)
    for row, label in zip(logits, labels, strict=True):
        if label < 3:
            scores = {name: row[own.index(name)] for name in found.classes}
            expected[label, found.classes.index(max(scores, key=scores.get))] += 1
    np.testing.assert_array_equal(found.confusion, expected)


def test_faces_with_a_twin_in_training_are_left_out(ours, crops):
    predicted = run_network(ours, crops).logits.argmax(axis=1)
    labels = predicted.copy()
    labels[:3] = (labels[:3] + 1) % 7
    faces = _faces(crops, BASIC_EXPRESSIONS, labels)
    training = replace(faces, digests=("d0", "d1", "d7", "x", "x", "x", "x", "x"))
    found = evaluate(ours, faces, duplicates_of=training)
    assert found.accuracy == pytest.approx(5 / 8)
    assert found.n_deduplicated == 5
    assert found.accuracy_deduplicated == pytest.approx(4 / 5)
    everything = evaluate(ours, faces, duplicates_of=faces)
    assert (everything.n_deduplicated, everything.accuracy_deduplicated) == (0, None)


def test_nothing_in_common_is_refused(ours, crops):
    with pytest.raises(DataError, match="share no expression"):
        evaluate(ours, _faces(crops, ("boredom", "calm"), [0] * 8))
    with pytest.raises(DataError, match="valid split of synthetic"):
        evaluate(ours, _faces(crops, ("boredom", "neutral"), [0] * 8))


def _random_case(seed: int):
    """Logits and labels of 200 faces in which class 7 never occurs."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 7, 200)
    logits = random.normal(size=(200, 8)) * random.uniform(0.1, 6)
    logits[np.arange(100), labels[:100]] += 3
    logits[:, 7] -= 100 * (seed % 2)
    return logits, labels


def _faces(images, classes, labels) -> FaceSet:
    names = tuple(f"d{i}" for i in range(len(images)))
    labels = np.asarray(labels, dtype=np.int64)
    return FaceSet("synthetic", "valid", classes, images, labels, names, names)
