"""The Models view: what two models cost and say of themselves, and which are installed."""

import streamlit as st

from components import require, section
from views import models_cards, models_cost, models_installed


def render() -> None:
    """Draw the view."""
    section.page_title(
        "Models", "What two networks cost, how they were made, and which others are at hand."
    )
    chosen = require.models()
    if chosen is not None:
        models_cost.render(chosen.pair)
        models_cards.render(chosen.pair)
    with st.container(key="card-installed", border=True):
        models_installed.render()
