"""The Learning intensity view: how hard each block learns, epoch by epoch, A beside B."""

import streamlit as st

import state
from clfer.analysis.histories import History
from clfer.figures.learning_curves import learning_curves
from components import chart, epoch, require, section
from components.sidebar import dataset_title
from selection import Selection
from views import learning_intensity_blocks, learning_intensity_epoch
from views import learning_intensity_data as data


def render() -> None:
    """Draw the view."""
    section.page_title(
        "Learning intensity",
        "How strongly the loss pulls at each block, epoch by epoch; choose an epoch for all views.",
    )
    chosen = require.models()
    if chosen is None:
        return
    histories = _choices(chosen)
    learning_intensity_blocks.render(chosen, histories)
    if histories:
        _curves(chosen, histories)


def _choices(chosen: Selection) -> tuple[History, ...]:
    """The card with the epoch and the further trainings."""
    with st.container(key="card-trainings", border=True):
        with st.container(
            key="trainings-controls", horizontal=True, vertical_alignment="bottom", gap="medium"
        ):
            epoch.slider(chosen)
            more = data.pick_more(chosen)
        learning_intensity_epoch.say(chosen)
        if not data.kept_epochs(chosen):
            section.hint(
                f"Epochs cannot be chosen on {dataset_title(chosen.dataset)} {chosen.split}: "
                "snapshots were kept for the validation faces that the models were published on; "
                "choose those in the sidebar."
            )
        return data.histories(chosen, more)


@state.fragment
def _curves(chosen: Selection, histories: tuple[History, ...]) -> None:
    """Loss, accuracy and attention over the epochs."""
    learning_intensity_epoch.follow()
    marks = learning_intensity_epoch.marks(chosen, histories)
    drawn = learning_curves(histories, marks, state.theme(), narrow=state.narrow())
    with st.container(key="card-curves", border=True):
        section.title("Learning curves", drawn.alt)
        chart.show(
            drawn,
            "curves",
            select="points",
            on_select=learning_intensity_epoch.clicked("curves", chosen),
        )
