"""The threshold for unseen expressions: answered faces and their accuracy, A and B (Sec. IV-B)."""

from collections.abc import Mapping
from math import floor

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from clfer.analysis.threshold import ThresholdEffect
from clfer.expressions import UNKNOWN_THRESHOLD
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, styled
from clfer.figures.titles import panel_title
from clfer.sides import Side

TITLES = ("Faces answered (%)", "Accuracy among the answered (%)")


def threshold_curves(
    curves: Mapping[Side, ThresholdEffect],
    chosen: Mapping[Side, ThresholdEffect],
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """Draw both shares against the threshold.

    Args:
        curves: Each model at many thresholds.
        chosen: Each model at the one threshold that is marked.
        theme: Light or dark.
        narrow: The panels below each other.
    """
    shape = {"rows": 2, "cols": 1} if narrow else {"rows": 1, "cols": 2}
    figure = make_subplots(**shape, horizontal_spacing=0.08, vertical_spacing=0.16)
    marked = float(next(iter(chosen.values())).thresholds[0])
    for panel, field in enumerate(("share", "accuracy")):
        place = {"row": panel + 1, "col": 1} if narrow else {"row": 1, "col": panel + 1}
        values = {side: 100 * getattr(effect, field) for side, effect in curves.items()}
        low = 0.0 if field == "share" else _floor(values)
        for at, name in ((UNKNOWN_THRESHOLD, "paper"), (marked, "marked")):
            figure.add_trace(_upright(at, low, name, theme), **place)
        points = {side: 100 * float(getattr(effect, field)[0]) for side, effect in chosen.items()}
        for side, effect in curves.items():
            figure.add_trace(_curve(side, effect.thresholds, values[side], panel, theme), **place)
            above = points[side] >= max(points.values()) and side != _lower(points)
            figure.add_trace(_point(side, marked, points[side], panel, above, theme), **place)
        figure.update_yaxes(range=[low, 100 + 0.08 * (100 - low)], fixedrange=True, **place)
    styled(figure, theme, 560 if narrow else 310, margin={"l": 46, "r": 14, "t": 34, "b": 44})
    figure.update_xaxes(
        range=[0, 1], fixedrange=True, tickvals=[0, UNKNOWN_THRESHOLD, 0.5, 0.75, 1]
    )
    bottom = {"row": 2, "col": 1} if narrow else {}
    figure.update_xaxes(title="Threshold on the top probability", **bottom)
    _title_panels(figure, theme)
    return Chart(
        figure,
        _table(curves),
        "A face below the threshold counts as none of the known expressions (Sec. IV-B; the paper"
        f" takes {UNKNOWN_THRESHOLD:g}, dotted); over {next(iter(curves.values())).n:,} faces of"
        " known expressions.",
        _finding(chosen, marked),
        "threshold",
    )


def _lower(points: Mapping[Side, float]) -> Side:
    """The model whose label goes below its point; B's where both are equal."""
    return min(reversed(list(points)), key=lambda side: points[side])


def _floor(values: Mapping[Side, NDArray[np.float64]]) -> float:
    """The lower end of the accuracy axis: a round number below both curves."""
    low = min(float(np.nanmin(curve)) for curve in values.values())
    return max(0.0, 10.0 * floor((low - 4) / 10))


def _upright(at: float, low: float, name: str, theme: Theme) -> go.Scatter:
    # A trace, for Plotly at times loses a shape when it redraws.
    dotted = name == "paper"
    return go.Scatter(
        x=[at, at],
        y=[low, 200],
        mode="lines",
        line={
            "color": palette(theme).muted if dotted else palette(theme).accent,
            "width": 1.2 if dotted else 1.8,
            "dash": "dot" if dotted else "solid",
        },
        hoverinfo="skip",
        name=name,
    )


def _curve(
    side: Side,
    thresholds: NDArray[np.float64],
    values: NDArray[np.float64],
    panel: int,
    theme: Theme,
) -> go.Scatter:
    what = ("answers %{y:.1f} % of the faces", "is right on %{y:.1f} % of what it answers")[panel]
    return go.Scatter(
        x=thresholds,
        y=values,
        mode="lines",
        line={"color": palette(theme).models[side], "width": 2.5},
        hovertemplate=f"At a threshold of %{{x:.2f}}, model {side} {what}.<extra></extra>",
        name=f"{side} {('share', 'accuracy')[panel]}",
    )


def _point(side: Side, x: float, y: float, panel: int, above: bool, theme: Theme) -> go.Scatter:
    colour = palette(theme).models[side]
    # Off the curve: it falls in the first panel and rises in the second.
    horizontal = "right" if above == (panel == 0) else "left"
    if not 0.2 <= x <= 0.8:
        horizontal = "right" if x < 0.5 else "left"
    return go.Scatter(
        x=[x],
        y=[y],
        mode="markers+text",
        marker={"size": 10, "color": colour, "line": {"color": palette(theme).card, "width": 1}},
        text=[f" <b>{side}</b> {y:.1f} % "],
        textposition=f"{'top' if above else 'bottom'} {horizontal}",
        textfont={"color": colour, "size": 14},
        cliponaxis=False,
        hoverinfo="skip",
        name=f"{side} marked",
    )


def _title_panels(figure: go.Figure, theme: Theme) -> None:
    for panel, title in enumerate(TITLES):
        panel_title(figure, panel, f"<b>{title}</b>", theme)


def _table(curves: Mapping[Side, ThresholdEffect]) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "model": side,
                    "threshold": effect.thresholds,
                    "answered": effect.answered,
                    "right": effect.right,
                    "share_answered": effect.share,
                    "accuracy_among_answered": effect.accuracy,
                }
            )
            for side, effect in curves.items()
        ],
        ignore_index=True,
    )


def _finding(chosen: Mapping[Side, ThresholdEffect], marked: float) -> str:
    parts = [
        f"model {side} answers {100 * effect.share[0]:.1f} % of the faces"
        for side, effect in chosen.items()
    ]
    return f"At a threshold of {marked:.2f}, {' and '.join(parts)}."
