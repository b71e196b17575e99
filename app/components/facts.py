"""Small tables of text: what is said about one thing, or about A and B side by side."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from clfer.figures.theme import palette
from shared import without_paths
from state import theme


def show(rows: Sequence[Sequence[str]], head: Sequence[str] = (), *, label: str) -> None:
    """Draw a table whose first column names what the others say.

    Args:
        rows: Texts; the first of each row is its title.
        head: Titles of the columns; none for plain facts. ``A`` and ``B`` take the models' colours.
        label: What the table is about, for people who do not see it.
    """
    columns = "".join(f'<th scope="col">{_titled(title)}</th>' for title in head)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(without_paths(text))}</td>" for text in others)
        + "</tr>"
        for first, *others in rows
    )
    top = f"<thead><tr>{columns}</tr></thead>" if head else ""
    st.html(
        f"<style>{_style()}</style>"
        f'<table class="clfer-facts" aria-label="{escape(label)}">{top}'
        f"<tbody>{body}</tbody></table>"
    )


def _titled(title: str) -> str:
    if title in ("A", "B"):
        return f'<span class="clfer-letter clfer-{title.lower()}">{title}</span>'
    return escape(title)


def _style() -> str:
    colours = palette(theme())
    return (
        ".clfer-facts { width: 100%; border-collapse: collapse; font-size: .93rem; }"
        f".clfer-facts tr {{ border-bottom: 1px solid {colours.grid}; }}"
        ".clfer-facts tbody tr:last-child { border-bottom: 0; }"
        ".clfer-facts th, .clfer-facts td { text-align: left; vertical-align: top;"
        " font-weight: 400; padding: .32rem .7rem .32rem 0; overflow-wrap: anywhere; }"
        f".clfer-facts th {{ color: {colours.muted}; width: 32%; }}"
        ".clfer-facts thead th { padding-bottom: .4rem; width: auto; }"
        ".clfer-facts td { font-variant-numeric: tabular-nums; }"
    )
