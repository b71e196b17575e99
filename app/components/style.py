"""The page's own style sheet, in the colours of the figures."""

from pathlib import Path
from string import Template

import streamlit as st

from clfer.figures.theme import palette
from state import theme

SHEET = Path(__file__).resolve().parent.parent / "assets" / "style.css"


def inject() -> None:
    """Add the style sheet for the theme the browser shows."""
    colours = palette(theme())
    sheet = Template(SHEET.read_text("utf-8")).substitute(
        page=colours.page,
        card=colours.card,
        text=colours.text,
        muted=colours.muted,
        grid=colours.grid,
        outline=colours.outline,
        accent=colours.accent,
        model_a=colours.models["A"],
        model_b=colours.models["B"],
    )
    st.html(f"<style>{sheet}</style>")
