"""Layer attention of one face over its distribution on the validation faces."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clfer.analysis.attention import AttentionDistribution
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, rgba, styled
from clfer.sides import Side


@dataclass(frozen=True)
class LayerAttention:
    """The attention of one model for one face.

    Attributes:
        side: Which model.
        attention: μ_j of Eq. 8, ``[4]``.
        weighted: μ_j‖f'_j‖, ``[4]``.
        distribution: The same two over the validation faces; None where no table rides along.
    """

    side: Side
    attention: Sequence[float]
    weighted: Sequence[float]
    distribution: AttentionDistribution | None


def attention_dots(models: Sequence[LayerAttention], theme: Theme) -> Chart:
    """μ_1..μ_4 as dots over each layer's validation distribution, and μ_j‖f'_j‖ beside them.

    Args:
        models: One or two models with a multi-scale head.
        theme: Light or dark.
    """
    figure = make_subplots(cols=2, column_widths=[0.62, 0.38], horizontal_spacing=0.09)
    offsets = (0.0,) if len(models) == 1 else (-0.17, 0.17)
    for model, offset in zip(models, offsets, strict=True):
        _add_distribution(figure, model, offset, theme, alone=len(models) == 1)
        _add_dots(figure, model, offset, theme)
    _arrange(figure, theme)
    return Chart(figure, _table(models), _caption(models), _finding(models), "layer-attention")


def _add_distribution(
    figure: go.Figure, model: LayerAttention, offset: float, theme: Theme, alone: bool
) -> None:
    if model.distribution is None:
        return
    colour = palette(theme).models[model.side]
    drawn = (model.distribution.attention, model.distribution.attention_norm)
    for column, values in enumerate(drawn, start=1):
        for layer in range(4):
            figure.add_trace(
                go.Violin(
                    x=values[:, layer],
                    y0=layer + 1 + offset,
                    orientation="h",
                    width=0.8 if alone else 0.36,
                    points=False,
                    line={"width": 0},
                    fillcolor=rgba(colour, 0.24),
                    spanmode="hard",
                    hoverinfo="skip",
                    name=f"{model.side} validation, block {layer + 1}",
                ),
                row=1,
                col=column,
            )
        figure.add_trace(
            go.Scatter(
                x=np.median(values, axis=0),
                y=[j + offset for j in range(1, 5)],
                mode="markers",
                marker={
                    "symbol": "line-ns-open",
                    "size": 16 if alone else 9,
                    "color": colour,
                    "line": {"width": 1.5},
                },
                hovertemplate=f"Half of the {len(values):,} validation faces lie below "
                "%{x:.3f}.<extra></extra>",
                name=f"{model.side} median",
            ),
            row=1,
            col=column,
        )


def _add_dots(figure: go.Figure, model: LayerAttention, offset: float, theme: Theme) -> None:
    colours = palette(theme)
    positions = [j + offset for j in range(1, 5)]
    marker = {
        "size": 12,
        "color": colours.models[model.side],
        "line": {"width": 1.5, "color": colours.card},
    }
    for column, values, symbol in ((1, model.attention, "μ"), (2, model.weighted, "μ‖f′‖")):
        figure.add_trace(
            go.Scatter(
                x=list(values),
                y=positions,
                mode="markers+text",
                marker=marker,
                text=[f"<b>{value:.2f}</b>" for value in values],
                textposition=[
                    "middle left" if column == 1 and value > 0.8 else "middle right"
                    for value in values
                ],
                textfont={"size": 13, "color": colours.text},
                cliponaxis=False,
                customdata=[1, 2, 3, 4],
                hovertemplate=f"Model {model.side}, block %{{customdata}}: {symbol} = %{{x:.4f}}."
                "<extra></extra>",
                name=f"{model.side} {symbol}",
            ),
            row=1,
            col=column,
        )


def _arrange(figure: go.Figure, theme: Theme) -> None:
    styled(figure, theme, 300, margin={"l": 58, "r": 24, "t": 8, "b": 44})
    figure.update_yaxes(range=[4.55, 0.45], showgrid=False, fixedrange=True)
    figure.update_yaxes(
        tickvals=[1, 2, 3, 4],
        ticktext=[f"Block {j}" for j in range(1, 5)],
        tickfont={"color": palette(theme).text, "size": 13},
        col=1,
    )
    figure.update_yaxes(showticklabels=False, col=2)
    figure.update_xaxes(range=[-0.02, 1.02], fixedrange=True, title_text="Attention μ", col=1)
    largest = max(
        float(max(trace.x)) for trace in figure.data if trace.xaxis == "x2" and len(trace.x)
    )
    figure.update_xaxes(
        range=[-0.02 * largest, largest * 1.2], fixedrange=True, nticks=4, title_text="μ‖f′‖", col=2
    )


def _table(models: Sequence[LayerAttention]) -> pd.DataFrame:
    rows = []
    for model in models:
        for layer in range(4):
            row: dict[str, object] = {
                "model": model.side,
                "block": layer + 1,
                "attention": float(model.attention[layer]),
                "attention_times_norm": float(model.weighted[layer]),
            }
            if model.distribution is not None:
                values = model.distribution.attention[:, layer]
                row["validation_median"] = float(np.median(values))
                row["validation_share_below"] = float((values < model.attention[layer]).mean())
                row["validation_n"] = len(values)
            rows.append(row)
    return pd.DataFrame(rows)


def _caption(models: Sequence[LayerAttention]) -> str:
    counts = {len(m.distribution.attention) for m in models if m.distribution is not None}
    over = f" over the {max(counts):,} validation faces (tick: median)" if counts else ""
    return f"Dots: attention μ of this face (Eq. 8){over}; right: times the length of f′."


def _finding(models: Sequence[LayerAttention]) -> str:
    parts = []
    for model in models:
        values = ", ".join(f"block {j + 1} {value:.2f}" for j, value in enumerate(model.attention))
        top = int(np.argmax(model.attention)) + 1
        parts.append(f"Model {model.side} attends most to block {top}: {values}.")
    return " ".join(parts)
