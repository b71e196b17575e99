"""Each block's exact contribution to each expression's logit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, styled
from clfer.figures.titles import key_line, layer_keys, squares
from clfer.sides import Side


def contribution_bars(
    contributions: NDArray[np.float64],
    bias: NDArray[np.float64],
    classes: Sequence[str],
    theme: Theme,
    side: Side,
) -> Chart:
    """Contributions μ_j w_c f'_j, stacked by block for every expression, with their sum.

    Args:
        contributions: Centred over the classes, ``[n_c, 4]``.
        bias: Classifier bias, centred over the classes, ``[n_c]``.
        classes: Expressions, top to bottom.
        theme: Light or dark.
        side: Which model.
    """
    colours = palette(theme)
    names = [name.capitalize() for name in classes]
    figure = go.Figure()
    parts = [(f"Block {j + 1}", contributions[:, j], colours.blocks[j]) for j in range(4)]
    for label, values, colour in [*parts, ("Bias", bias, colours.expressions["neutral"])]:
        figure.add_trace(
            go.Bar(
                x=values,
                y=names,
                orientation="h",
                name=label,
                marker={"color": colour, "line": {"color": colours.card, "width": 1}},
                hovertemplate=label + " adds %{x:+.3f} to the logit of %{y}.<extra></extra>",
            )
        )
    total = contributions.sum(axis=1) + bias
    figure.add_trace(
        go.Scatter(
            x=total,
            y=names,
            mode="markers",
            name="Sum",
            marker={
                "symbol": "diamond",
                "size": 10,
                "color": colours.text,
                "line": {"color": colours.card, "width": 1.5},
            },
            hovertemplate="The centred logit of %{y} is %{x:+.3f}.<extra></extra>",
        )
    )
    _arrange(figure, theme, len(classes))
    return Chart(
        figure,
        _table(contributions, bias, total, classes),
        "What each block adds to each logit, exactly: μ<sub>j</sub> w<sub>c</sub> f′<sub>j</sub>"
        " (Eq. 8, 9), centred over the expressions; diamond: their sum.",
        _finding(contributions, total, classes, side),
        f"layer-contributions-{side.lower()}",
    )


def _arrange(figure: go.Figure, theme: Theme, rows: int) -> None:
    colours = palette(theme)
    styled(
        figure,
        theme,
        300,
        barmode="relative",
        margin={"l": 88, "r": 12, "t": 28, "b": 44},
        bargap=0.36,
        xaxis={"title": {"text": "Centred logit"}, "fixedrange": True, "zeroline": True},
        yaxis={
            "range": [rows - 0.5, -0.5],
            "showgrid": False,
            "fixedrange": True,
            "tickfont": {"color": colours.text, "size": 13},
        },
    )
    figure.update_xaxes(zerolinecolor=colours.muted, zerolinewidth=1)
    keys = squares(layer_keys(theme), size=17)
    key_line(figure, f"{keys}   <span style='font-size:15px'>◆</span> Sum", theme, shift=-84)


def _table(
    contributions: NDArray[np.float64],
    bias: NDArray[np.float64],
    total: NDArray[np.float64],
    classes: Sequence[str],
) -> pd.DataFrame:
    columns: dict[str, object] = {"expression": list(classes)}
    columns |= {f"block_{j + 1}": contributions[:, j] for j in range(4)}
    return pd.DataFrame({**columns, "bias": bias, "centred_logit": total})


def _finding(
    contributions: NDArray[np.float64],
    total: NDArray[np.float64],
    classes: Sequence[str],
    side: Side,
) -> str:
    top = int(total.argmax())
    block = int(contributions[top].argmax())
    return (
        f"In model {side}, block {block + 1} contributes most to {classes[top]}: "
        f"{contributions[top, block]:+.2f} of the centred logit {total[top]:+.2f}."
    )
