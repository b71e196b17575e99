"""A figure for print and its files."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from clfer.experiments.printed.style import print_style


@dataclass(frozen=True)
class PrintedFigure:
    """A figure that is drawn when it is written.

    Attributes:
        name: Stem of its files.
        caption: What is drawn, from what (n), and the equation or figure of the paper.
        alt: The finding as a sentence, for people who do not see the figure.
        draw: Draws it anew; only the functions of this package need to know how.
        faces_of: The data set of which it shows faces; None if it shows none.
    """

    name: str
    caption: str
    alt: str
    draw: Callable[[], Figure]
    faces_of: str | None = None


def to_pdf(figure: PrintedFigure) -> bytes:
    """The figure as PDF with embedded fonts; the same bytes for the same numbers."""
    told = {"Title": figure.name, "Subject": figure.caption, "CreationDate": None}
    return _saved(figure, format="pdf", metadata=told)


def to_png(figure: PrintedFigure, dpi: int = 200) -> bytes:
    """The figure as PNG with ``dpi`` pixels per inch; the same bytes for the same numbers."""
    told = {"Title": figure.caption, "Description": figure.alt, "Software": None}
    return _saved(figure, format="png", metadata=told, dpi=dpi)


def _saved(figure: PrintedFigure, **options: Any) -> bytes:
    target = io.BytesIO()
    with print_style():
        figure.draw().savefig(target, **options)
    return target.getvalue()
