"""Titles, hints and other short texts in one voice."""

from html import escape

import streamlit as st

import logs
from components.plain import plain
from shared import without_paths


def page_title(title: str, line: str) -> None:
    """The name of the view and what it is for."""
    st.html(f'<header class="clfer-title"><h1>{escape(title)}</h1><p>{escape(line)}</p></header>')


def title(text: str, line: str = "") -> None:
    """The title of a card, with its finding or purpose in one line."""
    said = escape(without_paths(line))
    st.html(f'<div class="clfer-section"><h2>{escape(text)}</h2><p>{said}</p></div>')


def hint(text: str) -> None:
    """What to do where there is nothing to see yet, or why there is nothing."""
    st.html(f'<p class="clfer-hint">{escape(without_paths(text))}</p>')


def error(reason: Exception | str) -> None:
    """What went wrong and the way out; names in it are shown as they stand."""
    if isinstance(reason, Exception):
        logs.refused(reason)
    st.error(plain(without_paths(str(reason))), icon=":material/error:")


def warning(reason: str, icon: str = ":material/error:") -> None:
    """What may surprise; names in it are shown as they stand."""
    st.warning(plain(without_paths(reason)), icon=icon)


def privacy(text: str) -> None:
    """The promise below a photo."""
    st.html(f'<p class="clfer-privacy">{escape(text)}</p>')


def model_line(letter: str, name: str, note: str = "") -> None:
    """Which model the chart below belongs to."""
    st.html(
        f'<div class="clfer-who clfer-who-small"><span class="clfer-letter clfer-{letter.lower()}">'
        f"{letter}</span><span>{escape(name)}</span>"
        f'<span class="clfer-accuracy">{escape(note)}</span></div>'
    )
