"""Leave one layer out: what is left, which decisions flip, and the faces behind a cell."""

import streamlit as st

import state
from clfer.analysis.layer_ablation import LayerAblation, layer_ablation
from clfer.analysis.scored import ScoredFaces
from clfer.data.faceset import FaceSet
from clfer.figures.attention_words import ablation_captions, ablation_sentence
from clfer.figures.layer_ablation import ablation_bars, accuracy_limits
from clfer.figures.layer_cells import (
    LayerCell,
    change_limit,
    layer_cells,
    recall_cells,
    worst_cell,
)
from clfer.figures.theme import palette
from clfer.sides import Side
from components import chart, gallery, section
from state import theme
from views.attention_models import Attentive

SHOWN, SHOWN_NARROW = 24, 12
"""Faces of a cell before a click on "Show more"."""


def render(models: list[Attentive], pixels: FaceSet | None, words: str) -> None:
    """Draw the card; a click on a cell redraws nothing else."""
    found = {model.side: layer_ablation(model.scores) for model in models}
    _card(models, found, _chosen(found), pixels, words)


@state.fragment
def _card(
    models: list[Attentive],
    found: dict[Side, LayerAblation],
    opened: LayerCell,
    pixels: FaceSet | None,
    words: str,
) -> None:
    """Draw it; ``opened`` is the cell at the last run of the whole page."""
    cell = _chosen(found)
    with st.container(key="card-layer-ablation", border=True):
        section.title(
            "Leave one layer out",
            "Click a cell to see the faces of that expression whose decision needs that block.",
        )
        if len(models) == 1:
            section.model_line(models[0].side, models[0].title)
            left, right = st.columns(2, gap="medium")
            with left:
                _bars(found, models[0].side, words)
            with right:
                # The browser moves the frame itself as long as the figure stays the same.
                _cells(found, models[0].side, opened)
        else:
            for column, model in zip(st.columns(2), models, strict=True):
                with column:
                    section.model_line(model.side, model.title)
                    _bars(found, model.side, words)
                    _cells(found, model.side, cell)
        scores = next(model.scores for model in models if model.side == cell.side)
        _faces(found[cell.side], cell, scores, pixels)


def _chosen(found: dict[Side, LayerAblation]) -> LayerCell:
    """The cell that was clicked, or the one whose recall falls most."""
    cells = {c.address: c for side, ablation in found.items() for c in layer_cells(ablation, side)}
    side, ablation = list(found.items())[-1]
    start = worst_cell(ablation, side).address
    return cells[state.adopt(state.ATTENTION_CELL, list(cells), start)]


def _bars(found: dict[Side, LayerAblation], side: Side, words: str) -> None:
    limits = accuracy_limits(list(found.values()))
    bars = ablation_bars(found[side], words, theme(), side, limits, narrow=state.narrow())
    chart.show(bars, f"layer-ablation-{side}")


def _cells(found: dict[Side, LayerAblation], side: Side, cell: LayerCell) -> None:
    key = f"layer-cells-{side}"

    def clicked() -> None:
        addresses = chart.selected(st.session_state[f"plot-{key}"])
        if addresses:
            st.session_state[state.ATTENTION_CELL] = addresses[0]

    largest = change_limit(list(found.values()))
    cells = recall_cells(found[side], theme(), side, largest, cell, narrow=state.narrow())
    chart.show(cells, key, select="points", on_select=clicked)


def _faces(
    ablation: LayerAblation, cell: LayerCell, scores: ScoredFaces, pixels: FaceSet | None
) -> None:
    layer, expression = cell.layer - 1, ablation.classes.index(cell.expression)
    section.title(cell.words, ablation_sentence(ablation, layer, expression))
    behind = ablation.faces(layer, expression)
    if len(behind):
        gallery.show(
            pixels,
            [scores.names[i] for i in behind],
            ablation_captions(ablation, layer, behind.tolist()),
            "layer-ablation",
            limit=SHOWN_NARROW if state.narrow() else SHOWN,
            colours=[
                palette(theme()).expression(ablation.classes[k])
                for k in ablation.without[layer][behind]
            ],
        )
