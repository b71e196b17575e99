"""Attribution maps of the four blocks over the face."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clfer.figures.chart import Chart
from clfer.figures.panels import GAP, PanelGrid, as_grey, cells, where
from clfer.figures.theme import Theme, palette
from clfer.sides import Side

TITLE = 24
FOOT = 30
WIDE, NARROW = 1080, 330


def attribution_maps(
    maps: Sequence[NDArray[np.float64]],
    limits: Sequence[float],
    face: NDArray[np.uint8],
    method: str,
    expression: str,
    theme: Theme,
    side: Side,
    *,
    signed: bool,
    narrow: bool = False,
) -> Chart:
    """One panel per block: the map of the block's cells over the face.

    Args:
        maps: Attribution of each block's cells, ``[H_j, W_j]``.
        limits: Largest absolute value per block, shared between the models.
        face: The crop the model saw, uint8 ``[S, S, 3]``.
        method: Name of the attribution method.
        expression: Whose logit is attributed.
        theme: Light or dark.
        side: Which model.
        signed: Whether the maps have two signs; else they start at zero.
        narrow: Two columns instead of a row.
    """
    columns, width = (2, NARROW) if narrow else (len(maps), WIDE)
    edge = min(246.0, (width - GAP * 2 * (columns - 1)) / columns)
    gap = (width - edge * columns) / (columns - 1)
    step = TITLE + edge + FOOT
    grid = PanelGrid(theme, width, round(step * -(-len(maps) // columns)))
    grey = as_grey(face)
    stops = palette(theme).signed if signed else palette(theme).overlay
    for j, (values, limit) in enumerate(zip(maps, limits, strict=True)):
        left, top = (j % columns) * (edge + gap), (j // columns) * step
        grid.text(left, top, f"<b>Block {j + 1}</b>")
        size = f"{values.shape[0]} × {values.shape[1]} cells"
        grid.text(left + edge, top, size, muted=True, anchor="right")
        panel = grid.panel(left, top + TITLE, edge)
        grid.picture(panel, grey)
        axis = "coloraxis" if j == 0 else f"coloraxis{j + 1}"
        grid.scale(axis, stops, -limit if signed else 0, limit)
        grid.map(panel, values, axis, f"Block {j + 1}: %{{z:.3g}}")
        low = f"−{limit:.2g}" if signed else "0"
        grid.text(left, top + TITLE + edge + 5, f"{low} to {limit:.2g} logit", muted=True, size=12)
    return Chart(
        grid.figure(),
        _table(maps, method, expression, side),
        f"{method} for the logit of {expression} at each block; the scale of a block is"
        " the same for A and B.",
        _finding(maps, method, expression, side),
        f"{method.lower().replace(' ', '-')}-{side.lower()}",
    )


def _table(
    maps: Sequence[NDArray[np.float64]], method: str, expression: str, side: Side
) -> pd.DataFrame:
    return pd.concat(
        [
            cells(values, model=side, method=method, expression=expression, block=j + 1)
            for j, values in enumerate(maps)
        ],
        ignore_index=True,
    )


def _finding(maps: Sequence[NDArray[np.float64]], method: str, expression: str, side: Side) -> str:
    places = ", ".join(f"block {j + 1} {where(values)}" for j, values in enumerate(maps))
    return f"{method} of model {side} for {expression} is largest at: {places}."
