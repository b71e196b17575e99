"""Where, how broadly and how strongly the blocks respond, over many faces."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.block_maps import all_block_maps
from clfer.analysis.regions import region_share
from clfer.models.checkpoint import Checkpoint


@dataclass(frozen=True, eq=False)
class MapStatistics:
    """The mean response of each block on each of N faces.

    Attributes:
        focus: Share of the response around brows, eyes and mouth, ``[N, 4]``; NaN for a silent
            block.
        breadth: Share of the cells above half of the block's peak, ``[N, 4]``.
        levels: Peak of the response, in the units of the feature, ``[N, 4]``.
    """

    focus: NDArray[np.float64]
    breadth: NDArray[np.float64]
    levels: NDArray[np.float64]


def map_statistics(models: Sequence[Checkpoint], images: NDArray[np.uint8]) -> MapStatistics | None:
    """Mean over models of the same training, on uint8 faces ``[N, H, W, C]``; None without any."""
    if not models:
        return None
    found = [_of_model(model, images) for model in models]
    return MapStatistics(
        np.mean([one.focus for one in found], axis=0),
        np.mean([one.breadth for one in found], axis=0),
        np.mean([one.levels for one in found], axis=0),
    )


def _of_model(model: Checkpoint, images: NDArray[np.uint8]) -> MapStatistics:
    maps = list(all_block_maps(model, images))
    return MapStatistics(
        np.array([[region_share(block) for block in one.maps] for one in maps]),
        np.stack([one.breadth for one in maps]),
        np.stack([one.levels for one in maps]),
    )
