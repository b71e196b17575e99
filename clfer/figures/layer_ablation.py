"""Leave one layer out: the accuracy that is left, and the decisions that flip."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clfer.analysis.layer_ablation import OUTCOMES, Accuracy, LayerAblation, Outcome
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, styled
from clfer.figures.titles import panel_title, squares
from clfer.sides import Side

HEIGHT, NARROW_HEIGHT = 290, 500

LOSS = {"light": "#9a5a12", "dark": "#d8a25c"}
"""What gets worse; the accent stands for what gets better. Brown is no expression's colour."""

ROWS = ("All blocks", *(f"Without {j}" for j in range(1, 5)))


def outcome_colours(theme: Theme) -> dict[Outcome, str]:
    """Colours of broken, fixed and otherwise changed decisions."""
    colours = palette(theme)
    return {"broken": LOSS[theme], "fixed": colours.accent, "other": colours.muted}


def ablation_bars(
    ablation: LayerAblation,
    faces: str,
    theme: Theme,
    side: Side,
    limits: tuple[float, float],
    *,
    narrow: bool = False,
) -> Chart:
    """Accuracy without each block with its Wilson interval, and the decisions that flip.

    Args:
        ablation: Decisions of one model.
        faces: Whose, in words.
        theme: Light or dark.
        side: Which model.
        limits: Ends of the accuracy axis in percent, the same for both models.
        narrow: The two panels below each other.
    """
    shape = {"rows": 2, "cols": 1} if narrow else {"rows": 1, "cols": 2}
    figure = make_subplots(
        **shape,
        horizontal_spacing=0.05,
        vertical_spacing=0.2,
        shared_yaxes=not narrow,
        column_widths=None if narrow else [0.42, 0.58],
    )
    found = ablation.accuracy()
    for trace in _accuracy(found, side, theme):
        figure.add_trace(trace, row=1, col=1)
    place = {"row": 2, "col": 1} if narrow else {"row": 1, "col": 2}
    for kind in OUTCOMES:
        figure.add_trace(_flips(ablation, kind, theme), **place)
    _totals(figure, ablation, theme)
    _arrange(figure, ablation, theme, limits, narrow)
    return Chart(
        figure,
        _table(ablation, found, side),
        f"What is left: accuracy over {len(ablation.labels):,} {faces} with block j left out of F"
        " (Eq. 9), 95 % Wilson interval; flips: decisions that change. Nothing is trained again.",
        _finding(ablation, found, side),
        f"layer-ablation-{side}",
    )


def accuracy_limits(ablations: Sequence[LayerAblation]) -> tuple[float, float]:
    """Ends of one accuracy axis in percent for several models."""
    found = [value for ablation in ablations for value in ablation.accuracy()]
    low, high = min(v.low for v in found), max(v.high for v in found)
    room = 0.06 * (high - low) + 0.005
    # Room at the right for the number beside the highest dot.
    return 100 * (low - room), 100 * (high + 5 * room)


def _accuracy(found: Sequence[Accuracy], side: Side, theme: Theme) -> list[go.Scatter]:
    colours = palette(theme)
    values = [100 * v.value for v in found]
    full = go.Scatter(
        x=[values[0]] * 2,
        y=[-0.5, 4.5],
        mode="lines",
        line={"color": colours.muted, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        name="all blocks",
    )
    dots = go.Scatter(
        x=values,
        y=list(range(5)),
        mode="markers+text",
        marker={"size": 11, "color": [colours.models[side], *colours.blocks]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [100 * (v.high - v.value) for v in found],
            "arrayminus": [100 * (v.value - v.low) for v in found],
            "color": colours.text,
            "thickness": 1.2,
            "width": 4,
        },
        text=[f"<b>{value:.1f} %</b>" for value in values],
        textposition="top center",
        textfont={"size": 12, "color": colours.text},
        cliponaxis=False,
        customdata=[
            f"Model {side}, {'all blocks' if not j else f'without block {j}'}: "
            f"{100 * v.value:.1f} % right ({100 * v.low:.1f} to {100 * v.high:.1f} %)."
            for j, v in enumerate(found)
        ],
        hovertemplate="%{customdata}<extra></extra>",
        name="accuracy",
    )
    return [full, dots]


def _flips(ablation: LayerAblation, kind: Outcome, theme: Theme) -> go.Bar:
    counts = ablation.outcome(kind).sum(axis=1)
    return go.Bar(
        x=counts,
        y=list(range(1, 5)),
        orientation="h",
        width=0.46,
        marker={
            "color": outcome_colours(theme)[kind],
            "line": {"color": palette(theme).card, "width": 1},
        },
        customdata=[
            f"Without block {j + 1}, {count:,} decisions "
            + {
                "broken": "that were right become wrong.",
                "fixed": "that were wrong become right.",
                "other": "go from one wrong expression to another.",
            }[kind]
            for j, count in enumerate(counts)
        ],
        hovertemplate="%{customdata}<extra></extra>",
        name=kind,
    )


def _totals(figure: go.Figure, ablation: LayerAblation, theme: Theme) -> None:
    counts = {kind: ablation.outcome(kind).sum(axis=1) for kind in OUTCOMES}
    for j, total in enumerate(ablation.flipped.sum(axis=1)):
        figure.add_annotation(
            x=float(total),
            y=j + 1,
            xref="x2",
            yref="y2",
            xanchor="left",
            xshift=6,
            text=f"<b>{total:,}</b>  {' / '.join(f'{counts[kind][j]:,}' for kind in OUTCOMES)}",
            showarrow=False,
            font={"size": 12, "color": palette(theme).text},
        )


def _arrange(
    figure: go.Figure,
    ablation: LayerAblation,
    theme: Theme,
    limits: tuple[float, float],
    narrow: bool,
) -> None:
    colours = palette(theme)
    styled(
        figure,
        theme,
        NARROW_HEIGHT if narrow else HEIGHT,
        margin={"l": 84, "r": 10, "t": 34, "b": 44},
        barmode="stack",
    )
    figure.update_yaxes(
        range=[4.5, -0.7],
        tickvals=list(range(5)),
        ticktext=ROWS,
        tickfont={"color": colours.text, "size": 13},
        showgrid=False,
        fixedrange=True,
    )
    figure.update_layout(
        xaxis={"range": list(limits), "title_text": "Accuracy, %", "nticks": 5, "fixedrange": True},
        xaxis2={
            # The numbers beside the longest bar take about half of the panel.
            "range": [0, 2.3 * max(1, int(ablation.flipped.sum(axis=1).max()))],
            "title_text": "Decisions that flip, faces",
            "nticks": 5,
            "fixedrange": True,
        },
    )
    outcomes = [(colour, kind) for kind, colour in outcome_colours(theme).items()]
    keys = squares(outcomes, gap="  ")
    for panel, text in enumerate(("<b>What is left</b>", f"<b>Flips</b>  {keys}")):
        panel_title(figure, panel, text, theme)


def _table(ablation: LayerAblation, found: Sequence[Accuracy], side: Side) -> pd.DataFrame:
    columns: dict[str, object] = {
        "model": side,
        "left_out": ["", *(f"block {j}" for j in range(1, 5))],
        "faces": len(ablation.labels),
        "accuracy": [v.value for v in found],
        "wilson_low": [v.low for v in found],
        "wilson_high": [v.high for v in found],
    }
    for kind in OUTCOMES:
        columns[kind] = [0, *ablation.outcome(kind).sum(axis=1).tolist()]
    return pd.DataFrame(columns)


def _finding(ablation: LayerAblation, found: Sequence[Accuracy], side: Side) -> str:
    worst = min(range(1, 5), key=lambda j: found[j].value)
    flips = int(ablation.flipped[worst - 1].sum())
    return (
        f"Model {side} needs block {worst} most: without it {100 * found[worst].value:.1f} % "
        f"instead of {100 * found[0].value:.1f} % are right, and {flips:,} decisions flip."
    )
