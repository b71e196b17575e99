"""Lines with bands."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from clfer.experiments.printed.style import (
    COLOURS,
    ONE_COLUMN,
    SMALL,
    panel_figure,
    series_colours,
    shared_legend,
)
from clfer.experiments.printed.text import wrapped

MARKERS = ("o", "s", "D", "^")


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        name: In the legend.
        x: Positions.
        y: A value per position.
        low: Lower edge of the band per position; empty for none.
        high: Upper edge.
        colour: ``#rrggbb``; by default that of the line's place or expression.
        dashed: For what was published, beside what was measured.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    colour: str | None = None
    dashed: bool = False


@dataclass(frozen=True)
class LinePanel:
    """A panel of lines.

    Attributes:
        lines: At least one.
        x: Label of the horizontal axis with its unit.
        y: Label of the vertical axis with its unit.
        title: Of the panel.
        log: Whether the vertical axis is logarithmic.
        marks: Positions on the horizontal axis with a word each, drawn as dotted lines.
        ticks: Numbers of the horizontal axis; chosen by the drawing library when empty.
    """

    lines: Sequence[Line]
    x: str
    y: str
    title: str = ""
    log: bool = False
    marks: Sequence[tuple[float, str]] = ()
    ticks: Sequence[float] = ()


def line_panels(
    panels: Sequence[LinePanel],
    *,
    width: float = ONE_COLUMN,
    height: float = 2.1,
    across: int | None = None,
) -> Figure:
    """Panels of lines with one legend; shape of the points and colour tell lines apart.

    Args:
        panels: At least one.
        width: Of the figure, in inches.
        height: Of one row of panels, in inches.
        across: Panels in a row; all by default.
    """
    figure, axes = panel_figure(len(panels), width, height, across)
    for panel, one in zip(panels, axes, strict=True):
        _draw(one, panel, room=width / min(len(panels), across or len(panels)) - 0.5)
    shared_legend(figure, axes)
    return figure


def _draw(axes: Axes, panel: LinePanel, room: float) -> None:
    """Draw a panel whose axis is ``room`` inches wide."""
    colours = series_colours([line.name for line in panel.lines], [x.colour for x in panel.lines])
    for i, (line, colour) in enumerate(zip(panel.lines, colours, strict=True)):
        axes.plot(
            line.x,
            line.y,
            color=colour,
            linestyle="--" if line.dashed else "-",
            # Points of long lines would merge into a thick line.
            marker=MARKERS[i % len(MARKERS)] if len(line.x) <= 16 else "",
            markerfacecolor="white" if line.dashed else colour,
            label=line.name,
        )
        if line.low:
            axes.fill_between(line.x, line.low, line.high, color=colour, alpha=0.18, linewidth=0)
    if panel.log:
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        subs = (1.0, 2.0, 5.0) if high > 6 * low else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
        axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=8))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
    if panel.marks:
        axes.margins(y=0.15)  # room for the words
    for x, word in panel.marks:
        axes.axvline(x, color=COLOURS.muted, linewidth=0.8, linestyle=":")
        axes.annotate(
            word,
            (x, 1.0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(2, -1),
            textcoords="offset points",
            va="top",
            fontsize=SMALL,
            color=COLOURS.muted,
        )
    if panel.ticks:
        axes.set_xticks(panel.ticks, [f"{tick:g}" for tick in panel.ticks])
    elif all(float(x).is_integer() for line in panel.lines for x in line.x):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.grid(axis="y")
    axes.set_xlabel(panel.x)
    axes.set_ylabel(panel.y)
    axes.set_title(wrapped(panel.title, room), loc="left")
