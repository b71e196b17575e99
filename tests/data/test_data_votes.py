"""The FER+ vote rules against a literal transcription of the official script."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.data.votes import vote_labels
from clfer.errors import DataError

SMALL = st.lists(st.integers(0, 10), min_size=10, max_size=10)
SPARSE = st.lists(st.sampled_from([0, 0, 0, 0, 1, 2, 2, 3, 5]), min_size=10, max_size=10)


def official(row: list[int], mode: str) -> list[float] | None:
    """microsoft/FERPlus ``ferplus.py``, line by line; None where the image is dropped."""
    raw = [0.0 if v < 1.0 + 1e-12 else float(v) for v in row]
    total = sum(raw)
    unknown = [0.0] * 8 + [1.0, 0.0]
    emotion = [0.0] * 10
    if mode == "majority":
        top = max(raw)
        if top > 0.5 * total:
            emotion[raw.index(top)] = top
        else:
            emotion = unknown
    else:
        part, count, valid = 0.0, 0, True
        while part < 0.75 * total and count < 3 and valid:
            top = max(raw)
            for i in range(10):
                if raw[i] == top:
                    emotion[i] = top
                    raw[i] = 0
                    part += emotion[i]
                    count += 1
                    if i >= 8:
                        valid = False
                        if sum(emotion) > top:
                            emotion[i] = 0
                            count -= 1
                        break
        if sum(emotion) <= 0.5 * total or count > 3:
            emotion = unknown
    if int(np.argmax(emotion)) >= 8:
        return None
    return [v / sum(emotion[:8]) for v in emotion[:8]]


@settings(max_examples=150, deadline=None)
@given(st.lists(SMALL | SPARSE, min_size=1, max_size=20))
def test_votes_become_the_labels_of_the_official_script(rows: list[list[int]]) -> None:
    votes = np.array(rows, dtype=np.int64)
    for mode in ("majority", "crossentropy", "probability"):
        labels, targets = vote_labels(votes, mode)
        for i, row in enumerate(rows):
            want = official(row, mode)
            assert labels[i] == (-1 if want is None else int(np.argmax(want)))
            if targets is not None:
                np.testing.assert_allclose(targets[i], want or [0.0] * 8, atol=1e-6)


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ((5, 5, 0, 0, 0, 0, 0, 0, 0, 0), -1),
        ((5, 4, 0, 0, 0, 0, 0, 0, 0, 0), 0),
        ((5, 4, 1, 0, 0, 0, 0, 0, 0, 0), 0),
        ((5, 3, 0, 0, 0, 0, 0, 0, 2, 0), -1),
        ((1, 1, 1, 1, 1, 1, 1, 1, 1, 1), -1),
        ((0, 0, 0, 0, 0, 0, 0, 2, 0, 8), -1),
    ],
)
def test_majority_needs_more_than_half_of_what_remains(row: tuple[int, ...], label: int) -> None:
    assert vote_labels(np.array([row]), "majority")[0].tolist() == [label]


@pytest.mark.parametrize(
    ("row", "target"),
    [
        ((6, 2, 0, 0, 0, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0, 0, 0)),
        ((5, 3, 0, 0, 0, 0, 0, 0, 0, 0), (0.625, 0.375, 0, 0, 0, 0, 0, 0)),
        ((4, 0, 2, 0, 0, 0, 0, 0, 3, 0), (0,) * 8),
        ((2, 2, 2, 2, 0, 0, 0, 0, 0, 0), (0,) * 8),
        ((5, 0, 2, 0, 0, 0, 0, 0, 0, 2), (0.5 / 0.7, 0, 0.2 / 0.7, 0, 0, 0, 0, 0)),
    ],
)
def test_soft_labels_cover_three_quarters_of_the_votes(
    row: tuple[int, ...], target: tuple[float, ...]
) -> None:
    _, targets = vote_labels(np.array([row]), "crossentropy")
    assert targets is not None
    np.testing.assert_allclose(targets[0], target, rtol=1e-6)
    np.testing.assert_allclose(targets[0], official(list(row), "crossentropy") or [0] * 8)


def test_unknown_mode_is_named() -> None:
    with pytest.raises(DataError, match=r"'mean'.*majority"):
        vote_labels(np.zeros((1, 10), np.int64), "mean")
