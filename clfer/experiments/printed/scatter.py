"""Grids of points coloured by expression, such as embeddings over epochs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from clfer.experiments.printed.grid import titled_grid
from clfer.experiments.printed.style import COLOURS, TWO_COLUMNS
from clfer.expressions import EXPRESSIONS, ordered

_SHAPES = dict(zip(EXPRESSIONS, "os^DvP*X", strict=True))


@dataclass(frozen=True)
class Scatter:
    """Points of one cell.

    Attributes:
        points: [N, 2].
        names: Expression of each of the N points.
    """

    points: NDArray[np.floating]
    names: Sequence[str]


def scatter_grid(
    cells: Sequence[Sequence[Scatter | None]],
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    *,
    width: float = TWO_COLUMNS,
    size: float = 3.0,
) -> Figure:
    """Points by expression, told apart by colour and shape, with one legend below.

    Args:
        cells: [rows][columns], e.g. models by epochs; None leaves a cell empty.
        row_titles: One per row.
        column_titles: One per column.
        width: Of the figure, in inches.
        size: Area of a point, in square points.
    """
    shown = ordered(name for row in cells for cell in row if cell for name in cell.names)
    per_row = max(1, int(width / 0.82))
    below = 0.1 + 0.14 * -(-len(shown) // per_row)
    figure, axes = titled_grid(row_titles, column_titles, width=width, below=below)
    for row, places in zip(cells, axes, strict=True):
        for cell, one in zip(row, places, strict=True):
            for spine in one.spines.values():
                spine.set(visible=True, color=COLOURS.outline)
            if cell is None:
                continue
            names = np.asarray(cell.names)
            for name in shown:
                mine = cell.points[names == name]
                one.scatter(
                    mine[:, 0],
                    mine[:, 1],
                    s=size,
                    marker=_SHAPES.get(name, "o"),
                    color=COLOURS.expression(name),
                    linewidths=0,
                    alpha=0.75,
                    rasterized=True,
                )
            one.set_aspect("equal", adjustable="datalim")
    handles = [
        Line2D([], [], marker=_SHAPES.get(name, "o"), color=COLOURS.expression(name), linestyle="")
        for name in shown
    ]
    figure.legend(
        handles, shown, loc="lower center", ncols=per_row, handletextpad=0.1, borderaxespad=0.1
    )
    return figure
