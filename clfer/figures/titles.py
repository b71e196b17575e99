"""Titles above the panels of a figure, keys above the whole of it, and names in both."""

from collections.abc import Iterable
from html import escape

import plotly.graph_objects as go

from clfer.figures.theme import Theme, palette


def literal(name: str) -> str:
    """A name that people or models brought along, in a text in which Plotly reads tags."""
    return escape(name, quote=False)


def panel_title(
    figure: go.Figure,
    panel: int,
    text: str,
    theme: Theme,
    *,
    above: int = 26,
    size: int = 13,
    colour: str | None = None,
    right: bool = False,
) -> None:
    """Write a title above a panel.

    Args:
        figure: The figure.
        panel: Number of its pair of axes, from 0.
        text: What is written; tags as Plotly knows them.
        theme: Light or dark.
        above: Pixels from the panel's upper edge to the top of the text.
        size: Of the letters, in pixels.
        colour: Of the letters; that of text by default.
        right: Above the right corner instead of the left one.
    """
    n = "" if panel == 0 else str(panel + 1)
    figure.add_annotation(
        x=1 if right else 0,
        y=1,
        yshift=above,
        xref=f"x{n} domain",
        yref=f"y{n} domain",
        xanchor="right" if right else "left",
        yanchor="top",
        text=text,
        showarrow=False,
        font={"size": size, "color": colour or palette(theme).text},
    )


def key_line(figure: go.Figure, text: str, theme: Theme, *, above: int = 6, shift: int = 0) -> None:
    """Write what the colours mean above the left corner of a figure.

    Args:
        figure: The figure.
        text: The key; see :func:`squares`.
        theme: Light or dark.
        above: Pixels from the figure's upper edge to the bottom of the text.
        shift: Pixels to the right of its left edge.
    """
    figure.add_annotation(
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        xshift=shift,
        yshift=above,
        text=text,
        showarrow=False,
        font={"size": 12, "color": palette(theme).text},
    )


def squares(keys: Iterable[tuple[str, str]], *, size: int = 16, gap: str = "   ") -> str:
    """Coloured squares with their names, for pairs of a colour and a name."""
    return gap.join(
        f"<span style='color:{colour};font-size:{size}px'>■</span> {name}" for colour, name in keys
    )


def layer_keys(theme: Theme) -> list[tuple[str, str]]:
    """Colour and name of the four blocks and of the bias of the classifier."""
    colours = palette(theme)
    blocks = [(colour, f"Block {j}") for j, colour in enumerate(colours.blocks, start=1)]
    return [*blocks, (colours.expressions["neutral"], "Bias")]
