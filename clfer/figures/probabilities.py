"""Probability bars of one model, every expression in the same row for both models."""

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from clfer.expressions import UNKNOWN_THRESHOLD
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, rgba, styled
from clfer.sides import Side

ROW_HEIGHT = 38


def probability_bars(
    probabilities: Mapping[str, float], rows: Sequence[str], theme: Theme, side: Side
) -> Chart:
    """Softmax probabilities as horizontal bars from 0 to 1.

    Args:
        probabilities: Probability of each expression the model knows.
        rows: Expressions from top to bottom; one that the model lacks gets an empty row.
        theme: Light or dark.
        side: Which model, for the names.
    """
    colours = palette(theme)
    top = max(probabilities, key=lambda name: probabilities[name])
    known = [name for name in rows if name in probabilities]
    values = [float(probabilities[name]) for name in known]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=[rows.index(name) for name in known],
            customdata=[name.capitalize() for name in known],
            name="probability",
            orientation="h",
            marker={
                "color": [
                    colours.expression(name) if name == top else rgba(colours.expression(name), 0.6)
                    for name in known
                ],
                "cornerradius": 3,
            },
            text=[
                f"<b>{p:.2f}</b>" if n == top else f"{p:.2f}"
                for n, p in zip(known, values, strict=True)
            ],
            textposition="outside",
            textfont={"size": 13, "color": colours.text},
            cliponaxis=False,
            hovertemplate="Model "
            + side
            + " gives %{customdata} a probability of %{x:.4f}.<extra></extra>",
        )
    )
    _arrange(figure, theme, rows)
    return Chart(
        figure,
        pd.DataFrame({"expression": known, "probability": values}),
        f"Softmax probability; below {UNKNOWN_THRESHOLD:g} (dotted) no known expression"
        " (Sec. IV-B).",
        f"Model {side} gives {top} the highest probability, {probabilities[top]:.2f}.",
        f"probabilities-{side.lower()}",
    )


def _arrange(figure: go.Figure, theme: Theme, rows: Sequence[str]) -> None:
    """Axes, and the threshold below which no expression counts as known."""
    colours = palette(theme)
    styled(
        figure,
        theme,
        ROW_HEIGHT * len(rows) + 30,
        margin={"l": 84, "r": 40, "t": 4, "b": 26},
        bargap=0.34,
        xaxis={
            "range": [0, 1],
            "tickvals": [0, UNKNOWN_THRESHOLD, 0.5, 0.75, 1],
            "ticktext": ["0", f"{UNKNOWN_THRESHOLD:g}", "0.5", "0.75", "1"],
            "fixedrange": True,
        },
        yaxis={
            "tickvals": list(range(len(rows))),
            "ticktext": [name.capitalize() for name in rows],
            "range": [len(rows) - 0.5, -0.5],
            "showgrid": False,
            "fixedrange": True,
            "tickfont": {"color": colours.text, "size": 13},
        },
    )
    # A trace, for Plotly at times loses a shape when it redraws.
    figure.add_trace(
        go.Scatter(
            x=[UNKNOWN_THRESHOLD] * 2,
            y=[-0.5, len(rows) - 0.5],
            mode="lines",
            line={"color": colours.muted, "width": 1.2, "dash": "dot"},
            hoverinfo="skip",
            name="threshold",
        )
    )
