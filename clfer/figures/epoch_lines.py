"""One column of a history as a line with its band, over the epochs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.histories import History
from clfer.figures.theme import Theme, palette, rgba


@dataclass(frozen=True)
class Stroke:
    """How one line is drawn and called.

    Attributes:
        column: Column of the history.
        label: Written at its end.
        colour: Of line, points and band.
        words: Begins the sentence of the hover, e.g. ``Model A, block 1``.
        dash: Plotly's dash.
        symbol: Plotly's marker.
        unit: Multiplies the values, 100 for percent.
        form: Number format of the hover.
    """

    column: str
    label: str
    colour: str
    words: str
    dash: str = "solid"
    symbol: str = "circle"
    unit: float = 1.0
    form: str = ".3g"


def drawn_mean(history: History, stroke: Stroke, axis: Mapping[str, Any]) -> NDArray[np.float64]:
    """The mean in the unit of the axis ``[E]``; zero has no logarithm and is left out as NaN."""
    values = history.mean[stroke.column].to_numpy(np.float64) * stroke.unit
    return np.where(values > 0, values, np.nan) if axis.get("type") == "log" else values


def line_traces(
    history: History,
    stroke: Stroke,
    kept: Collection[int],
    axis: Mapping[str, Any],
    theme: Theme,
) -> list[dict[str, Any]]:
    """Plotly traces of the band (where there is one) and of the mean with its points.

    Args:
        history: What is drawn.
        stroke: How.
        kept: Epochs whose points are filled.
        axis: The y axis, with its ``range``.
        theme: Light or dark.
    """
    epochs = history.epochs
    card = palette(theme).card
    line = {
        "type": "scatter",
        "x": epochs,
        "y": drawn_mean(history, stroke, axis),
        "mode": "lines+markers",
        "line": {"color": stroke.colour, "width": 2.2, "dash": stroke.dash},
        "marker": {
            "size": 7,
            "symbol": stroke.symbol,
            "color": [stroke.colour if epoch in kept else card for epoch in epochs],
            "line": {"color": stroke.colour, "width": 1.5},
        },
        # A click chooses an epoch; it must not fade the other points.
        "unselected": {"marker": {"opacity": 1}},
        "customdata": epochs,
        "text": _sentences(history, stroke),
        "hovertemplate": "%{text}<extra></extra>",
        "cliponaxis": False,
        "name": stroke.words,
    }
    return [line] if history.band == "none" else [_band(history, stroke, axis), line]


def _band(history: History, stroke: Stroke, axis: Mapping[str, Any]) -> dict[str, Any]:
    low, high = (
        part[stroke.column].to_numpy(np.float64) * stroke.unit
        for part in (history.low, history.high)
    )
    if axis.get("type") == "log":
        # An interval may reach zero, which lies infinitely far down: it ends at the axis.
        low = np.where(low <= 0, 10 ** axis["range"][0], low)
    whole = np.isfinite(low) & np.isfinite(high) & (high >= low)
    epochs = history.epochs[whole]
    return {
        "type": "scatter",
        "x": np.concatenate([epochs, epochs[::-1]]),
        "y": np.concatenate([high[whole], low[whole][::-1]]),
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": rgba(stroke.colour, 0.18),
        "hoverinfo": "skip",
        "name": f"{stroke.words} band",
    }


def _sentences(history: History, stroke: Stroke) -> list[str]:
    found = []
    sides = history.mean["side"]
    parts = (
        part[stroke.column] * stroke.unit for part in (history.mean, history.low, history.high)
    )
    for epoch, mean, low, high in zip(history.epochs, *parts, strict=True):
        text = f"{stroke.words}, epoch {epoch} ({sides[epoch]:.0f} px): {mean:{stroke.form}}"
        if history.band != "none":
            text += f", band {low:{stroke.form}} to {high:{stroke.form}}, {history.count} seeds"
        found.append(text + ".")
    return found
