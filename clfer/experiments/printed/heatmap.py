"""Heat maps with numbers, such as confusion matrices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from clfer.experiments.printed.style import (
    COLOURS,
    DIFFERENCE,
    HEAT,
    SMALL,
    TWO_COLUMNS,
    panel_figure,
)
from clfer.experiments.printed.text import text_width, wrapped


@dataclass(frozen=True)
class Heatmap:
    """A matrix to draw.

    Attributes:
        values: [R, C]; NaN leaves a cell empty.
        rows: R names.
        columns: C names.
        title: Of the panel.
        difference: Whether the values are of either sign: zero is white, and the darkest colours
            belong to the largest magnitude.
    """

    values: NDArray[np.floating]
    rows: Sequence[str]
    columns: Sequence[str]
    title: str = ""
    difference: bool = False


def heatmaps(
    panels: Sequence[Heatmap],
    *,
    highest: float,
    x: str = "",
    y: str = "",
    decimals: int = 0,
    width: float = TWO_COLUMNS,
    across: int = 2,
) -> Figure:
    """Matrices on one colour scale from 0 (white), every cell with its number.

    Differences have a scale of their own.

    Args:
        panels: At least one.
        highest: Value of the darkest colour, in the unit of the values.
        x: Label below the lowest panels.
        y: Label left of the leftmost panels.
        decimals: Of the numbers.
        width: Of the figure, in inches.
        across: Panels in a row.
    """
    across = min(across, len(panels))
    named = [_names_rows(panels, i, across) for i in range(len(panels))]
    left = max(
        sum(_longest(panels[i].rows) + 0.12 for i in line if i < len(panels) and named[i])
        for start in range(0, len(panels), across)
        for line in [range(start, start + across)]
    )
    side = (width - left - (0.2 if y else 0.05) - 0.06 * across) / across
    tallest = max(side * len(panel.rows) / len(panel.columns) for panel in panels)
    below = max(_longest(panel.columns) if _upright(panel, side) else 0.1 for panel in panels)
    high = tallest + below + 0.08 + (0.17 if x else 0.0) + _title_room(panels, side)
    figure, axes = panel_figure(len(panels), width, high + 0.08, across)
    for i, (panel, one) in enumerate(zip(panels, axes, strict=True)):
        _draw(one, panel, highest, decimals, side)
        if i % across == 0:
            one.set_ylabel(y)
        if not named[i]:
            one.set_yticklabels([])
        if i >= len(panels) - across:
            one.set_xlabel(x)
    return figure


def _draw(axes: Axes, panel: Heatmap, highest: float, decimals: int, side: float) -> None:
    values = np.asarray(panel.values, dtype=float)
    known = values[np.isfinite(values)]
    if panel.difference:
        highest = float(np.abs(known).max(initial=0.0)) or 1.0
    low, colours = (-highest, DIFFERENCE) if panel.difference else (0.0, HEAT)
    axes.imshow(values, cmap=colours, vmin=low, vmax=highest, aspect="equal")
    rows, columns = values.shape
    size = min(SMALL + 0.5, 72 * side / columns / (0.65 * (3 + decimals)))
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = abs(value) > 0.55 * highest
            axes.text(
                j,
                i,
                f"{value:z.{decimals}f}".replace("-", "−"),
                ha="center",
                va="center",
                fontsize=size,
                color="white" if dark else COLOURS.text,
                in_layout=False,  # it lies within its cell, and a layout of hundreds is slow
            )
    axes.set_xticks(range(columns), panel.columns, rotation=90 if _upright(panel, side) else 0)
    axes.set_yticks(range(rows), panel.rows)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(True)
    axes.set_title(wrapped(panel.title, side), loc="left")


def _names_rows(panels: Sequence[Heatmap], i: int, across: int) -> bool:
    """Whether panel ``i`` needs the names of its rows beside those of its left neighbour."""
    return i % across == 0 or list(panels[i].rows) != list(panels[i - 1].rows)


def _longest(names: Sequence[str]) -> float:
    return max(text_width(name, 6.5) for name in names)


def _upright(panel: Heatmap, side: float) -> bool:
    return _longest(panel.columns) > 0.95 * side / len(panel.columns)


def _title_room(panels: Sequence[Heatmap], side: float) -> float:
    lines = max(wrapped(panel.title, side).count("\n") + 1 for panel in panels)
    return 0.06 + 0.13 * lines if any(panel.title for panel in panels) else 0.0
