"""How the gradient norms of single faces lie per expression, at one block."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from clfer.analysis.intensity_summary import IntensitySummary
from clfer.figures.chart import Chart
from clfer.figures.intensity_distribution import faces, named
from clfer.figures.intensity_history import LOSSES
from clfer.figures.log_scale import log_scale
from clfer.figures.theme import Theme, palette, rgba, spoken, styled
from clfer.sides import Side

ROW = 34
"""Pixels per expression."""


def expression_distribution(
    models: Mapping[Side, IntensitySummary],
    block: int,
    loss: str,
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """Median, middle half and middle nine tenths of the norms per true expression at one block.

    Args:
        models: Summaries of the same faces.
        block: 1 to 4.
        loss: ``cls`` or ``joint``.
        theme: Light or dark.
        narrow: Laid out for 390 px.
    """
    names = next(iter(models.values())).classes
    counts = next(iter(models.values())).class_counts
    traces: list[dict[str, Any]] = []
    for side, summary in models.items():
        for row, name in enumerate(summary.classes):
            traces.extend(_row(side, summary, row, name, block, loss, theme))
    figure = go.Figure(traces)
    drawn = np.concatenate([s.class_quantiles[block - 1].ravel() for s in models.values()])
    figure.update_xaxes(
        **log_scale(drawn), fixedrange=True, title_text=f"Gradient norm at block {block}"
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[
            f"{name.capitalize()}  {_muted(f'{n:,}', theme)}"
            for name, n in zip(names, counts, strict=True)
        ],
        tickfont={"size": 13, "color": palette(theme).text},
        range=[len(names) - 0.4, -0.6],
        fixedrange=True,
        showgrid=False,
    )
    margin = {"l": 118 if narrow else 132, "r": 28, "t": 8, "b": 50}
    return Chart(
        styled(figure, theme, ROW * len(names) + 66, margin=margin),
        _expression_table(models, block),
        f"Norm of the gradient of {LOSSES[loss]} at block {block} by true expression, "
        f"{faces(models)} validation faces (logarithmic). Dot: median; bar: middle half; line: "
        "nine tenths.",
        _expression_finding(models, block),
        f"learning-intensity-expressions-block-{block}-{loss}",
    )


def _row(
    side: Side,
    summary: IntensitySummary,
    row: int,
    name: str,
    block: int,
    loss: str,
    theme: Theme,
) -> list[dict[str, Any]]:
    colours = palette(theme)
    colour = colours.models[side]
    low, first, median, third, high = summary.class_quantiles[block - 1, row]
    y = row + (-0.17 if side == "A" else 0.17)
    hover = (
        f"{name.capitalize()}, model {side}, block {block}: median {median:.3g}, half of the "
        f"{summary.class_counts[row]:,} faces between {first:.3g} and {third:.3g}.<extra></extra>"
    )
    common = {"type": "scatter", "hovertemplate": hover}
    thin = {"mode": "lines", "line": {"width": 1.2, "color": rgba(colour, 0.7)}}
    thick = {"mode": "lines", "line": {"width": 6, "color": rgba(colour, 0.55)}}
    dot = {
        "mode": "markers+text",
        "marker": {"size": 9, "color": colour, "line": {"width": 1, "color": colours.card}},
        "text": [f"<b>{side}</b>" if row == 0 else ""],
        "textposition": "top center" if side == "A" else "bottom center",
        "textfont": {"size": 13, "color": colour},
        "cliponaxis": False,
        "name": f"{side} {name}",
    }
    return [
        {**common, **thin, "x": [low, high], "y": [y, y], "name": f"{side} {name} nine tenths"},
        {**common, **thick, "x": [first, third], "y": [y, y], "name": f"{side} {name} half"},
        {**common, **dot, "x": [median], "y": [y]},
    ]


def _muted(text: str, theme: Theme) -> str:
    return f"<span style='color:{palette(theme).muted};font-size:12px'>{text}</span>"


def _expression_table(models: Mapping[Side, IntensitySummary], block: int) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model": side,
                "block": block,
                "expression": name,
                "faces": int(summary.class_counts[row]),
                **named(summary.class_quantiles[block - 1, row]),
            }
            for side, summary in models.items()
            for row, name in enumerate(summary.classes)
        ]
    )


def _expression_finding(models: Mapping[Side, IntensitySummary], block: int) -> str:
    parts = []
    for side, summary in models.items():
        medians = summary.class_quantiles[block - 1, :, 2]
        top = int(np.argmax(medians))
        parts.append(f"{summary.classes[top]} in {side} (median {medians[top]:.2g})")
    return f"At block {block} the gradient is largest for {spoken(parts)}."
