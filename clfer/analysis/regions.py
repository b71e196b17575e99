"""How much of a feature map responds where expressions show: around brows, eyes and mouth."""

import numpy as np
from numpy.typing import NDArray

REGIONS = ((0.18, 0.25, 0.82, 0.52), (0.28, 0.62, 0.72, 0.86))
"""Brows with eyes, and mouth: left, top, right and bottom as fractions of the side. They lie at
fixed places, which fits faces that are aligned, and is coarse for turned heads."""


def region_cover(height: int, width: int) -> NDArray[np.float64]:
    """The part of every cell of a map that lies within :data:`REGIONS`, ``[H, W]``."""
    cover = np.zeros((height, width))
    for left, top, right, bottom in REGIONS:
        cover += np.outer(_overlap(height, top, bottom), _overlap(width, left, right))
    return cover


def region_share(response: NDArray[np.floating]) -> float:
    """Share of the response of a map from 0, ``[H, W]``, within the regions; NaN if it is silent.

    A map that responds alike everywhere has the share of the area, :func:`area_share`.
    """
    total = float(response.sum())
    if total <= 0:
        return float("nan")
    return float((response * region_cover(*response.shape)).sum()) / total


def area_share() -> float:
    """Share of the face's area that the regions cover."""
    return sum((right - left) * (bottom - top) for left, top, right, bottom in REGIONS)


def _overlap(cells: int, low: float, high: float) -> NDArray[np.float64]:
    """The part of each of the cells along one side that lies from ``low`` to ``high``."""
    edges = np.clip(np.arange(cells + 1) / cells, low, high)
    return np.diff(edges) * cells
