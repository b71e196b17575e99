"""How evenly attention is spread over the blocks: the histogram of its entropy."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from clfer.analysis.attention_statistics import Histogram
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, rgba, spoken, styled
from clfer.sides import Side

HEIGHT = 300


def entropy_bars(histogram: Histogram, sides: Sequence[Side], faces: str, theme: Theme) -> Chart:
    """Histogram of the entropy of μ for one or two models, with their medians.

    Args:
        histogram: One row of counts per model.
        sides: Which models, in the order of the rows.
        faces: Whose, in words.
        theme: Light or dark.
    """
    figure = go.Figure()
    top = 1.16 * float(histogram.counts.max())
    for row, side in enumerate(sides):
        figure.add_trace(_bars(histogram, row, side, len(sides), theme))
        _median(figure, histogram.medians[row], side, top * (1 - 0.09 * row), theme)
    edges = histogram.edges
    room = 0.02 * (edges[-1] - edges[0])
    styled(
        figure,
        theme,
        HEIGHT,
        margin={"l": 52, "r": 12, "t": 22, "b": 50},
        barmode="overlay",
        bargap=0.04,
        xaxis={
            "range": [edges[0] - room, edges[-1] + room],
            "title_text": "Entropy of μ, bits",
            "nticks": 6,
            "fixedrange": True,
            "showgrid": False,
        },
        yaxis={"range": [0, top], "title_text": "Faces", "nticks": 5, "fixedrange": True},
    )
    return Chart(
        figure,
        _table(histogram, sides),
        f"Entropy of μ<sub>1</sub> … μ<sub>4</sub> (Eq. 8) scaled to the sum 1, of"
        f" {histogram.counts[0].sum():,} {faces}: 0 bits if one block has all attention, 2 if all"
        " have the same.",
        _finding(histogram, sides),
        "attention-entropy",
    )


def _bars(histogram: Histogram, row: int, side: Side, models: int, theme: Theme) -> go.Bar:
    edges = histogram.edges
    return go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=histogram.counts[row],
        width=np.diff(edges) * 0.92,
        marker={"color": rgba(palette(theme).models[side], 0.8 if models == 1 else 0.55)},
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        hovertemplate=f"Model {side}: %{{y:,}} faces with %{{customdata[0]:.2f}} to "
        "%{customdata[1]:.2f} bits.<extra></extra>",
        name=side,
    )


def _median(figure: go.Figure, value: float, side: Side, height: float, theme: Theme) -> None:
    figure.add_shape(
        type="line",
        x0=value,
        x1=value,
        y0=0,
        y1=height,
        line={"color": palette(theme).text, "width": 2, "dash": "dot"},
    )
    figure.add_annotation(
        x=value,
        y=height,
        yanchor="bottom",
        text=f"<b>{side}</b> median {value:.2f}",
        showarrow=False,
        bgcolor=palette(theme).card,
        font={"size": 13, "color": palette(theme).text},
    )


def _table(histogram: Histogram, sides: Sequence[Side]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "entropy_from_bits": histogram.edges[:-1],
            "entropy_to_bits": histogram.edges[1:],
            **{f"faces_{side}": histogram.counts[row] for row, side in enumerate(sides)},
        }
    )


def _finding(histogram: Histogram, sides: Sequence[Side]) -> str:
    parts = [f"{m:.2f} bits in model {s}" for m, s in zip(histogram.medians, sides, strict=True)]
    return f"Half of the faces have an entropy of attention below {spoken(parts)}, of at most 2."
