"""At which size the items are run, and what that means."""

import streamlit as st

import state
from clfer.experiments.scale import scale_names
from clfer.experiments.size_words import PURPOSE, size_in_words
from components import section
from components.sidebar import DATASET_TITLES
from views import reproduce_data

FIRST = "cpu"
"""The size of which most results ship."""


def render() -> str:
    """Draw the card; returns the name of the size.

    Raises:
        ConfigError: a configuration of that size is refused.
    """
    with st.container(
        key="card-reproduce-size",
        border=True,
        horizontal=not state.narrow(),
        vertical_alignment="center",
        gap="medium",
    ):
        preset: str = state.adopt(state.PRESET, scale_names(), FIRST)
        st.segmented_control(
            "Size",
            scale_names(),
            key=state.PRESET,
            required=True,
            label_visibility="collapsed",
            width="content",
        )
        with st.container(key="reproduce-size-line", width="stretch", gap=None):
            grids = reproduce_data.planned(preset).values()
            names = sorted({run.config.data.name for grid in grids for run in grid.runs})
            section.hint(PURPOSE[preset])
            section.hint(size_in_words(reproduce_data.size(preset), names, DATASET_TITLES))
    return preset
