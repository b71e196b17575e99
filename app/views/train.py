"""The Train view: what is trained and how, what it will take, and the button that starts it."""

import streamlit as st

import state
from components import section
from views import train_form, train_setup, train_start


def render() -> None:
    """Draw the view."""
    section.page_title(
        "Train", "Set up a run, see what it will take on this machine, and start it."
    )
    _body()


@state.fragment
def _body() -> None:
    """All of it: every field changes the configuration that the right side shows."""
    train_setup.adopt()
    setup = train_setup.current()
    form, summary = st.columns([1.55, 1], gap="medium")
    with form:
        train_form.render(setup)
    with summary:
        train_start.render(setup)
