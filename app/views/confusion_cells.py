"""The three confusion matrices, and the faces behind the cell that was clicked or named."""

from typing import cast

import streamlit as st

import folders
import selection
import state
from clfer.analysis.comparison import Comparison
from clfer.analysis.confusion import (
    MATRICES,
    Cell,
    CellFaces,
    Confusions,
    Measure,
    cell_faces,
    cells,
    confusions,
    largest_change,
)
from clfer.analysis.per_class import overall
from clfer.figures.confusion import confusion_matrices
from clfer.figures.confusion_words import (
    TITLES,
    face_captions,
    overall_line,
    parts_sentence,
    why_picked,
)
from components import chart, gallery, require, section
from selection import Selection
from state import theme

CHART = "confusion"
MATRIX, TRUE, PREDICTED = "confusion.matrix", "confusion.true", "confusion.predicted"

MEASURES = {"counts": "Faces", "rows": "% of true", "columns": "% of predicted"}

PARTS = (
    ("fixed", "Fixed", "A is wrong, B is right."),
    ("broken", "Broken", "A is right, B is wrong."),
    ("wrong", "Wrong in both", "Neither finds the true expression."),
    ("right", "Right in both", "Both find the true expression."),
)


@state.fragment
def render(chosen: Selection, comparison: Comparison) -> None:
    """Draw both cards; their controls redraw nothing else."""
    if folders.root(chosen.dataset) != chosen.root:
        st.rerun()  # the folder was named inside this fragment: the frame shall know it too
    matrices = confusions(comparison)
    known = cells(comparison.classes)
    cell = known[state.adopt(state.CELL, list(known), largest_change(matrices).address)]
    with st.container(key="card-matrices", border=True):
        _matrices(chosen, comparison, matrices, cell)
    with st.container(key="card-cell", border=True):
        _controls(comparison, cell)
        behind = cell_faces(comparison, cell)
        section.title(
            f"{TITLES[cell.matrix]}: {why_picked(cell)}",
            f"{parts_sentence(behind)} {_picked(cell)}",
        )
        _faces(chosen, comparison, cell, behind)


def _matrices(chosen: Selection, comparison: Comparison, matrices: Confusions, cell: Cell) -> None:
    def clicked() -> None:
        addresses = chart.selected(st.session_state[f"plot-{CHART}"])
        if addresses:
            _choose(comparison, cells(comparison.classes)[addresses[0]])

    with st.container(key="confusion-head", horizontal=True, vertical_alignment="bottom"):
        section.title("Confusion matrices", "Click a cell to see the faces behind it.")
        state.adopt(state.CONFUSION_MEASURE, list(MEASURES), "rows")
        measure = st.segmented_control(
            "Numbers",
            list(MEASURES),
            key=state.CONFUSION_MEASURE,
            required=True,
            format_func=lambda name: MEASURES[name],
            width="content",
        )
    for side, scored in zip(require.SIDES, (comparison.a, comparison.b), strict=True):
        title, line = chosen.model(side).card.title, overall_line(overall(scored))
        section.model_line(side, title, "" if state.narrow() else line)
        if state.narrow():
            section.hint(line)
    shown = cast(Measure, measure)
    drawn = confusion_matrices(matrices, shown, theme(), cell, narrow=state.narrow())
    chart.show(drawn, CHART, select="points", on_select=clicked)


def _controls(comparison: Comparison, cell: Cell) -> None:
    """The cell by name, in step with the click."""

    def named() -> None:
        words = (st.session_state[key] for key in (MATRIX, TRUE, PREDICTED))
        _choose(comparison, Cell(*words))

    fields = (
        (MATRIX, "Matrix", MATRICES, cell.matrix, lambda name: TITLES[name]),
        (TRUE, "True expression", comparison.classes, cell.true, str.capitalize),
        (PREDICTED, "Predicted expression", comparison.classes, cell.predicted, str.capitalize),
    )
    with st.container(key="confusion-cell-controls", horizontal=True):
        for key, label, options, value, words in fields:
            st.session_state[key] = value
            st.selectbox(label, options, key=key, on_change=named, format_func=words, width=190)


def _choose(comparison: Comparison, cell: Cell) -> None:
    """Make a cell the one shown, and its faces those of the other views."""
    st.session_state[state.CELL] = cell.address
    names = [comparison.names[i] for i in cell_faces(comparison, cell).indices]
    selection.pick(names, why_picked(cell))
    state.share()


def _picked(cell: Cell) -> str:
    picked = selection.picked() and selection.picked_why() == why_picked(cell)
    return "They are picked in the other views." if picked else ""


def _faces(chosen: Selection, comparison: Comparison, cell: Cell, behind: CellFaces) -> None:
    if not len(behind):
        section.hint("Click another cell, or name one above.")
        return
    pixels = require.faces(chosen, "to see the faces behind this cell")
    for field, title, meaning in PARTS:
        indices = getattr(behind, field)
        if not len(indices):
            continue
        section.title(f"{title} · {len(indices):,}", meaning)
        names = [comparison.names[i] for i in indices]
        gallery.show(pixels, names, face_captions(comparison, indices), f"confusion-{field}")
