"""Cells of equal size in rows and columns with titles."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clfer.experiments.printed.text import wrapped

_LINE = 0.13  # inches of one line of a title
_GAP = 0.04  # inches between cells
_EDGE = 0.015  # inches at the edges of the figure, which would halve a frame


def titled_grid(
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    *,
    width: float,
    shape: float = 1.0,
    below: float = 0.0,
) -> tuple[Figure, list[list[Axes]]]:
    """A figure of cells without ticks: titles of rows upright at the left, of columns above.

    Args:
        row_titles: One per row; empty strings take no room.
        column_titles: One per column.
        width: Of the figure, in inches.
        shape: Height of a cell over its width.
        below: Room below the cells, in inches.
    """
    rows, columns = len(row_titles), len(column_titles)
    left = _EDGE
    for _ in range(3):  # titles take room from the cells, by whose height they are broken
        cell = (width - left - _EDGE - _GAP * (columns - 1)) / columns
        sides = [wrapped(title, cell * shape) for title in row_titles]
        left = max(left, _room(sides))
    cell = (width - left - _EDGE - _GAP * (columns - 1)) / columns
    tops = [wrapped(title, cell) for title in column_titles]
    high = cell * shape
    top = _room(tops)
    height = top + rows * high + (rows - 1) * _GAP + max(below, _EDGE)
    figure = Figure(figsize=(width, height))
    cells = []
    for i in range(rows):
        y = height - top - i * (high + _GAP) - high
        xs = [left + j * (cell + _GAP) for j in range(columns)]
        boxes = [(x / width, y / height, cell / width, high / height) for x in xs]
        cells.append([_bare(figure.add_axes(box)) for box in boxes])
        figure.text(
            (left - 0.04) / width, (y + high / 2) / height, sides[i], rotation=90, ha="right",
            va="center", multialignment="center",
        )  # fmt: skip
    for axes, title in zip(cells[0] if cells else [], tops, strict=True):
        axes.set_title(title, fontsize=7.0, pad=2.5)
    return figure, cells


def _room(titles: Sequence[str]) -> float:
    """Inches that titles need across their lines."""
    lines = max((title.count("\n") + 1 for title in titles if title), default=0)
    return lines * _LINE + 0.06 if lines else _EDGE


def _bare(axes: Axes) -> Axes:
    axes.set_xticks([])
    axes.set_yticks([])
    return axes
