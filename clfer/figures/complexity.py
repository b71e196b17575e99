"""Table I as a figure: what two models cost, beside what the paper prints."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clfer.analysis.cost import PAPER_SIDE, PAPER_TABLE, Cost
from clfer.analysis.latency import Latency
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, rgba, styled
from clfer.figures.titles import panel_title
from clfer.sides import Side


class _Row(NamedTuple):
    """A row of the chart: whose cost, of which pass, at which image side."""

    label: str
    model: str
    graph: str
    side: int
    parameters: int
    macs: int


def cost_chart(models: Mapping[Side, Cost], theme: Theme, *, narrow: bool = False) -> Chart:
    """Parameters and multiply–accumulates of the training graph and of a prediction, as bars.

    Args:
        models: Cost of each model.
        theme: Light or dark.
        narrow: The two panels below each other.
    """
    rows = _rows(models)
    panels = (("parameters", 1e6, "M", "Parameters"), ("macs", 1e9, "G", "Multiply–accumulates"))
    shape = {"rows": 2, "cols": 1} if narrow else {"rows": 1, "cols": 2}
    figure = make_subplots(
        **shape, shared_yaxes=not narrow, horizontal_spacing=0.06, vertical_spacing=0.13
    )
    for panel, (field, unit, sign, title) in enumerate(panels):
        place = {"row": panel + 1, "col": 1} if narrow else {"row": 1, "col": panel + 1}
        values = [getattr(row, field) / unit for row in rows]
        figure.add_trace(_bars(rows, values, sign, title, theme), **place)
        figure.update_xaxes(range=[0, 1.22 * max(values)], nticks=5, fixedrange=True, **place)
        panel_title(figure, panel, f"<b>{title} ({sign})</b>", theme)
    styled(
        figure, theme, 560 if narrow else 300, margin={"l": 122, "r": 8, "t": 34, "b": 28}
    ).update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[row.label for row in rows],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        fixedrange=True,
        tickfont={"color": palette(theme).text, "size": 13},
    )
    sides = " and ".join(f"{side} at {cost.side} px" for side, cost in models.items())
    return Chart(
        figure,
        pd.DataFrame(rows).drop(columns="label"),
        f"Cost of one face (Table I), {sides}: convolutions and matrix products, counted; hollow "
        f"bars are what the paper prints, at {PAPER_SIDE} px and 7 expressions.",
        _finding(models),
        "complexity",
    )


def latency_chart(measured: Mapping[Side, Latency], theme: Theme) -> Chart:
    """Median time of one face with its quartiles, on one axis in milliseconds."""
    colours = palette(theme)
    figure = go.Figure()
    for row, (side, found) in enumerate(measured.items()):
        lower, median, upper = (1e3 * s for s in (found.lower, found.median, found.upper))
        figure.add_scatter(
            x=[median],
            y=[row],
            mode="markers+text",
            marker={"size": 12, "color": colours.models[side]},
            error_x={
                "array": [upper - median],
                "arrayminus": [median - lower],
                "color": rgba(colours.models[side], 0.6),
                "thickness": 6,
                "width": 0,
            },
            text=[f"<b>{median:.1f} ms</b>"],
            textposition="top center",
            textfont={"size": 13, "color": colours.text},
            cliponaxis=False,
            name=side,
            hovertemplate=f"Model {side} takes {median:.2f} ms for a face of {found.side} px; half "
            f"of {found.repeats} passes lie between {lower:.2f} and {upper:.2f} ms.<extra></extra>",
        )
    largest = max(1e3 * found.upper for found in measured.values())
    styled(
        figure,
        theme,
        178,
        margin={"l": 122, "r": 8, "t": 14, "b": 48},
        xaxis={
            "range": [0, 1.15 * largest],
            "nticks": 6,
            "fixedrange": True,
            "title": {"text": "milliseconds per face"},
        },
        yaxis={
            "tickvals": list(range(len(measured))),
            "ticktext": [f"{side}, {found.side} px" for side, found in measured.items()],
            "range": [len(measured) - 0.5, -0.75],
            "showgrid": False,
            "fixedrange": True,
            "tickfont": {"color": colours.text, "size": 13},
        },
    )
    times = [f"{side} {1e3 * found.median:.1f} ms" for side, found in measured.items()]
    return Chart(
        figure,
        pd.DataFrame([{"model": side, **vars(found)} for side, found in measured.items()]),
        f"Time of one face at the model's own size: median (dot) and quartiles (band) of "
        f"{_repeats(measured)} warm passes, {_where(measured)}.",
        f"Median time of one face: {', '.join(times)}.",
        "latency",
    )


def _rows(models: Mapping[Side, Cost]) -> list[_Row]:
    rows = []
    for side, cost in models.items():
        for graph, found in (("training", cost.training), ("inference", cost.inference)):
            rows.append(_Row(f"{side}, {graph}", side, graph, cost.side, *found))
    for name, printed in PAPER_TABLE.items():
        rows.append(_Row(f"Paper: {name}", f"paper, {name}", "training", PAPER_SIDE, *printed))
    return rows


def _bars(rows: list[_Row], values: list[float], sign: str, title: str, theme: Theme) -> go.Bar:
    colours = palette(theme)
    fills, lines = [], []
    for row in rows:
        own = colours.models.get(row.model)  # type: ignore[call-overload]
        lines.append(own or colours.muted)
        fills.append(
            colours.card if own is None else own if row.graph == "training" else rgba(own, 0.45)
        )
    return go.Bar(
        x=values,
        y=list(range(len(rows))),
        orientation="h",
        marker={"color": fills, "line": {"color": lines, "width": 1.2}, "cornerradius": 3},
        text=[f"{value:.2f} {sign}" for value in values],
        textposition="outside",
        textfont={"size": 13, "color": colours.text},
        cliponaxis=False,
        customdata=[f"{row.label} at {row.side} px" for row in rows],
        name=title,
        hovertemplate=f"%{{customdata}}: {title.lower()} %{{x:.3f}} {sign}.<extra></extra>",
    )


def _finding(models: Mapping[Side, Cost]) -> str:
    parts = [
        f"training {side} takes {cost.training.parameters / 1e6:.2f} M parameters and "
        f"{cost.training.macs / 1e9:.2f} G multiply–accumulates a face"
        for side, cost in models.items()
    ]
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _repeats(measured: Mapping[Side, Latency]) -> str:
    return " and ".join(sorted({str(found.repeats) for found in measured.values()}))


def _where(measured: Mapping[Side, Latency]) -> str:
    places = {
        f"CPU with {found.threads} thread{'s' * (found.threads > 1)}"
        if found.device == "cpu"
        else found.device
        for found in measured.values()
    }
    return " and ".join(sorted(places))
