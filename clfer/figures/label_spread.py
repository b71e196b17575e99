"""Labels at the ends of lines, moved apart where they would overlap."""

import numpy as np
from numpy.typing import NDArray


def spread(positions: NDArray[np.float64], gap: float, height: float) -> NDArray[np.float64]:
    """Move label positions apart, by as little as keeps their order and a gap between them.

    Args:
        positions: Wanted positions in pixels ``[n]``.
        gap: Least distance between two of them.
        height: They stay in ``[0, height]`` as long as there is room.
    """
    order = np.argsort(positions, kind="stable")
    steps = gap * np.arange(len(positions))
    # Without their steps, positions that keep the gap are those that never fall: an isotonic fit.
    level = _isotonic(positions[order] - steps)
    level = np.clip(level, 0, max(0.0, height - (steps[-1] if len(steps) else 0)))
    moved = np.empty_like(positions)
    moved[order] = level + steps
    return moved


def _isotonic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nearest sequence that never falls (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, size = float(value), 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    return np.repeat([mean for mean, _ in pools], [size for _, size in pools]).astype(np.float64)
