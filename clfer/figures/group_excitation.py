"""Which expressions excite which semantic group of a block."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from clfer.figures.chart import Chart
from clfer.figures.theme import GROUP_SIGNS, Theme, palette, styled
from clfer.figures.titles import panel_title
from clfer.sides import Side


def excitation_maps(
    models: Mapping[Side, NDArray[np.float64]],
    classes: Sequence[str],
    counts: Sequence[int],
    block: int,
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """Groups by expressions, A beside B on one scale.

    Args:
        models: Standardised activation ``[K, n_c]`` of each model.
        classes: The expressions.
        counts: Faces of each expression.
        block: 1 … 4.
        theme: Light or dark.
        narrow: B below A.
    """
    largest = max(float(np.nanmax(np.abs(values), initial=0)) for values in models.values()) or 1.0
    shape = {"rows": len(models), "cols": 1} if narrow else {"rows": 1, "cols": len(models)}
    figure = make_subplots(**shape, horizontal_spacing=0.02, vertical_spacing=0.06)
    for panel, (side, values) in enumerate(models.items()):
        place = {"row": panel + 1, "col": 1} if narrow else {"row": 1, "col": panel + 1}
        figure.add_trace(_excitation_cells(side, values, classes, counts, theme), **place)
        _groups_axis(figure, place, len(values), theme, shown=narrow or panel == 0)
        figure.update_xaxes(showticklabels=not narrow or panel == len(models) - 1, **place)
        panel_title(figure, panel, f"<b>Model {side}</b>", theme, above=22)
    colours = [list(stop) for stop in palette(theme).difference]
    styled(
        figure,
        theme,
        470 if narrow else 250,
        margin={"l": 76, "r": 4, "t": 26, "b": 74},
        coloraxis={
            "colorscale": colours,
            "cmin": -largest,
            "cmax": largest,
            "showscale": False,
        },
    )
    figure.update_xaxes(fixedrange=True, showgrid=False, tickangle=-35)
    return Chart(
        figure,
        _excitation_table(models, classes, counts, block),
        f"Mean activation of each group of block {block} over the {sum(counts):,} faces, by their"
        " true expression, in standard deviations from that group's mean over all faces, so that"
        " groups and models compare.",
        _excitation_finding(models, classes, block),
        f"semantic-excitation-block-{block}",
    )


def _excitation_cells(
    side: Side,
    values: NDArray[np.float64],
    classes: Sequence[str],
    counts: Sequence[int],
    theme: Theme,
) -> go.Heatmap:
    rows = np.arange(len(values))
    texts = [[_signed(value) for value in row] for row in values]
    return go.Heatmap(
        z=values,
        x=[name.capitalize() for name in classes],
        y=rows,
        text=texts,
        texttemplate="%{text}",
        textfont={"size": 12, "color": palette(theme).text},
        customdata=np.stack(
            [
                np.broadcast_to(rows[:, None] + 1, values.shape),
                np.broadcast_to(np.array(counts)[None], values.shape),
            ],
            axis=-1,
        ),
        coloraxis="coloraxis",
        xgap=2,
        ygap=2,
        name=side,
        hovertemplate=f"Model {side}, group %{{customdata[0]}} on %{{customdata[1]:,}} faces of "
        "%{x}: %{text} standard deviations from its mean over all faces.<extra></extra>",
    )


def _signed(value: float) -> str:
    # Adding zero turns a rounded -0 into 0.
    return "" if np.isnan(value) else f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")


def _groups_axis(
    figure: go.Figure, place: dict[str, int], count: int, theme: Theme, *, shown: bool
) -> None:
    colours = palette(theme)
    figure.update_yaxes(
        tickvals=list(range(count)),
        ticktext=[
            f"<span style='color:{colours.group(k)}'>{GROUP_SIGNS[k % 4]}</span> Group {k + 1}"
            for k in range(count)
        ],
        autorange="reversed",
        showticklabels=shown,
        fixedrange=True,
        showgrid=False,
        **place,
    )


def _excitation_table(
    models: Mapping[Side, NDArray[np.float64]],
    classes: Sequence[str],
    counts: Sequence[int],
    block: int,
) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model": side,
                "block": block,
                "group": k + 1,
                "expression": name,
                "faces": int(counts[c]),
                "activation_in_standard_deviations": float(values[k, c]),
            }
            for side, values in models.items()
            for k in range(len(values))
            for c, name in enumerate(classes)
        ]
    )


def _excitation_finding(
    models: Mapping[Side, NDArray[np.float64]], classes: Sequence[str], block: int
) -> str:
    parts = []
    for side, values in models.items():
        if np.isnan(values).all():
            continue
        k, c = np.unravel_index(int(np.nanargmax(values)), values.shape)
        parts.append(f"{classes[int(c)]} group {int(k) + 1} of {side} ({_signed(values[k, c])})")
    return f"At block {block}, most excited above its mean is, by {' and by '.join(parts)}."
