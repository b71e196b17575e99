"""Titles above the panels of a figure with several."""

import plotly.graph_objects as go

from clfer.figures.theme import Theme, palette


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
