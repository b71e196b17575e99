"""What each layer adds to the logit of the expression that a model predicts."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from clfer.analysis.layer_ablation import ExpressionShares
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, styled
from clfer.figures.titles import key_line, layer_keys, squares
from clfer.sides import Side

HEIGHT = 380


def layer_shares(
    shares: ExpressionShares,
    faces: str,
    theme: Theme,
    side: Side,
    limits: tuple[float, float],
    *,
    narrow: bool = False,
) -> Chart:
    """Mean centred shares of the blocks and the bias, stacked, with their sum.

    Args:
        shares: Means by predicted expression.
        faces: Whose, in words.
        theme: Light or dark.
        side: Which model.
        limits: Ends of the logit axis, the same for both models.
        narrow: Numbers in the widest segments only.
    """
    colours, names = palette(theme), [name.capitalize() for name in shares.classes]
    figure = go.Figure()
    parts = [(f"Block {j + 1}", shares.layers[:, j], colours.blocks[j]) for j in range(4)]
    room = (0.11 if narrow else 0.05) * (limits[1] - limits[0])
    for label, values, colour in [*parts, ("Bias", shares.bias, colours.expressions["neutral"])]:
        figure.add_trace(_bar(label, values, names, colour, shares, room, colours.card))
    figure.add_trace(
        go.Scatter(
            x=shares.total,
            y=names,
            mode="markers",
            marker={
                "symbol": "diamond",
                "size": 10,
                "color": colours.text,
                "line": {"color": colours.card, "width": 1.5},
            },
            hovertemplate="Faces said to show %{y}: mean centred logit %{x:+.2f}.<extra></extra>",
            name="Sum",
        )
    )
    _arrange(figure, shares, theme, limits)
    return Chart(
        figure,
        _table(shares, side),
        "Mean of μ<sub>j</sub> w<sub>c</sub> f′<sub>j</sub> in the logit of the predicted"
        f" expression c (Eq. 8, 9) over {shares.counts.sum():,} {faces}, centred over the"
        " expressions.",
        _finding(shares, side),
        f"layer-shares-{side}",
    )


def _bar(
    label: str,
    values: np.ndarray,
    names: list[str],
    colour: str,
    shares: ExpressionShares,
    room: float,
    edge: str,
) -> go.Bar:
    fits = np.abs(values) > room
    return go.Bar(
        x=values,
        y=names,
        orientation="h",
        name=label,
        marker={"color": colour, "line": {"color": edge, "width": 1}},
        text=[f"{v:.1f}" if fit else "" for v, fit in zip(values, fits, strict=True)],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"size": 12},
        customdata=np.stack([shares.counts, 100 * values / shares.total], axis=1),
        hovertemplate=label + " adds %{x:+.2f} to the logit of %{y}, %{customdata[1]:.0f} % of it "
        "(%{customdata[0]:,} faces).<extra></extra>",
    )


def _arrange(
    figure: go.Figure, shares: ExpressionShares, theme: Theme, limits: tuple[float, float]
) -> None:
    colours, names = palette(theme), [name.capitalize() for name in shares.classes]
    styled(
        figure,
        theme,
        HEIGHT,
        margin={"l": 84, "r": 14, "t": 36, "b": 44},
        barmode="relative",
        bargap=0.28,
    )
    figure.update_xaxes(
        range=list(limits), fixedrange=True, title_text="Logit above the mean expression", nticks=6
    )
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=names,
        autorange="reversed",
        tickvals=names,
        ticktext=[
            f"{name}<br><span style='font-size:11px;color:{colours.muted}'>n = {n:,}</span>"
            for name, n in zip(names, shares.counts, strict=True)
        ],
        tickfont={"color": colours.text, "size": 13},
        showgrid=False,
        fixedrange=True,
    )
    key_line(figure, squares(layer_keys(theme), gap="  ") + "  ◆ Sum", theme, shift=-78)


def _table(shares: ExpressionShares, side: Side) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": side,
            "predicted": shares.classes,
            "faces": shares.counts,
            **{f"block_{j + 1}": shares.layers[:, j] for j in range(4)},
            "bias": shares.bias,
            "centred_logit": shares.total,
        }
    )


def _finding(shares: ExpressionShares, side: Side) -> str:
    parts = []
    for row, name in enumerate(shares.classes):
        if shares.counts[row]:
            block = int(shares.layers[row].argmax())
            percent = 100 * shares.layers[row, block] / shares.total[row]
            parts.append(f"{name} block {block + 1} ({percent:.0f} %)")
    return f"What adds most to the logit in model {side}: {', '.join(parts)}."
