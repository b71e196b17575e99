"""Confusion matrices and the faces behind their cells, against loops over the faces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_comparison import CLASSES, random_comparison
from sklearn.metrics import confusion_matrix

from clfer.analysis.comparison import Comparison
from clfer.analysis.confusion import (
    Cell,
    Measure,
    cell_faces,
    cells,
    confusions,
    largest_change,
    normalised,
)

SEEDS = st.integers(0, 10_000)
SIZES = st.integers(1, 60)
PARTS = ("fixed", "broken", "wrong", "right")


def _said(comparison: Comparison) -> list[tuple[str, str, str]]:
    names = comparison.classes
    triples = zip(comparison.labels, comparison.a.predicted, comparison.b.predicted, strict=True)
    return [(names[true], names[a], names[b]) for true, a, b in triples]


def _behind(said: list[tuple[str, str, str]], cell: Cell) -> dict[str, set[int]]:
    """The four parts of a cell, face by face, straight from their definition."""
    parts: dict[str, set[int]] = {name: set() for name in PARTS}
    for i, (true, a, b) in enumerate(said):
        inside = {
            "A": a == cell.predicted,
            "B": b == cell.predicted,
            "diff": (a == cell.predicted) != (b == cell.predicted),
        }[cell.matrix]
        if true != cell.true or not inside:
            continue
        if a != true:
            parts["fixed" if b == true else "wrong"].add(i)
        else:
            parts["right" if b == true else "broken"].add(i)
    return parts


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, n=SIZES)
def test_matrices_are_those_of_scikit_learn_and_their_difference_keeps_every_face(
    seed: int, n: int
) -> None:
    comparison = random_comparison(seed, n)
    found = confusions(comparison)
    for model, counts in ((comparison.a, found.a), (comparison.b, found.b)):
        known = range(len(CLASSES))
        expected = confusion_matrix(comparison.labels, model.predicted, labels=known)
        np.testing.assert_array_equal(counts, expected)
    assert (found.counts("diff").sum(axis=1) == 0).all()
    np.testing.assert_array_equal(found.values("diff", "counts"), found.b - found.a)


@pytest.mark.parametrize(("measure", "axis"), [("rows", 1), ("columns", 0)])
def test_percentages_are_of_the_row_or_column_and_undefined_where_it_is_empty(
    measure: Measure, axis: int
) -> None:
    counts = np.array([[8, 2, 0], [1, 4, 0], [0, 0, 0]])
    percent = normalised(counts, measure)
    np.testing.assert_allclose(percent.sum(axis=axis)[:2], 100)
    assert np.isnan(np.moveaxis(percent, axis, 1)[2]).all()
    assert percent[0, 0] == pytest.approx(80 if measure == "rows" else 100 * 8 / 9)


def test_the_difference_of_percentages_is_in_points() -> None:
    found = confusions(random_comparison(4))
    expected = 100 * found.b / found.b.sum(axis=0) - 100 * found.a / found.a.sum(axis=0)
    np.testing.assert_allclose(found.values("diff", "columns"), expected)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, n=SIZES)
def test_the_faces_behind_every_cell_are_those_of_the_definition(seed: int, n: int) -> None:
    comparison = random_comparison(seed, n)
    said, found = _said(comparison), confusions(comparison)
    for cell in cells(comparison.classes).values():
        behind, expected = cell_faces(comparison, cell), _behind(said, cell)
        for part in PARTS:
            assert set(getattr(behind, part).tolist()) == expected[part]
        row, column = (CLASSES.index(name) for name in (cell.true, cell.predicted))
        if cell.matrix != "diff":
            assert len(behind) == found.counts(cell.matrix)[row, column]


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, n=SIZES)
def test_the_cells_of_a_model_share_out_all_faces(seed: int, n: int) -> None:
    comparison = random_comparison(seed, n)
    for matrix in ("A", "B"):
        own = [cell for cell in cells(CLASSES).values() if cell.matrix == matrix]
        drawn = np.concatenate([cell_faces(comparison, cell).indices for cell in own])
        assert sorted(drawn.tolist()) == list(range(n))


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_the_order_of_the_faces_changes_nothing(seed: int) -> None:
    comparison = random_comparison(seed, 40)
    shuffled = comparison.subset(np.random.default_rng(seed).permutation(40))
    before, after = confusions(comparison), confusions(shuffled)
    np.testing.assert_array_equal(before.a, after.a)
    np.testing.assert_array_equal(before.b, after.b)
    assert largest_change(before) == largest_change(after)
    cell = largest_change(before)
    for part in PARTS:
        assert [comparison.names[i] for i in getattr(cell_faces(comparison, cell), part)] == [
            shuffled.names[i] for i in getattr(cell_faces(shuffled, cell), part)
        ]


def test_the_faces_that_changed_most_come_first() -> None:
    comparison = random_comparison(1)
    behind = cell_faces(comparison, Cell("A", "neutral", "neutral"))
    change = np.abs(comparison.b.probabilities - comparison.a.probabilities)[:, 0]
    for part in ("broken", "right"):
        shift = change[getattr(behind, part)]
        assert len(shift) > 1
        assert (np.diff(shift) <= 0).all()


def test_the_first_cell_shown_is_the_confusion_that_changes_most() -> None:
    found = confusions(random_comparison(3))
    cell = largest_change(found)
    row, column = CLASSES.index(cell.true), CLASSES.index(cell.predicted)
    change = np.abs(found.b - found.a)[~np.eye(len(CLASSES), dtype=bool)]
    assert cell.matrix == "diff"
    assert cell.true != cell.predicted
    assert abs(found.b - found.a)[row, column] == change.max() > 0


def test_cells_have_addresses() -> None:
    found = cells(CLASSES)
    assert len(found) == 3 * len(CLASSES) ** 2
    assert found["B-neutral-sadness"] == Cell("B", "neutral", "sadness")
    assert all(cell.address == address for address, cell in found.items())
