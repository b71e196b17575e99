"""Reliability diagrams: accuracy against confidence, A beside B."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clfer.analysis.calibration import Reliability
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, rgba, styled
from clfer.sides import Side

DOT = 30
"""Diameter in pixels of the dot of a bin that holds every face."""


def reliability_diagrams(
    models: Mapping[Side, Reliability], theme: Theme, *, narrow: bool = False
) -> Chart:
    """Each bin as a dot at its confidence and accuracy; below, how many faces it holds.

    Args:
        models: Bins of each model.
        theme: Light or dark.
        narrow: B below A.
    """
    rows, cols = (2 * len(models), 1) if narrow else (2, len(models))
    figure = make_subplots(
        rows=rows,
        cols=cols,
        row_heights=[0.78, 0.22] * (rows // 2),
        horizontal_spacing=0.07,
        vertical_spacing=0.075 if narrow else 0.05,
    )
    for at, (side, bins) in enumerate(models.items()):
        top = {"row": 2 * at + 1, "col": 1} if narrow else {"row": 1, "col": at + 1}
        low = top | {"row": top["row"] + 1}
        for trace in (_ideal(theme), _gaps(side, bins, theme), _dots(side, bins, theme)):
            figure.add_trace(trace, **top)
        figure.add_trace(_histogram(side, bins, theme), **low)
        _axes(figure, top, low)
        _title(figure, side, bins, theme, top)
    figure.update_xaxes(title={"text": "Confidence (top probability)", "standoff": 4}, row=rows)
    styled(
        figure,
        theme,
        800 if narrow else 430,
        margin={"l": 60, "r": 20, "t": 34, "b": 44},
        bargap=0.08,
    )
    n = int(next(iter(models.values())).count.sum())
    bin_count = len(next(iter(models.values())).count)
    return Chart(
        figure,
        _table(models),
        f"Accuracy against confidence in {bin_count} bins over {n:,} faces, dots sized by faces,"
        " with 95 % Wilson intervals; ECE (Guo et al., 2017) averages the gaps to the diagonal.",
        _finding(models),
        "reliability",
    )


def _ideal(theme: Theme) -> go.Scatter:
    return go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": palette(theme).muted, "width": 1.2, "dash": "dot"},
        hoverinfo="skip",
        name="ideal",
    )


def _gaps(side: Side, bins: Reliability, theme: Theme) -> go.Scatter:
    """From the diagonal to each dot."""
    filled = bins.count > 0
    x = np.repeat(bins.confidence[filled], 3)
    y = np.full_like(x, np.nan)
    y[::3], y[1::3] = bins.confidence[filled], bins.accuracy[filled]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": rgba(palette(theme).models[side], 0.3), "width": 8},
        hoverinfo="skip",
        name=f"{side} gap",
    )


def _dots(side: Side, bins: Reliability, theme: Theme) -> go.Scatter:
    colours = palette(theme)
    filled = bins.count > 0
    x, y = bins.confidence[filled], bins.accuracy[filled]
    return go.Scatter(
        x=x,
        y=y,
        error_y={
            "array": bins.high[filled] - y,
            "arrayminus": y - bins.low[filled],
            "color": colours.models[side],
            "thickness": 1.3,
            "width": 0,
        },
        mode="markers",
        marker={
            "size": 6 + DOT * np.sqrt(bins.count[filled] / bins.count.sum()),
            "color": colours.models[side],
            "line": {"color": colours.card, "width": 1},
            "opacity": 1,
        },
        cliponaxis=False,
        customdata=bins.count[filled],
        hovertemplate=f"Model {side}: %{{customdata}} faces with a mean confidence of %{{x:.3f}}, "
        "%{y:.3f} of them right.<extra></extra>",
        name=f"{side} bins",
    )


def _histogram(side: Side, bins: Reliability, theme: Theme) -> go.Bar:
    return go.Bar(
        x=(bins.edges[1:] + bins.edges[:-1]) / 2,
        y=bins.count,
        marker={"color": rgba(palette(theme).models[side], 0.55)},
        customdata=np.stack([bins.edges[:-1], bins.edges[1:]], axis=1),
        hovertemplate=f"Model {side}: %{{y}} faces with a confidence between %{{customdata[0]:.2f}}"
        " and %{customdata[1]:.2f}.<extra></extra>",
        name=f"{side} faces",
    )


def _axes(figure: go.Figure, top: dict[str, int], low: dict[str, int]) -> None:
    ticks = {"tickvals": [0, 0.25, 0.5, 0.75, 1], "range": [0, 1], "fixedrange": True}
    figure.update_xaxes(**ticks, showticklabels=False, **top)
    figure.update_xaxes(**ticks, **low)
    figure.update_yaxes(
        tickvals=[0, 0.25, 0.5, 0.75, 1], range=[0, 1.03], fixedrange=True, title="Accuracy", **top
    )
    figure.update_yaxes(nticks=3, rangemode="tozero", fixedrange=True, title="Faces", **low)


def _title(
    figure: go.Figure, side: Side, bins: Reliability, theme: Theme, place: dict[str, int]
) -> None:
    colours = palette(theme)
    figure.add_annotation(
        x=0,
        y=1,
        xref="x domain",
        yref="y domain",
        yshift=28,
        xanchor="left",
        yanchor="top",
        text=f"<b><span style='color:{colours.models[side]}'>{side}</span></b>"
        f"   ECE <b>{bins.ece:.3f}</b>",
        showarrow=False,
        font={"size": 15, "color": colours.text},
        **place,
    )


def _table(models: Mapping[Side, Reliability]) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "model": side,
                    "above": bins.edges[:-1],
                    "up_to": bins.edges[1:],
                    "faces": bins.count,
                    "confidence": bins.confidence,
                    "accuracy": bins.accuracy,
                    "accuracy_low": bins.low,
                    "accuracy_high": bins.high,
                }
            )
            for side, bins in models.items()
        ],
        ignore_index=True,
    )


def _finding(models: Mapping[Side, Reliability]) -> str:
    parts = [
        f"{side} claims {100 * abs(bins.overconfidence):.1f} points "
        f"{'more' if bins.overconfidence > 0 else 'less'} than its accuracy (ECE {bins.ece:.3f})"
        for side, bins in models.items()
    ]
    return f"On average {' and '.join(parts)}."
