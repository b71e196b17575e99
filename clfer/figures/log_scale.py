"""Logarithmic axes with ticks that read as plain numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_DECADES = 1.3
"""Below so many decades the ticks are 1, 2, 5, 10; above, powers of ten."""


def log_scale(values: NDArray[np.floating], *, above: float = 0.1) -> dict[str, Any]:
    """A logarithmic Plotly axis that holds all positive values.

    Args:
        values: What is drawn, of any shape; zeros and NaN have no place on it.
        above: Room over the largest value, as a share of the range.
    """
    positive = values[values > 0]
    low, high = (
        (float(np.log10(positive.min())), float(np.log10(positive.max())))
        if positive.size
        else (-1.0, 0.0)
    )
    width = max(high - low, 0.3)
    ends = low - 0.1 * width, high + above * width
    steps = (1, 2, 5) if ends[1] - ends[0] < _DECADES else (1,)
    decades = range(int(np.floor(ends[0])), int(np.ceil(ends[1])) + 1)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    shown = [tick for tick in ticks if ends[0] <= np.log10(tick) <= ends[1]]
    return {
        "type": "log",
        "range": list(ends),
        "tickvals": shown,
        "ticktext": [_plain(tick) for tick in shown],
    }


def _plain(tick: float) -> str:
    """A number as people write it: powers of ten where zeros would have to be counted."""
    if 1e-3 <= tick < 1e4:
        return f"{tick:g}"
    digits, _, power = f"{tick:.0e}".partition("e")
    return f"{'' if digits == '1' else digits + '·'}10<sup>{int(power)}</sup>"
