"""How the gradient norms of single faces lie at each block."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from clfer.analysis.intensity_summary import QUANTILES, IntensitySummary
from clfer.figures.chart import Chart
from clfer.figures.intensity_history import LOSSES
from clfer.figures.log_scale import log_scale
from clfer.figures.theme import Theme, palette, rgba, spoken, styled
from clfer.sides import Side

HALF = 0.4
"""Width of the half of a violin, in blocks."""


def block_distribution(
    models: Mapping[Side, IntensitySummary], loss: str, theme: Theme, *, narrow: bool = False
) -> Chart:
    """Half violins of A (left) and B (right) at each block, on one logarithmic axis.

    Args:
        models: Summaries on shared bins.
        loss: ``cls`` or ``joint``.
        theme: Light or dark.
        narrow: Laid out for 390 px.
    """
    colours = palette(theme)
    widest = max(float(summary.share.max()) for summary in models.values()) or 1.0
    traces = []
    for side, summary in models.items():
        for block in range(4):
            traces.append(_half_violin(side, summary, block, widest, theme))
            traces.extend(_box(side, summary, block, loss, theme))
    letters = [
        {
            "x": block + (-0.24 if side == "A" else 0.24),
            "y": 1,
            "yref": "y domain",
            "yanchor": "top",
            "text": f"<b>{side}</b>",
            "showarrow": False,
            "font": {"size": 13, "color": colours.models[side]},
        }
        for side in models
        for block in range(1, 5)
    ]
    figure = go.Figure(traces, {"annotations": letters})
    edges = next(iter(models.values())).edges
    figure.update_yaxes(**log_scale(edges, above=0.14), fixedrange=True)
    figure.update_xaxes(
        tickvals=[1, 2, 3, 4],
        ticktext=[f"{'' if narrow else 'Block '}{j}" for j in range(1, 5)],
        title_text="Block" if narrow else "",
        range=[0.5, 4.5],
        fixedrange=True,
        showgrid=False,
    )
    margin = {"l": 60, "r": 8, "t": 30, "b": 44}
    return Chart(
        styled(figure, theme, 340, margin=margin),
        _block_table(models),
        f"Norm of the gradient of {LOSSES[loss]} of each of {faces(models)} validation faces at "
        "each block (logarithmic; Fig. 1a). Bar: middle half of the faces; line: median.",
        _block_finding(models),
        f"learning-intensity-faces-{loss}",
    )


def _half_violin(
    side: Side, summary: IntensitySummary, block: int, widest: float, theme: Theme
) -> dict[str, Any]:
    colour = palette(theme).models[side]
    sign = -1 if side == "A" else 1
    centres = np.sqrt(summary.edges[:-1] * summary.edges[1:])
    width = summary.share[block] / widest * HALF
    held = np.flatnonzero(width)
    used = slice(int(held[0]), int(held[-1]) + 1) if len(held) else slice(0, 0)
    spine = block + 1 + sign * 0.02
    x = np.concatenate([[spine], spine + sign * width[used], [spine]])
    ends = centres[used][[0, -1]] if len(held) else np.empty(0)
    y = np.concatenate([ends[:1], centres[used], ends[1:]])
    return {
        "type": "scatter",
        "x": x[: len(y)],
        "y": y,
        "mode": "lines",
        "fill": "toself",
        "fillcolor": rgba(colour, 0.3),
        "line": {"width": 1, "color": rgba(colour, 0.7), "shape": "spline", "smoothing": 0.5},
        "hoverinfo": "skip",
        "name": f"{side} block {block + 1}",
    }


def _box(
    side: Side, summary: IntensitySummary, block: int, loss: str, theme: Theme
) -> list[dict[str, Any]]:
    colours = palette(theme)
    colour = colours.models[side]
    low, first, median, third, high = summary.quantiles[block]
    sign = -1 if side == "A" else 1
    spine = block + 1 + sign * 0.06
    hover = (
        f"Model {side}, block {block + 1}, gradient of {LOSSES[loss]}: median {median:.3g}, half "
        f"of the faces between {first:.3g} and {third:.3g}, nine tenths between {low:.3g} and "
        f"{high:.3g}.<extra></extra>"
    )
    bar = {
        "type": "scatter",
        "x": [spine, spine],
        "y": [first, third],
        "mode": "lines",
        "line": {"width": 5, "color": colour},
        "hovertemplate": hover,
        "name": f"{side} middle half, block {block + 1}",
    }
    line = {
        "type": "scatter",
        "x": [block + 1 + sign * 0.02, block + 1 + sign * (HALF + 0.04)],
        "y": [median, median],
        "mode": "lines",
        "line": {"width": 2, "color": colour},
        "hovertemplate": hover,
        "name": f"{side} median, block {block + 1}",
    }
    return [bar, line]


def faces(models: Mapping[Side, IntensitySummary]) -> str:
    """Number of faces behind the models, in words."""
    counts = {summary.count for summary in models.values()}
    return " and ".join(f"{count:,}" for count in sorted(counts))


def _block_table(models: Mapping[Side, IntensitySummary]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model": side,
                "block": block + 1,
                "faces": summary.count,
                "faces_without_gradient": int(summary.zero[block]),
                "bin_from": float(summary.edges[i]),
                "bin_to": float(summary.edges[i + 1]),
                "share": float(summary.share[block, i]),
                **named(summary.quantiles[block]),
            }
            for side, summary in models.items()
            for block in range(4)
            for i in range(len(summary.edges) - 1)
        ]
    )


def named(values: Any) -> dict[str, float]:
    """Quantiles as columns of a table."""
    return {f"quantile_{q:g}": float(v) for q, v in zip(QUANTILES, values, strict=True)}


def _block_finding(models: Mapping[Side, IntensitySummary]) -> str:
    parts = []
    for block in range(4):
        medians = [f"{side} {summary.quantiles[block, 2]:.2g}" for side, summary in models.items()]
        parts.append(f"block {block + 1} {' and '.join(medians)}")
    return f"Median gradient norm of a face: {spoken(parts)}."
