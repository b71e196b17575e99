"""Figures over epochs draw the histories they are given."""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clfer.analysis.curves import checkpoint_curve
from clfer.analysis.histories import History, compared
from clfer.analysis.shallow_gain import shallow_gain
from clfer.figures.epoch_axis import LINE_GAP, EpochMarks
from clfer.figures.intensity_groups import group_history
from clfer.figures.intensity_history import block_history, ratio_history
from clfer.figures.label_spread import spread
from clfer.figures.learning_curves import learning_curves
from clfer.models.card import read_card

MARKS = EpochMarks({"A": 3, "B": 3}, (1, 3, 6))


@pytest.fixture(scope="module")
def histories(pair_folder: Path) -> tuple[History, ...]:
    """Both tiny models."""
    folders = [pair_folder / name for name in ("ferplus-baseline", "ferplus-ours")]
    a, b = (checkpoint_curve(folder, read_card(folder)) for folder in folders)
    return compared(a, b)


def _line(figure: go.Figure, name: str) -> go.Scatter:
    return next(trace for trace in figure.data if trace.name == name)


def test_every_block_of_every_model_is_drawn_with_its_numbers(
    histories: tuple[History, ...],
) -> None:
    chart = block_history(histories, None, "rms", "joint", MARKS, "light")
    for history in histories:
        for j in range(1, 5):
            line = _line(chart.figure, f"Model {history.letter}, block {j}")
            np.testing.assert_allclose(line.y, history.mean[f"rms_joint_{j}"])
            np.testing.assert_array_equal(line.x, history.epochs)
            np.testing.assert_array_equal(line.customdata, history.epochs)
    ranges = {tuple(axis.range) for axis in (chart.figure.layout.yaxis, chart.figure.layout.yaxis2)}
    assert len(ranges) == 1  # A and B on one scale
    assert len(chart.table) == 2 * 4 * len(histories[0].epochs)


def test_kept_epochs_are_filled_and_the_chosen_one_is_a_line(
    histories: tuple[History, ...],
) -> None:
    for chart in (
        block_history(histories, None, "grad", "cls", MARKS, "dark"),
        ratio_history(histories, None, "grad", "cls", MARKS, "dark", narrow=True),
        group_history(histories, 2, "cls", MARKS, "light"),
        learning_curves(histories, MARKS, "light"),
    ):
        chosen = [s for s in chart.figure.layout.shapes if s.name == "chosen epoch"]
        panels = {trace.xaxis for trace in chart.figure.data}
        assert len(chosen) == len(panels)
        assert {shape.x0 for shape in chosen} == {3}
        for line in chart.figure.data:
            filled = [colour == line.line.color for colour in line.marker.color]
            assert filled == [epoch in MARKS.kept for epoch in line.x]
        assert {s.x0 for s in chart.figure.layout.shapes if s.name == "change of side"} == {4.5}


def test_own_epochs_of_two_models_are_told_apart(histories: tuple[History, ...]) -> None:
    marks = EpochMarks({"A": 3, "B": 6}, ())
    chart = learning_curves(histories, marks, "light")
    notes = [note.text for note in chart.figure.layout.annotations]
    assert any("A epoch 3" in note for note in notes)
    assert any("B epoch 6" in note for note in notes)


def test_the_finding_compares_b_with_a_and_says_what_fig_5_claims(
    histories: tuple[History, ...],
) -> None:
    a, b = histories
    lowered = b.mean.copy()
    lowered[["grad_cls_1", "grad_cls_4"]] *= [0.5, 0.25]
    raised = b.mean.copy()
    raised["grad_cls_1"] *= 3
    for mean, words in ((lowered, "unlike in Fig. 5a"), (raised, "learns harder, as in Fig. 5a")):
        other = History("B", b.method, b.names, mean, mean, mean, "none", b.phases)
        gain = shallow_gain(a, other, "grad_cls")
        chart = block_history((a, other), gain, "grad", "cls", MARKS, "light")
        assert words in chart.alt


@given(
    wanted=st.lists(st.floats(0, 250), min_size=1, max_size=12),
)
def test_labels_keep_their_order_and_their_gap(wanted: list[float]) -> None:
    positions = np.array(wanted)
    moved = spread(positions, LINE_GAP, 250)
    order = np.argsort(positions, kind="stable")
    assert (np.diff(moved[order]) >= LINE_GAP - 1e-6).all()
    assert moved.min() >= -1e-6
    assert moved.max() <= 250 + 1e-6


def test_labels_that_have_room_stay_where_they_are() -> None:
    positions = np.array([200.0, 20.0, 100.0])
    np.testing.assert_allclose(spread(positions, LINE_GAP, 250), positions)
