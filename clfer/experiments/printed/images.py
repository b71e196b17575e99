"""Grids of faces and feature maps with titles of rows and columns."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from clfer.experiments.printed.grid import titled_grid
from clfer.experiments.printed.style import COLOURS, MAPS, ONE_COLUMN

Picture = NDArray[np.uint8] | NDArray[np.floating]
"""A photo, uint8 [H, W] or [H, W, 3], or a map of floats from 0, [H, W]."""


def image_grid(
    cells: Sequence[Sequence[Picture | None]],
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    *,
    width: float = ONE_COLUMN,
    highest: float | None = None,
) -> Figure:
    """Pictures of one shape, every pixel a sharp square.

    Args:
        cells: [rows][columns]; None leaves a cell empty.
        row_titles: One per row.
        column_titles: One per column.
        width: Of the figure, in inches.
        highest: Value of the brightest colour of maps; by default each map's own maximum.
    """
    pictures = [picture for row in cells for picture in row if picture is not None]
    shape = pictures[0].shape[0] / pictures[0].shape[1] if pictures else 1.0
    figure, axes = titled_grid(row_titles, column_titles, width=width, shape=shape)
    for row, places in zip(cells, axes, strict=True):
        for picture, one in zip(row, places, strict=True):
            if picture is None:
                one.set_axis_off()
                continue
            for spine in one.spines.values():
                spine.set(visible=True, color=COLOURS.outline)
            photo = picture.dtype == np.uint8
            one.imshow(
                picture,
                cmap="gray" if photo else MAPS,
                vmin=0,
                vmax=255 if photo else highest or float(picture.max()) or 1.0,
                interpolation="nearest",
                aspect="auto",
            )
    return figure
