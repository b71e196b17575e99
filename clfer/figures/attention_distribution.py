"""Attention of every block over a split, by expression or by correctness, as ridges."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clfer.analysis.attention_statistics import VERDICTS, GroupedWeights, Weight
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, rgba, styled
from clfer.figures.titles import panel_title
from clfer.sides import Side

HEIGHT, NARROW_HEIGHT = 430, 760

SYMBOLS: dict[Weight, str] = {"attention": "μ", "attention_norm": "μ‖f′‖"}

RISE, FLOOR = 0.74, 0.3
"""Height of a ridge, and how far its foot lies below the middle of its row, in rows."""


def attention_ridges(
    groups: GroupedWeights,
    faces: str,
    theme: Theme,
    side: Side,
    largest: float,
    *,
    narrow: bool = False,
) -> Chart:
    """One panel per block, one ridge per group, the middle half and the median below each.

    Args:
        groups: Distributions of one model.
        faces: Whose, in words, e.g. ``faces of FER+ valid``.
        theme: Light or dark.
        side: Which model.
        largest: Upper end of the axis of μ‖f'‖, the same for both models.
        narrow: Two panels in a row instead of four.
    """
    cols = 2 if narrow else 4
    figure = make_subplots(
        rows=4 // cols,
        cols=cols,
        shared_yaxes=True,
        horizontal_spacing=0.06 if narrow else 0.03,
        vertical_spacing=0.13,
    )
    for block in range(4):
        place = {"row": block // cols + 1, "col": block % cols + 1}
        for row in range(len(groups.groups)):
            figure.add_trace(_ridge(groups, block, row, theme), **place)
        for trace in _quartiles(groups, block, theme, side):
            figure.add_trace(trace, **place)
    _arrange(figure, groups, theme, largest, narrow)
    by = "correctness" if groups.groups == VERDICTS else "true expression"
    symbol = SYMBOLS[groups.weight]
    return Chart(
        figure,
        _table(groups, side),
        f"{symbol} at each block over {groups.counts.sum():,} {faces}, by {by} (Eq. 8). Every"
        " ridge has the same height; bar: the middle half, dot: the median.",
        _finding(groups, side),
        f"attention-{groups.weight.replace('_', '-')}-{by.replace(' ', '-')}-{side}",
    )


def _colour(groups: GroupedWeights, row: int, theme: Theme) -> str:
    colours = palette(theme)
    if groups.groups == VERDICTS:
        return colours.accent if groups.groups[row] == "correct" else colours.muted
    return colours.expression(groups.groups[row])


def _ridge(groups: GroupedWeights, block: int, row: int, theme: Theme) -> go.Scatter:
    density, foot = groups.density[row, block], row + FLOOR
    drawn = not np.isnan(density).any()
    places = groups.places[row, block] if drawn else np.array([])
    top = foot - RISE * density / density.max() if drawn else np.array([])
    colour = _colour(groups, row, theme)
    return go.Scatter(
        x=np.concatenate([places, places[::-1]]),
        y=np.concatenate([top, np.full(len(places), foot)]),
        mode="lines",
        fill="toself",
        line={"color": colour, "width": 1.2},
        fillcolor=rgba(colour, 0.42),
        hoverinfo="skip",
        name=f"{groups.groups[row]} {block + 1}",
    )


def _quartiles(groups: GroupedWeights, block: int, theme: Theme, side: Side) -> list[go.Scatter]:
    colours, rows = palette(theme), np.arange(len(groups.groups))
    low, median, high = groups.quartiles[:, block].T
    feet, gap = rows + FLOOR, np.full(len(rows), np.nan)
    halves = go.Scatter(
        x=np.stack([low, high, gap], axis=1).ravel(),
        y=np.stack([feet, feet, gap], axis=1).ravel(),
        mode="lines",
        line={"color": colours.text, "width": 3},
        hoverinfo="skip",
        name=f"quartiles {block + 1}",
    )
    medians = go.Scatter(
        x=median,
        y=feet,
        mode="markers",
        marker={
            "size": 10,
            "color": [_colour(groups, row, theme) for row in range(len(rows))],
            "line": {"color": colours.text, "width": 1.5},
        },
        cliponaxis=False,
        customdata=[
            f"Model {side}, block {block + 1}, {name} (n = {groups.counts[row]:,}): half of the "
            f"faces have {SYMBOLS[groups.weight]} between {low[row]:.3g} and {high[row]:.3g}; "
            f"median {median[row]:.3g}."
            for row, name in enumerate(groups.groups)
        ],
        hovertemplate="%{customdata}<extra></extra>",
        name=f"median {block + 1}",
    )
    return [halves, medians]


def _arrange(
    figure: go.Figure, groups: GroupedWeights, theme: Theme, largest: float, narrow: bool
) -> None:
    colours, count = palette(theme), len(groups.groups)
    margin = {"l": 84, "r": 14, "t": 30, "b": 48}
    styled(figure, theme, NARROW_HEIGHT if narrow else HEIGHT, margin=margin)
    figure.update_yaxes(
        tickvals=np.arange(count),
        ticktext=[
            f"{name.capitalize()}<br><span style='font-size:11px;color:{colours.muted}'>"
            f"n = {n:,}</span>"
            for name, n in zip(groups.groups, groups.counts, strict=True)
        ],
        tickfont={"color": colours.text, "size": 13},
        range=[count - 0.45, -0.62],
        showgrid=False,
        fixedrange=True,
    )
    ticks: dict[str, Any] = {"range": [0, largest * 1.04], "nticks": 5}
    if groups.weight == "attention":
        ticks = {"range": [-0.03, 1.03], "tickvals": [0, 0.5, 1]}
    figure.update_xaxes(**ticks, fixedrange=True, title_text=SYMBOLS[groups.weight])
    if narrow:
        figure.update_xaxes(title_text="", row=1)
    for block in range(4):
        panel_title(figure, block, f"<b>Block {block + 1}</b>", theme, above=24)


def _table(groups: GroupedWeights, side: Side) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model": side,
                "group": name,
                "faces": int(groups.counts[row]),
                "block": block + 1,
                "quantity": SYMBOLS[groups.weight],
                "quartile_1": groups.quartiles[row, block, 0],
                "median": groups.quartiles[row, block, 1],
                "quartile_3": groups.quartiles[row, block, 2],
            }
            for row, name in enumerate(groups.groups)
            for block in range(4)
        ]
    )


def _finding(groups: GroupedWeights, side: Side) -> str:
    medians = groups.quartiles[:, :, 1]
    parts = []
    for row, name in enumerate(groups.groups):
        if groups.counts[row]:
            block = int(medians[row].argmax())
            parts.append(f"{name} block {block + 1} ({medians[row, block]:.2f})")
    return (
        f"In model {side} the block with the highest median {SYMBOLS[groups.weight]} is, by group: "
        f"{', '.join(parts)}."
    )
