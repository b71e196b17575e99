"""The semantic groups of a run in training, over a few faces (Fig. 1b, 7)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.semantics import GroupMaps
from clfer.figures.chart import Chart
from clfer.figures.group_grid import ShownFace, group_grid
from clfer.figures.theme import Theme


def run_groups(
    faces: Sequence[ShownFace],
    groups: Sequence[GroupMaps],
    peaks: NDArray[np.float64],
    epoch: int,
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """The grid of the Semantics view, for one network that is A or B of no comparison yet.

    Args:
        faces: The columns.
        groups: The maps of the same block for each of them.
        peaks: Upper end of the colour scale of each group, ``[K]``.
        epoch: After which the weights were taken.
        theme: Light or dark.
        narrow: Laid out for a phone.
    """
    drawn = group_grid(faces, groups, peaks, theme, "B", narrow=narrow)
    block = groups[0].block
    return replace(
        drawn,
        table=drawn.table.drop(columns="model").assign(epoch=epoch),
        caption=f"Mean activation of the channels of each semantic group of block {block} (Eq. "
        f"3–4) after epoch {epoch}, each channel divided by its peak, over the first validation "
        "face of each expression (Fig. 1b, 7); a row is coloured from zero to its largest value.",
        alt=drawn.alt.replace("Model B", f"After epoch {epoch}", 1),
        name=f"run-groups-epoch-{epoch}-block-{block}",
    )
