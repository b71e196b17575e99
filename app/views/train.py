"""The Train view: what is trained and how, what it will take, and the button that starts it."""

import streamlit as st

import shared
import state
from components import section
from views import train_form, train_grid, train_setup, train_start
from views.train_setup import key

ONE, GRID = "One run", "Grid of runs"
WHAT = key("what")


def render() -> None:
    """Draw the view."""
    section.page_title(
        "Train", "Set up a run, or a grid of runs, see what it will take, and start it."
    )
    if shared.is_shared():
        with st.container(key="card-train-off", border=True):
            section.title("Not on this server", shared.TRAINING)
        return
    _body()


@state.fragment
def _body() -> None:
    """All of it: every field changes the configuration that the right side shows."""
    train_setup.adopt()
    st.session_state.setdefault(WHAT, ONE)
    what = st.segmented_control(
        "What is trained", (ONE, GRID), key=WHAT, required=True, label_visibility="collapsed"
    )
    setup = train_setup.current()
    if what == GRID:
        train_grid.render(setup)
        return
    form, summary = st.columns([1.55, 1], gap="medium")
    with form:
        train_form.render(setup)
    with summary:
        train_start.render(setup)
