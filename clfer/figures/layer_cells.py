"""Which expressions need which layer: recall without it minus recall with it, to be clicked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from clfer.analysis.layer_ablation import OUTCOMES, LayerAblation
from clfer.figures.chart import Chart
from clfer.figures.layer_ablation import HEIGHT, LOSS
from clfer.figures.theme import Theme, palette, styled
from clfer.sides import Side

NARROW_HEIGHT = 390


@dataclass(frozen=True)
class LayerCell:
    """A model, a layer that is left out, and a true expression.

    Attributes:
        side: Which model.
        layer: From 1.
        expression: Its name.
    """

    side: Side
    layer: int
    expression: str

    @property
    def address(self) -> str:
        """What identifies the cell, e.g. ``B-2-fear``."""
        return f"{self.side}-{self.layer}-{self.expression}"

    @property
    def words(self) -> str:
        """The faces in words."""
        return f"True {self.expression}, model {self.side} without block {self.layer}"


def layer_cells(ablation: LayerAblation, side: Side) -> list[LayerCell]:
    """All cells of a model, layer by layer."""
    return [LayerCell(side, j, name) for j in range(1, 5) for name in ablation.classes]


def worst_cell(ablation: LayerAblation, side: Side) -> LayerCell:
    """The cell of a model whose recall falls most."""
    layer, expression = ablation.worst()
    return LayerCell(side, layer + 1, ablation.classes[expression])


def change_limit(ablations: Sequence[LayerAblation]) -> float:
    """End of one colour scale for several models, in percentage points; 1 where nothing flips."""
    return max(100 * float(np.nanmax(np.abs(a.recall_change()))) for a in ablations) or 1.0


def recall_cells(
    ablation: LayerAblation,
    theme: Theme,
    side: Side,
    largest: float,
    chosen: LayerCell,
    *,
    narrow: bool = False,
) -> Chart:
    """Heat map layer x expression with an invisible square over each cell for clicks.

    Args:
        ablation: Decisions of one model.
        theme: Light or dark.
        side: Which model.
        largest: End of the colour scale in percentage points, the same for both models.
        chosen: The cell that is framed at first; another one by a click.
        narrow: Expressions as rows instead of columns.
    """
    figure = go.Figure(_numbers(ablation, theme, largest, narrow))
    figure.add_trace(_targets(ablation, side, chosen, theme, narrow))
    _arrange(figure, ablation, theme, narrow)
    return Chart(
        figure,
        _table(ablation, side),
        "Recall of each true expression without block j minus recall with all blocks, percentage"
        " points: brown loses, teal gains.",
        _finding(ablation, side),
        f"layer-ablation-by-expression-{side}",
    )


def _numbers(ablation: LayerAblation, theme: Theme, largest: float, narrow: bool) -> go.Heatmap:
    change = 100 * ablation.recall_change()
    values = change.T if narrow else change
    return go.Heatmap(
        z=values,
        text=[[_number(value) for value in row] for row in values],
        texttemplate="%{text}",
        textfont={"size": 12},
        xgap=1,
        ygap=1,
        colorscale=[[0, LOSS[theme]], [0.5, palette(theme).page], [1, palette(theme).accent]],
        zmin=-largest,
        zmax=largest,
        showscale=False,
        hoverinfo="skip",
        name="numbers",
    )


def _number(value: float) -> str:
    if np.isnan(value):
        return ""
    text = f"{value:+.1f}" if abs(value) < 9.95 else f"{value:+.0f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def _targets(
    ablation: LayerAblation, side: Side, chosen: LayerCell, theme: Theme, narrow: bool
) -> go.Scatter:
    """What is hovered and clicked, for a heat map's cells cannot be selected.

    The selected square is drawn as a frame by the browser itself, so that a click needs no other
    figure and nothing is drawn anew.
    """
    cells = layer_cells(ablation, side)
    columns = [ablation.classes.index(cell.expression) for cell in cells]
    rows = [cell.layer - 1 for cell in cells]
    return go.Scatter(
        x=rows if narrow else columns,
        y=columns if narrow else rows,
        mode="markers",
        marker={
            "symbol": "square-open",
            "size": 34 if narrow else 40,
            "color": palette(theme).text,
            "line": {"width": 2.5},
            "opacity": 0,
        },
        selectedpoints=[cells.index(chosen)] if chosen in cells else None,
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0}},
        customdata=[cell.address for cell in cells],
        text=[_sentence(ablation, cell) for cell in cells],
        hovertemplate="%{text}<extra></extra>",
        name="cells",
    )


def _sentence(ablation: LayerAblation, cell: LayerCell) -> str:
    column = ablation.classes.index(cell.expression)
    broken, fixed, other = (int(ablation.counts(k)[cell.layer - 1, column]) for k in OUTCOMES)
    return (
        f"{cell.words} ({ablation.support()[column]:,} faces): {broken:,} broken, "
        f"{fixed:,} fixed, {other:,} otherwise changed."
    )


def _arrange(figure: go.Figure, ablation: LayerAblation, theme: Theme, narrow: bool) -> None:
    names = [name.capitalize() for name in ablation.classes]
    layers = [f"{'' if narrow else 'Without '}{j}" for j in range(1, 5)]
    across, down = (layers, names) if narrow else (names, layers)
    styled(
        figure,
        theme,
        NARROW_HEIGHT if narrow else HEIGHT,
        margin={"l": 84, "r": 10, "t": 34, "b": 12},
    )
    tick = {"size": 13, "color": palette(theme).text}
    figure.update_xaxes(
        tickvals=list(range(len(across))),
        ticktext=across,
        range=[-0.5, len(across) - 0.5],
        side="top",
        tickangle=0,
        tickfont=tick | {"size": 13 if narrow else 12},
        title_text="Without block" if narrow else "",
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=list(range(len(down))),
        ticktext=down,
        range=[len(down) - 0.5, -0.5],
        tickfont=tick,
        showgrid=False,
        fixedrange=True,
    )
    if narrow:
        figure.update_layout(margin={"t": 54})


def _table(ablation: LayerAblation, side: Side) -> pd.DataFrame:
    change, counts = ablation.recall_change(), {kind: ablation.counts(kind) for kind in OUTCOMES}
    return pd.DataFrame(
        [
            {
                "model": side,
                "left_out": f"block {j + 1}",
                "expression": name,
                "faces": int(ablation.support()[k]),
                **{kind: int(values[j, k]) for kind, values in counts.items()},
                "recall_change": change[j, k],
            }
            for j in range(4)
            for k, name in enumerate(ablation.classes)
        ]
    )


def _finding(ablation: LayerAblation, side: Side) -> str:
    layer, column = ablation.worst()
    change = 100 * ablation.recall_change()[layer, column]
    return (
        f"In model {side} the recall of {ablation.classes[column]} falls most, by "
        f"{abs(min(change, 0)):.1f} percentage points, without block {layer + 1}."
    )
