"""Cards of the Learning intensity view: blocks, shallow against deep, faces, one block inside."""

from collections.abc import Sequence

import streamlit as st

import state
from clfer.analysis.histories import History
from clfer.analysis.intensity_summary import IntensitySummary, Loss
from clfer.analysis.shallow_gain import ShallowGain, shallow_gain
from clfer.figures.chart import Chart
from clfer.figures.intensity_distribution import block_distribution
from clfer.figures.intensity_expressions import expression_distribution
from clfer.figures.intensity_groups import group_history
from clfer.figures.intensity_history import block_history, ratio_history
from clfer.sides import Side
from components import chart, require, section
from selection import Selection
from views import learning_intensity_epoch as epochs
from views import learning_intensity_faces

LOSSES: dict[str, Loss] = {"Classification loss": "cls", "Joint loss": "joint"}
MEASURES = {"Norm": "grad", "RMS per element": "rms"}


@state.fragment
def render(chosen: Selection, histories: Sequence[History]) -> None:
    """Draw the cards; the loss and the measure redraw them, and nothing else.

    Args:
        chosen: The shared selection.
        histories: A, B and further ones; none where no model carries a history.
    """
    epochs.follow()
    theme, narrow = state.theme(), state.narrow()
    with st.container(key="card-blocks", border=True):
        with st.container(key="panel-controls", horizontal=True):
            loss = LOSSES[_choice("Gradient of", list(LOSSES), state.INTENSITY_LOSS)]
            measure = MEASURES[_choice("Measure", list(MEASURES), state.INTENSITY_MEASURE)]
        found = _gain(histories, f"{measure}_{loss}")
        if histories:
            details = (histories, found, measure, loss, epochs.marks(chosen, histories), theme)
            drawn = block_history(*details, narrow=narrow)
            _clickable("How hard each block learns", "blocks", drawn, chosen)
    summaries = learning_intensity_faces.summaries(chosen, loss)
    if histories:
        left, right = st.columns([1, 1.12], gap="small")
        with left, st.container(key="card-ratio", border=True, height="stretch"):
            drawn = ratio_history(*details, narrow=narrow)
            _clickable("Shallow against deep", "ratio", drawn, chosen)
    place = right if histories else st.container()
    with place, st.container(key="card-faces", border=True, height="stretch"):
        _faces(chosen, summaries, loss)
    _inside(chosen, histories, summaries, loss)


def _choice(label: str, options: list[str], key: str) -> str:
    state.adopt(key, options, options[0])
    return str(st.segmented_control(label, options, key=key, required=True))


def _gain(histories: Sequence[History], prefix: str) -> ShallowGain | None:
    by_letter = {history.letter: history for history in histories}
    if "A" not in by_letter or "B" not in by_letter:
        return None
    return shallow_gain(by_letter["A"], by_letter["B"], prefix)


def _clickable(title: str, key: str, drawn: Chart, chosen: Selection) -> None:
    """A chart over the epochs, of which a click chooses one for all views."""
    section.title(title, drawn.alt)
    chart.show(drawn, key, select="points", on_select=epochs.clicked(key, chosen))


def _faces(chosen: Selection, summaries: dict[Side, IntensitySummary], loss: Loss) -> None:
    if not summaries:
        section.title("Over the faces")
        learning_intensity_faces.say_why_none(chosen)
        return
    drawn = block_distribution(summaries, loss, state.theme(), narrow=state.narrow())
    section.title("Over the faces", drawn.alt)
    chart.show(drawn, "faces")
    learning_intensity_faces.say_which_epoch(chosen)


@state.fragment
def _inside(
    chosen: Selection,
    histories: Sequence[History],
    summaries: dict[Side, IntensitySummary],
    loss: Loss,
) -> None:
    """Semantic groups and expressions at one block."""
    epochs.follow()
    if not histories and not summaries:
        return
    with st.container(key="card-inside", border=True):
        with st.container(key="inside-controls", horizontal=True):
            block = require.block()
        theme, narrow = state.theme(), state.narrow()
        if histories:
            drawn = group_history(
                histories, block, loss, epochs.marks(chosen, histories), theme, narrow=narrow
            )
            _clickable(f"Semantic groups of block {block}", "groups", drawn, chosen)
        if summaries:
            drawn = expression_distribution(summaries, block, loss, theme, narrow=narrow)
            section.title(f"Expressions at block {block}", drawn.alt)
            chart.show(drawn, "expressions")
