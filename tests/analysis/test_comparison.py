"""Scores of two models brought together: the same faces, the same expressions, nothing mixed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from clfer.analysis.comparison import compare
from clfer.analysis.scored import ScoredFaces
from clfer.errors import DataError
from clfer.expressions import EXPRESSIONS


def _scores(n: int = 40, classes: tuple[str, ...] = EXPRESSIONS, seed: int = 0) -> ScoredFaces:
    random = np.random.default_rng(seed)
    count = len(classes)
    return ScoredFaces(
        dataset="ferplus",
        split="valid",
        classes=classes,
        names=tuple(f"face{i}" for i in range(n)),
        digests=tuple(f"digest{i}" for i in range(n)),
        labels=np.arange(n) % count,
        logits=random.normal(size=(n, count)),
        embedding=random.normal(size=(n, 5)).astype(np.float32),
        epoch=3,
        attention=random.uniform(size=(n, 4)),
        attention_norm=random.uniform(size=(n, 4)),
        contributions=random.normal(size=(n, count, 4)),
        group_sizes=random.integers(0, 9, size=(n, 4, 4)),
    )


def test_scores_agree_with_scikit_learn() -> None:
    scores = _scores()
    assert scores.correct.mean() == accuracy_score(scores.labels, scores.logits.argmax(axis=1))
    np.testing.assert_allclose(scores.probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(scores.confidence, scores.probabilities.max(axis=1))


@given(st.permutations(range(40)))
def test_the_order_of_b_does_not_matter(order: list[int]) -> None:
    a, b = _scores(seed=1), _scores(seed=2)
    together, shuffled = compare(a, b), compare(a, b.subset(np.array(order)))
    assert shuffled.names == together.names
    np.testing.assert_array_equal(shuffled.b.logits, together.b.logits)
    np.testing.assert_array_equal(shuffled.b.labels, together.a.labels)


def test_only_shared_faces_and_expressions_are_compared() -> None:
    a = _scores(seed=1)
    b = _scores(n=30, classes=EXPRESSIONS[:7], seed=2)
    b = replace(b, labels=a.labels[:30] % 7)
    found = compare(a, b)
    assert found.classes == EXPRESSIONS[:7]
    assert set(found.names) == {f"face{i}" for i in range(30) if a.labels[i] < 7}
    assert found.a.logits.shape == found.b.logits.shape == (len(found), 7)
    assert found.a.contributions is not None
    assert found.a.contributions.shape == (len(found), 7, 4)
    for i, name in enumerate(found.names):
        row = a.names.index(name)
        np.testing.assert_array_equal(found.a.logits[i], a.logits[row, :7])
        assert found.classes[found.labels[i]] == EXPRESSIONS[a.labels[row]]


def test_what_cannot_be_compared_is_one_sentence() -> None:
    a = _scores()
    with pytest.raises(DataError, match="choose models scored on the same split"):
        compare(a, replace(a, split="train"))
    with pytest.raises(DataError, match="share no face"):
        compare(a, replace(a, names=tuple(f"other{i}" for i in range(40))))
    with pytest.raises(DataError, match="share no expression"):
        compare(_scores(classes=EXPRESSIONS[:3]), _scores(classes=EXPRESSIONS[3:]))
    with pytest.raises(DataError, match="'rage' is not among"):
        a.restricted(["neutral", "rage"])


def test_names_find_their_rows() -> None:
    found = compare(_scores(), _scores(seed=1))
    np.testing.assert_array_equal(found.indices_of(["face7", "nobody", "face2"]), [7, 2])
    assert found.subset(found.indices_of(["face7", "face2"])).names == ("face7", "face2")


def test_scores_survive_a_file() -> None:
    scores = replace(_scores(), attention=None)
    again = ScoredFaces.from_arrays(scores.as_arrays())
    assert again.names == scores.names
    assert (again.dataset, again.split, again.epoch) == ("ferplus", "valid", 3)
    assert again.attention is None
    np.testing.assert_array_equal(again.group_sizes, scores.group_sizes)
    np.testing.assert_array_equal(again.logits, scores.logits)
