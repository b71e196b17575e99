"""The Reproduce view: every table and figure of the paper, started here, paper and ours."""

from collections.abc import Hashable

import streamlit as st

import state
from clfer.errors import ClferError
from components import section
from views import reproduce_claims, reproduce_data, reproduce_item, reproduce_list, reproduce_size

LOOK = 1.5
"""Seconds between two looks at items under way."""


def render() -> None:
    """Draw the view."""
    section.page_title(
        "Reproduce", "Every table and figure of the paper, run here: paper and ours side by side."
    )
    try:
        preset = reproduce_size.render()
        found = reproduce_data.standings(preset)
    except ClferError as error:
        section.error(error)
        return
    listed, shown = st.columns([1, 2.1], gap="small")
    with listed:
        chosen = reproduce_list.render(found)
    with shown:
        if chosen is None:
            try:
                reproduce_claims.render(preset)
            except ClferError as error:
                section.error(error)
        else:
            reproduce_item.render(chosen)
    if any(one.running or one.live for one in found):
        state.fragment(_watch, run_every=LOOK)(preset, reproduce_data.mark(found))


def _watch(preset: str, drawn: Hashable) -> None:
    """Draw the page anew when a run or an item has ended; until then nothing is redrawn."""
    if reproduce_data.mark(reproduce_data.standings(preset)) != drawn:
        st.rerun()
