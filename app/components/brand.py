"""Logo and icon."""

from pathlib import Path

import streamlit as st

from state import theme

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def icon() -> str:
    """The icon of the browser tab, as SVG."""
    return str(ASSETS / "icon.svg")


def logo() -> None:
    """The logo above the navigation."""
    st.logo(str(ASSETS / f"logo-{theme()}.svg"), size="large")
