"""What a perturbation does: changed probability bars, and curves against its strength."""

from collections.abc import Mapping
from math import log10
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from clfer.analysis.perturb import Perturbation
from clfer.analysis.robustness import AccuracyCurve, ProbabilityCurve
from clfer.expressions import UNKNOWN_THRESHOLD
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, rgba, spoken, styled
from clfer.sides import Side

LABELLED = 4
"""Lines of a panel that get a label, the highest first."""

_VISIBLE = 0.12
"""Probability that a labelled line reaches somewhere."""


def with_change(chart: Chart, clean: Mapping[str, float], theme: Theme) -> Chart:
    """Probability bars with the clean face's bars behind them and the change as a number.

    Args:
        chart: The bars of the perturbed face.
        clean: Probability of each expression on the clean face.
        theme: Light or dark.
    """
    colours = palette(theme)
    figure = go.Figure(chart.figure)
    names, now = chart.table["expression"].tolist(), chart.table["probability"].tolist()
    before = [clean[name] for name in names]
    bars = figure.data[0]
    bars.text = [
        f"{text}{_difference(p - q, colours.muted)}"
        for text, p, q in zip(bars.text, now, before, strict=True)
    ]
    ghosts = go.Bar(
        x=before,
        y=bars.y,
        orientation="h",
        marker={
            "color": [rgba(colours.expression(name), 0.2) for name in names],
            "cornerradius": 3,
        },
        hoverinfo="skip",
        name="clean",
    )
    figure = go.Figure([ghosts, *figure.data], figure.layout)
    figure.update_layout(barmode="overlay", margin_r=84)
    table = chart.table.assign(clean=before)
    caption = (
        f"Softmax probability and its change against the clean face (pale); below"
        f" {UNKNOWN_THRESHOLD:g} (dotted) no known expression (Sec. IV-B)."
    )
    return Chart(figure, table, caption, chart.alt, chart.name)


def probability_curves(
    curves: Mapping[Side, ProbabilityCurve],
    kind: Perturbation,
    strength: float,
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """Every expression's probability against the strength of one perturbation, a panel per model.

    Args:
        curves: Of each model for one face.
        kind: The perturbation.
        strength: Where the face is now.
        theme: Light or dark.
        narrow: The panels below each other.
    """
    shape = {"rows": 2, "cols": 1} if narrow else {"rows": 1, "cols": 2}
    figure = make_subplots(**shape, horizontal_spacing=0.13, vertical_spacing=0.16)
    for panel, (side, curve) in enumerate(curves.items()):
        place = {"row": panel + 1, "col": 1} if narrow else {"row": 1, "col": panel + 1}
        for trace in _panel(side, curve, kind, strength, theme):
            figure.add_trace(trace, **place)
        _letter(figure, side, panel, theme)
    margin = {"l": 48, "r": 92, "t": 30, "b": 44}
    styled(figure, theme, 620 if narrow else 320, margin=margin)
    figure.update_xaxes(_strength_axis(kind))
    figure.update_yaxes(
        range=[0, 1.04], tickvals=[0, 0.25, 0.5, 0.75, 1], title="Probability", fixedrange=True
    )
    return Chart(
        figure,
        _probability_table(curves, kind),
        f"Softmax probability of each expression for this face against {kind.title.lower()}, all"
        " else as set above; vertical: the strength set.",
        _verdicts(curves, kind),
        f"what-if-{kind.name}",
    )


def accuracy_curves(
    curves: Mapping[Side, AccuracyCurve],
    kind: Perturbation,
    strength: float,
    faces: str,
    theme: Theme,
) -> Chart:
    """Accuracy over a split against the strength of one perturbation, with 95 % bands.

    Args:
        curves: Of each model.
        kind: The perturbation.
        strength: Where the slider is.
        faces: What the faces are, e.g. ``FER+ valid``.
        theme: Light or dark.
    """
    figure = go.Figure()
    ends = _spread([100 * curve.accuracy[_end(kind)] for curve in curves.values()], 6, 100)
    for (side, curve), end in zip(curves.items(), ends, strict=True):
        figure.add_traces(_accuracy_traces(side, curve, kind, end, theme))
    figure.add_trace(_now(kind, strength, 100, theme))
    styled(figure, theme, 320, margin={"l": 52, "r": 40, "t": 30, "b": 44})
    figure.update_xaxes(_strength_axis(kind))
    figure.update_yaxes(
        range=[0, 104], tickvals=[0, 25, 50, 75, 100], title="Accuracy, %", fixedrange=True
    )
    count = next(iter(curves.values())).n
    return Chart(
        figure,
        _accuracy_table(curves, kind),
        f"Accuracy on {faces} (n = {count:,}) against {kind.title.lower()}, every face perturbed"
        " alike and by nothing else; bands: Wilson's 95 % intervals.",
        _accuracies(curves, kind),
        f"robustness-{kind.name}",
    )


def _difference(change: float, colour: str) -> str:
    if abs(change) < 0.005:
        return ""
    sign = "+" if change > 0 else "−"
    return f" <span style='color:{colour}'>{sign}{abs(change):.2f}</span>"


def _panel(
    side: Side, curve: ProbabilityCurve, kind: Perturbation, strength: float, theme: Theme
) -> list[go.Scatter]:
    """Lines, the labels of the highest, and the strength set."""
    colours = palette(theme)
    peaks = curve.probabilities.max(axis=0)
    high = [int(c) for c in np.argsort(-peaks)[:LABELLED] if peaks[c] >= _VISIBLE]
    lines = [
        go.Scatter(
            x=curve.strengths,
            y=curve.probabilities[:, c],
            mode="lines",
            line={
                "color": rgba(colours.expression(name), 1 if c in high else 0.55),
                "width": 2.5 if c in high else 1.4,
            },
            name=f"{side} {name}",
            hovertemplate=f"Model {side} at %{{x:g}} {kind.unit}: {name} %{{y:.3f}}<extra></extra>",
        )
        for c, name in enumerate(curve.classes)
    ]
    places = _spread([float(curve.probabilities[_end(kind), c]) for c in high], 0.075, 1)
    labels = go.Scatter(
        x=[curve.strengths[_end(kind)]] * len(high),
        y=places,
        mode="text",
        text=[f" {curve.classes[c].capitalize()}" for c in high],
        textposition="middle right",
        textfont={
            "color": [colours.expression(curve.classes[c]) for c in high],
            "size": 13,
        },
        cliponaxis=False,
        hoverinfo="skip",
    )
    return [*lines, labels, _now(kind, strength, 1, theme)]


def _letter(figure: go.Figure, side: Side, panel: int, theme: Theme) -> None:
    n = "" if panel == 0 else str(panel + 1)
    figure.add_annotation(
        x=0,
        y=1,
        xshift=-44,
        yshift=28,
        xref=f"x{n} domain",
        yref=f"y{n} domain",
        xanchor="left",
        yanchor="top",
        text=f"<b>{side}</b>",
        showarrow=False,
        font={"size": 16, "color": palette(theme).models[side]},
    )


def _now(kind: Perturbation, strength: float, top: float, theme: Theme) -> go.Scatter:
    """The strength set: a trace, for Plotly at times loses a shape when it redraws."""
    colours = palette(theme)
    return go.Scatter(
        x=[strength] * 2,
        y=[0, 1.04 * top],
        mode="lines+text",
        line={"color": colours.text, "width": 1.4, "dash": "dash"},
        text=["", kind.said(strength)],
        textposition=f"top {_inwards(kind, strength)}",
        textfont={"color": colours.muted, "size": 12},
        cliponaxis=False,
        hoverinfo="skip",
        name="strength set",
    )


def _inwards(kind: Perturbation, strength: float) -> str:
    """Where a label at a strength has room: away from the nearer end of the axis."""
    share = (strength - kind.low) / (kind.high - kind.low)
    if 0.25 < share < 0.75:
        return "center"
    return "right" if (share < 0.5) != kind.logarithmic else "left"


def _accuracy_traces(
    side: Side, curve: AccuracyCurve, kind: Perturbation, label: float, theme: Theme
) -> list[go.Scatter]:
    colour = palette(theme).models[side]
    low, high = 100 * curve.interval.T
    band = go.Scatter(
        x=[*curve.strengths, *curve.strengths[::-1]],
        y=[*low, *high[::-1]],
        fill="toself",
        fillcolor=rgba(colour, 0.2),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name=f"{side} 95 %",
    )
    line = go.Scatter(
        x=curve.strengths,
        y=100 * curve.accuracy,
        customdata=np.stack([low, high], axis=1),
        mode="lines+markers",
        line={"color": colour, "width": 2.5},
        marker={"color": colour, "size": 8, "symbol": "circle" if side == "A" else "square"},
        name=side,
        hovertemplate=f"Model {side} at %{{x:g}} {kind.unit}: %{{y:.1f}} % "
        "(%{customdata[0]:.1f} to %{customdata[1]:.1f} %)<extra></extra>",
    )
    name = go.Scatter(
        x=[curve.strengths[_end(kind)]],
        y=[label],
        mode="text",
        text=[f"  <b>{side}</b>"],
        textposition="middle right",
        textfont={"color": colour, "size": 15},
        cliponaxis=False,
        hoverinfo="skip",
    )
    return [band, line, name]


def _end(kind: Perturbation) -> int:
    """Index of the strength at the right end: resolution falls from left to right."""
    return 0 if kind.logarithmic else -1


def _strength_axis(kind: Perturbation) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "title": f"{kind.title}, {kind.unit}",
        "tickvals": kind.strengths,
        "ticktext": [f"{s:g}".replace("-", "−") for s in kind.strengths],
        "showgrid": False,
        "fixedrange": True,
    }
    if kind.logarithmic:
        # A label at the very end would be left out for a rounding error.
        return axis | {"type": "log", "range": [log10(kind.high), log10(0.99 * kind.low)]}
    return axis | {"range": [kind.low, kind.high]}


def _spread(values: list[float], gap: float, top: float) -> list[float]:
    """Heights of labels near the values: ``gap`` apart, and where there is room within 0..top."""
    heights: NDArray[np.float64] = np.array(values, dtype=np.float64)
    free = 0.0
    for i in np.argsort(values):
        heights[i] = max(heights[i], free)
        free = heights[i] + gap
    # Plotly leaves out what lies outside the axis.
    over = max(0.0, float(heights.max(initial=0.0)) - top)
    return [float(height) - over for height in heights]


def _probability_table(curves: Mapping[Side, ProbabilityCurve], kind: Perturbation) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"model": side, kind.name: strength, "expression": name, "probability": float(p)}
            for side, curve in curves.items()
            for strength, row in zip(curve.strengths, curve.probabilities, strict=True)
            for name, p in zip(curve.classes, row, strict=True)
        ]
    )


def _accuracy_table(curves: Mapping[Side, AccuracyCurve], kind: Perturbation) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "model": side,
                    kind.name: curve.strengths,
                    "n": curve.n,
                    "accuracy": curve.accuracy,
                    "low": curve.interval[:, 0],
                    "high": curve.interval[:, 1],
                }
            )
            for side, curve in curves.items()
        ],
        ignore_index=True,
    )


def _verdicts(curves: Mapping[Side, ProbabilityCurve], kind: Perturbation) -> str:
    parts = []
    for side, curve in curves.items():
        name, low, high = curve.held(kind.neutral)
        if (low, high) == (curve.strengths[0], curve.strengths[-1]):
            parts.append(f"{side} says {name} at every strength")
        else:
            parts.append(f"{side} says {name} from {low:g} to {kind.said(high)}")
    return f"{spoken(parts)}."


def _accuracies(curves: Mapping[Side, AccuracyCurve], kind: Perturbation) -> str:
    parts = []
    for side, curve in curves.items():
        clean = 100 * curve.accuracy[curve.strengths.index(kind.neutral)]
        worst = int(curve.accuracy.argmin())
        parts.append(
            f"{side} falls from {clean:.1f} % to {100 * curve.accuracy[worst]:.1f} % at "
            f"{kind.said(curve.strengths[worst])}"
        )
    return f"{spoken(parts)}."
