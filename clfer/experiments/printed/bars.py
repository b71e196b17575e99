"""Grouped bars with their values and intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clfer.experiments.printed.style import (
    COLOURS,
    ONE_COLUMN,
    SMALL,
    panel_figure,
    series_colours,
    shared_legend,
)
from clfer.experiments.printed.text import text_width, wrapped

Interval = tuple[float, float]


@dataclass(frozen=True)
class Bars:
    """One series of bars.

    Attributes:
        name: In the legend.
        values: One per group; None leaves the place empty.
        intervals: Lower and upper end per group; empty for none.
        colour: ``#rrggbb``; by default that of the series' place or expression.
    """

    name: str
    values: Sequence[float | None]
    intervals: Sequence[Interval | None] = ()
    colour: str | None = None


@dataclass(frozen=True)
class BarPanel:
    """A panel of grouped bars.

    Attributes:
        groups: Names below the axis.
        series: At least one, each with a value per group.
        y: Label of the vertical axis with its unit.
        title: Of the panel.
        decimals: Of the numbers above the bars.
    """

    groups: Sequence[str]
    series: Sequence[Bars]
    y: str
    title: str = ""
    decimals: int = 1


def bar_panels(
    panels: Sequence[BarPanel], *, width: float = ONE_COLUMN, height: float = 2.1
) -> Figure:
    """Panels of bars side by side, every bar from zero, with one legend.

    Args:
        panels: At least one.
        width: Of the figure, in inches.
        height: Of the figure, in inches.
    """
    figure, axes = panel_figure(len(panels), width, height)
    for panel, one in zip(panels, axes, strict=True):
        _draw(one, panel, room=width / len(panels) - 0.5)
    shared_legend(figure, axes)
    return figure


def _draw(axes: Axes, panel: BarPanel, room: float) -> None:
    """Draw a panel whose axis is ``room`` inches wide."""
    thickness = 0.84 / len(panel.series)
    share = room / len(panel.groups)
    narrow = share * thickness < text_width(f"{88:.{panel.decimals}f} ", SMALL)
    colours = series_colours([s.name for s in panel.series], [s.colour for s in panel.series])
    for i, (series, colour) in enumerate(zip(panel.series, colours, strict=True)):
        shift = (i - (len(panel.series) - 1) / 2) * thickness
        places = [j for j, value in enumerate(series.values) if value is not None]
        values = np.array([series.values[j] for j in places], dtype=float)
        at = np.array(places, dtype=float) + shift
        axes.bar(at, values, thickness * 0.92, color=colour, label=series.name)
        ends = [series.intervals[j] if series.intervals else None for j in places]
        for x, value, end in zip(at, values, ends, strict=True):
            if end is not None:
                axes.plot([x, x], end, color=COLOURS.text, linewidth=0.7)
            axes.annotate(
                f"{value:z.{panel.decimals}f}".replace("-", "−"),
                (x, _tip(value, end)),
                xytext=(0, 1.5 if value >= 0 else -1.5),
                textcoords="offset points",
                ha="center",
                va="bottom" if value >= 0 else "top",
                fontsize=SMALL,
                rotation=90 if narrow else 0,
            )
    labels = [wrapped(name, 0.95 * share) for name in panel.groups]
    upright = any(text_width(line) > share for name in labels for line in name.split("\n"))
    axes.set_xticks(
        range(len(labels)), panel.groups if upright else labels, rotation=90 if upright else 0
    )
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    # Room above the highest bar for its number.
    axes.margins(y=0.22 if narrow else 0.1)
    if _negative(panel):
        axes.axhline(0.0, color=COLOURS.muted, linewidth=0.6)
    else:
        axes.set_ylim(bottom=0.0)
    axes.grid(axis="y")
    axes.set_ylabel(panel.y)
    axes.set_title(wrapped(panel.title, room), loc="left")


def _tip(value: float, interval: Interval | None) -> float:
    """Where bar and interval end, away from zero."""
    if interval is None:
        return value
    return max(value, interval[1]) if value >= 0 else min(value, interval[0])


def _negative(panel: BarPanel) -> bool:
    return any(v is not None and v < 0 for series in panel.series for v in series.values)
