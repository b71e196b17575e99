"""The list of all items with their state, of which one is chosen."""

from collections.abc import Sequence

import streamlit as st

import state
from clfer.experiments.overview import NAME, TITLE
from clfer.experiments.standing import Standing
from components import section


def render(found: Sequence[Standing]) -> Standing | None:
    """Draw the list; returns the chosen item, None for the overview of all claims."""
    items = {one.item.name: one for one in found}
    options = [NAME, *items]
    state.adopt(state.ITEM, options, NAME)
    with st.container(key="card-reproduce-list", border=True):
        written = sum(one.written is not None for one in found)
        shipped = sum(one.shipped and one.written is None for one in found)
        brought = f", {shipped} shipped with CLFER" if shipped else ""
        section.title("Items", f"{written} of {len(found)} written at this size{brought}.")
        if state.narrow():
            st.selectbox(
                "Item",
                options,
                key=state.ITEM,
                format_func=lambda name: _title(items.get(name)),
                label_visibility="collapsed",
            )
        else:
            st.radio(
                "Item",
                options,
                key=state.ITEM,
                format_func=lambda name: _title(items.get(name), strong="**"),
                captions=[
                    ":material/checklist: all claims at once",
                    *(f":material/{_icon(one)}: {one.in_words}" for one in found),
                ],
                label_visibility="collapsed",
            )
    return items.get(st.session_state[state.ITEM])


def _title(one: Standing | None, strong: str = "") -> str:
    if one is None:
        return f"{strong}Overview{strong} {TITLE}"
    return f"{strong}{one.item.where}{strong} {one.item.title}"


def _icon(one: Standing) -> str:
    if one.running or one.live:
        return "progress_activity"
    if one.in_words == "written":
        return "check_circle"
    return "inventory_2" if one.shipped else "radio_button_unchecked"
