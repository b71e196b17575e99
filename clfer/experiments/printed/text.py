"""How wide a text is when it is set, and where it is broken."""

import re
from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from clfer.experiments.printed.style import FONT

_PIECES = re.compile(r"(?<=[ +/_])")


@lru_cache(maxsize=2048)
def text_width(text: str, points: float = 7.0) -> float:
    """Inches of a text set in one line."""
    if not text.strip():
        return 0.0
    path = TextPath((0.0, 0.0), text, size=points, prop=FontProperties(family=FONT))
    return float(path.get_extents().width) / 72.0


def wrapped(text: str, inches: float, points: float = 7.0) -> str:
    """Text broken into lines no wider than ``inches``, but never within a word.

    Lines break at spaces and after ``+``, ``/`` and ``_``.
    """
    lines = [""]
    for piece in _PIECES.split(text):
        if lines[-1] and text_width((lines[-1] + piece).rstrip(), points) > inches:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)
