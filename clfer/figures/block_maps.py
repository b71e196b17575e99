"""The four blocks of several models on one face (Fig. 11)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clfer.analysis.block_maps import SALIENT, BlockMaps
from clfer.figures.chart import Chart
from clfer.figures.group_grid import OPACITY
from clfer.figures.mosaic import Mosaic
from clfer.figures.panels import cells
from clfer.figures.theme import Theme, palette, spoken
from clfer.figures.titles import literal

_WIDE, _NARROW = 1040, 330
_LABEL, _GAP, _LINE, _LARGEST = 190, 14, 20, 150


@dataclass(frozen=True, eq=False)
class BlockRow:
    """A row of the grid.

    Attributes:
        name: Name of the checkpoint.
        title: What it is called on the page.
        method: Its method, e.g. ``MSR``.
        picture: The face as the model sees it, grey uint8 ``[H, W]``.
        maps: Its blocks.
    """

    name: str
    title: str
    method: str
    picture: NDArray[np.uint8]
    maps: BlockMaps


def block_grid(rows: Sequence[BlockRow], theme: Theme, *, narrow: bool = False) -> Chart:
    """Rows are models, columns the face and the blocks 1 to 4.

    Args:
        rows: The models.
        theme: Light or dark.
        narrow: The names above the maps, and the face left out.
    """
    width = _NARROW if narrow else _WIDE
    first = 0 if narrow else 1
    label = 0 if narrow else _LABEL
    across = 4 + first
    gap = 5 if narrow else _GAP
    edge = min(_LARGEST, (width - label - gap * (across - 1)) / across)
    above = 2 * _LINE if narrow else 0
    step = above + edge + _LINE + 8
    mosaic = Mosaic(theme, width, _LINE + 4 + len(rows) * step)
    for i in range(across):
        title = "Face" if i < first else f"Block {i - first + 1}"
        mosaic.text(label + i * (edge + gap) + edge / 2, 0, title, size=13, anchor="center")
    for number, row in enumerate(rows):
        top = _LINE + 4 + number * step
        _name(mosaic, row, top, edge, narrow=narrow)
        if first:
            mosaic.picture(label, top, edge, row.picture)
        for j in range(4):
            left = label + (j + first) * (edge + gap)
            _block_cell(mosaic, row, j, (left, top + above), edge)
    return Chart(
        mosaic.figure(),
        _table(rows),
        "Mean over the channels of each block's output for one face, each map from zero to its own"
        " peak (Fig. 11; the paper does not say how it reduces a block to a map); below, the share"
        f" of the map above {SALIENT:.0%} of the peak.",
        _finding(rows),
        "block-maps",
    )


def _name(mosaic: Mosaic, row: BlockRow, top: float, edge: float, *, narrow: bool) -> None:
    if narrow:
        mosaic.text(0, top + 4, f"<b>{literal(row.title)}</b>", size=12)
        mosaic.text(0, top + 20, row.method, muted=True, size=11)
        return
    mosaic.text(0, top + edge / 2 - 10, f"<b>{literal(row.title)}</b>", middle=True)
    mosaic.text(0, top + edge / 2 + 10, row.method, muted=True, size=12, middle=True)


def _block_cell(
    mosaic: Mosaic, row: BlockRow, j: int, place: tuple[float, float], edge: float
) -> None:
    left, top = place
    level, breadth = row.maps.levels[j], row.maps.breadth[j]
    mosaic.picture(left, top, edge, row.picture)
    mosaic.map(
        left,
        top,
        edge,
        row.maps.maps[j],
        palette(mosaic.theme).sequential,
        1.0,
        f"{literal(row.title)}, block {j + 1}: %{{z:.2f}} of the peak "
        f"(mean activation {level:.3g})",
        OPACITY,
    )
    mosaic.text(
        left + edge / 2, top + edge + 2, f"{breadth:.0%}", muted=True, size=12, anchor="center"
    )


def _table(rows: Sequence[BlockRow]) -> pd.DataFrame:
    frames = []
    for row in rows:
        for j, values in enumerate(row.maps.maps):
            frame = cells(values.astype(np.float32), model=row.name, method=row.method, block=j + 1)
            frame["peak"] = row.maps.levels[j]
            frame["salient_share"] = row.maps.breadth[j]
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _finding(rows: Sequence[BlockRow]) -> str:
    parts = [
        f"{spoken([f'{share:.0%}' for share in row.maps.breadth])} of the maps of {row.title}"
        for row in rows
    ]
    return f"Above half the peak lie, from block 1 to block 4, {'; '.join(parts)}."
