"""Sizes, type and colours of figures for print."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from clfer.figures.theme import palette

ONE_COLUMN = 3.5
"""Width in inches of a figure in one column of an IEEE page."""

TWO_COLUMNS = 7.16
"""Width in inches of a figure across both columns of an IEEE page."""

FONT = "DejaVu Sans"
"""This family ships with matplotlib, hence the same figure on every machine."""

SMALL = 6.0
"""Points of numbers in bars and cells."""

COLOURS = palette("light")
"""The app's colours on white paper: distinct for colour-blind eyes, with a meaning each."""

HEAT = LinearSegmentedColormap.from_list("heat", ["#ffffff", COLOURS.accent])
"""Shares from 0 (white) to 1, to carry numbers in black or white."""

DIFFERENCE = LinearSegmentedColormap.from_list(
    "difference", [COLOURS.models["A"], "#ffffff", COLOURS.models["B"]]
)
"""Ours less the baseline: the baseline's colour, white at zero, the colour of ours."""

MAPS = LinearSegmentedColormap.from_list("maps", COLOURS.sequential)
"""Feature maps from 0."""

_STYLE: dict[Any, Any] = {
    "font.family": FONT,
    "font.size": 7.0,
    "text.color": COLOURS.text,
    "text.parse_math": False,
    "axes.titlesize": 7.5,
    "axes.titlepad": 4.0,
    "axes.labelsize": 7.0,
    "axes.labelpad": 2.5,
    "axes.labelcolor": COLOURS.text,
    "axes.edgecolor": COLOURS.muted,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": COLOURS.outline,
    "grid.linewidth": 0.5,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.color": COLOURS.muted,
    "ytick.color": COLOURS.muted,
    "xtick.labelcolor": COLOURS.text,
    "ytick.labelcolor": COLOURS.text,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.columnspacing": 1.2,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,
    "savefig.dpi": 300,
}

_RC_LOCK = threading.RLock()


@contextmanager
def print_style() -> Iterator[None]:
    """Draw and save in the style of print, whatever the user's matplotlib settings are.

    Settings of matplotlib belong to the process; only one figure at a time is drawn.
    """
    with _RC_LOCK, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def series_colours(names: Sequence[str], chosen: Sequence[str | None]) -> list[str]:
    """One colour per series: the chosen one, else that of its name, else the next free one.

    Expressions, ``baseline`` (model A) and ``ours`` (model B) have a colour of their own.
    """
    named = COLOURS.expressions | {"baseline": COLOURS.models["A"], "ours": COLOURS.models["B"]}
    free = cycle(COLOURS.groups)
    return [
        colour or named.get(name) or next(free) for name, colour in zip(names, chosen, strict=True)
    ]


def panel_figure(
    count: int, width: float, height: float, across: int | None = None
) -> tuple[Figure, list[Axes]]:
    """An empty figure with panels side by side.

    Args:
        count: Number of panels.
        width: Of the figure, in inches.
        height: Of one row of panels, in inches.
        across: Panels in a row; all by default.
    """
    across = min(count, across or count)
    rows = -(-count // across)
    figure = Figure(
        figsize=(width, rows * height), layout=ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03)
    )
    grid = figure.add_gridspec(rows, across)
    return figure, [figure.add_subplot(grid[i // across, i % across]) for i in range(count)]


def shared_legend(figure: Figure, axes: Sequence[Axes]) -> None:
    """One legend above the panels with every name once; none for a single name."""
    found: dict[str, Any] = {}
    for one in axes:
        for handle, label in zip(*one.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    if len(found) > 1:
        per_row = max(1, int(figure.get_figwidth() * 72 / (30 + 4 * max(map(len, found)))))
        figure.legend(
            list(found.values()),
            list(found),
            loc="outside upper center",
            ncols=min(len(found), per_row),
        )
