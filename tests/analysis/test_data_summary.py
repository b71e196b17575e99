"""Class balance, votes and twins against slow, obvious loops."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clfer.analysis.data_summary import (
    class_balance,
    draw_sample,
    entropy_bits,
    vote_ambiguity,
)
from clfer.analysis.twins import twin_pairs

LABELS = hnp.arrays(np.int64, st.integers(1, 60), elements=st.integers(0, 4))
CLASSES = ("neutral", "happiness", "surprise", "sadness", "anger")


@settings(max_examples=60, deadline=None)
@given(LABELS, LABELS)
def test_class_balance_against_loops(train: np.ndarray, valid: np.ndarray) -> None:
    balance = class_balance(CLASSES, {"train": train, "valid": valid})
    for row, values in enumerate((train, valid)):
        counts = [sum(1 for v in values if v == c) for c in range(5)]
        assert balance.counts[row].tolist() == counts
        assert balance.totals[row] == len(values)
        assert balance.imbalance[row] == pytest.approx(
            max(counts) / min(c for c in counts if c > 0)
        )
        entropy = -sum(c / len(values) * math.log(c / len(values)) for c in counts if c)
        assert balance.effective_classes[row] == pytest.approx(math.exp(entropy))
        absent = tuple(name for name, count in zip(CLASSES, counts, strict=True) if count == 0)
        assert balance.absent(balance.splits[row]) == absent


def test_balanced_classes_are_all_effective() -> None:
    balance = class_balance(CLASSES, {"train": np.arange(50) % 5, "valid": np.zeros(3, np.int64)})
    assert balance.effective_classes.tolist() == pytest.approx([5, 1])
    assert balance.imbalance.tolist() == [1, 1]


def test_balance_in_words() -> None:
    labels = np.repeat([0, 1, 2, 3], [12, 3, 1, 4])
    balance = class_balance(CLASSES, {"train": labels, "valid": np.arange(10) % 5})
    words = balance.in_words("train")
    for part in ("12 times", "neutral (12)", "surprise (1)", "of 5", "no face of anger"):
        assert part in words
    assert balance.in_words("valid") == "valid: all 5 expressions have 2 faces each."


@settings(max_examples=60, deadline=None)
@given(LABELS, st.integers(1, 6), st.integers(0, 3))
def test_sample_holds_faces_of_its_class_once(
    labels: np.ndarray, per_class: int, seed: int
) -> None:
    drawn = draw_sample(labels, range(5), per_class, seed)
    assert len(set(drawn.tolist())) == len(drawn)
    expected = [c for c in range(5) for _ in range(min(per_class, int((labels == c).sum())))]
    assert labels[drawn].tolist() == expected
    alone = draw_sample(labels, [2], per_class, seed)
    assert alone.tolist() == [i for i in drawn.tolist() if labels[i] == 2]


def test_another_seed_draws_other_faces() -> None:
    labels = np.zeros(200, dtype=np.int64)
    draws = [draw_sample(labels, [0], 8, seed).tolist() for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_entropy_of_votes_by_hand() -> None:
    votes = np.array(
        [
            [10, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            [4, 4, 0, 0, 0, 0, 0, 0, 0, 0],
            [0, 6, 1, 0, 2, 0, 0, 0, 0, 0],
            [2, 2, 2, 2, 0, 0, 0, 0, 0, 0],
        ]
    )
    found = vote_ambiguity(("a", "b", "c", "d"), votes, ("d", "a", "c", "b"))
    quarter = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    assert found.entropy.tolist() == pytest.approx([2, 0, quarter, 1])
    assert [found.names[i] for i in found.ranked()] == ["d", "b", "c", "a"]
    part = vote_ambiguity(("a", "b", "c", "d"), votes, ("a", "c"))
    assert "On 1 of 2 faces" in part.in_words()
    assert "leaves out 2 more" in part.in_words()
    assert found.spoken(2) == "happiness 6, anger 2, surprise 1"
    assert found.spoken(1) == "neutral 10"


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.int64, (5, 10), elements=st.integers(0, 10)))
def test_entropy_against_a_loop(counts: np.ndarray) -> None:
    total = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(total, 1)
    for row, bits in zip(shares, entropy_bits(shares), strict=True):
        assert bits == pytest.approx(-sum(p * math.log2(p) for p in row if p > 0))
        assert 0 <= bits <= math.log2(10) + 1e-12


FACES = st.lists(st.tuples(st.sampled_from("pqrstu") | st.just(""), st.integers(0, 2)), max_size=40)


@settings(max_examples=80, deadline=None)
@given(FACES, st.integers(0, 40))
def test_twins_against_a_double_loop(faces: list[tuple[str, int]], cut: int) -> None:
    digests = [digest for digest, _ in faces]
    labels = np.array([label for _, label in faces], dtype=np.int64)
    splits = ["train" if i < cut else "valid" for i in range(len(faces))]
    want = []
    for later, digest in enumerate(digests):
        for earlier in range(later):
            if digest and digests[earlier] == digest:
                row = (splits[earlier] != splits[later], labels[earlier] != labels[later])
                want.append((earlier, later, *map(bool, row)))
                break
    twins = twin_pairs(digests, splits, labels)
    parts = (twins.first, twins.second, twins.across, twins.conflict)
    assert [*zip(*(part.tolist() for part in parts), strict=True)] == want
    earlier_split = set(digests[:cut]) - {""}
    assert twins.across.sum() == sum(d in earlier_split for d in digests[cut:])

    members = np.array([split == "valid" for split in splits], dtype=bool)
    kept = twins.touching(members)
    assert kept.second.tolist() == [later for first, later, *_ in want if later >= cut]
    ordered = twins.conflicts_first()
    assert sorted(ordered.second.tolist()) == twins.second.tolist()
    assert ordered.conflict.tolist() == sorted(twins.conflict.tolist(), reverse=True)
