"""Whether the channel maps of one semantic group look alike, and unlike those of the others."""

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.groups import NO_GROUP


def group_likeness(
    maps: NDArray[np.floating], assignment: NDArray[np.int64]
) -> tuple[float, float]:
    """Mean correlation of two channel maps of one face, within a group and between groups.

    Args:
        maps: Channel maps of a block, ``[C, H, W]``.
        assignment: Group of each channel, int64 ``[C]``; those without a group do not count.

    Returns:
        The means over the pairs within a group, and over those between groups; NaN without pairs.
    """
    used = (assignment != NO_GROUP) & (np.ptp(maps.reshape(len(maps), -1), axis=1) > 0)
    flat = maps[used].reshape(int(used.sum()), -1).astype(np.float64)
    if len(flat) < 2:
        return float("nan"), float("nan")
    pairs = np.triu_indices(len(flat), 1)
    correlation = np.corrcoef(flat)[pairs]
    group = assignment[used]
    same = group[pairs[0]] == group[pairs[1]]
    return _mean(correlation[same]), _mean(correlation[~same])


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")
