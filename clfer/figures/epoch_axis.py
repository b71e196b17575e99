"""Panels over epochs: mean lines with bands, kept snapshots, image sides and the chosen epoch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go

from clfer.analysis.histories import History
from clfer.figures.epoch_lines import Stroke, drawn_mean, line_traces
from clfer.figures.label_spread import spread
from clfer.figures.theme import Theme, palette, styled

LINE_GAP = 16
"""Pixels between two labels at the ends of lines."""

HEAD, FOOT = 30, 48
LEFT, GUTTER = 60, 118


@dataclass(frozen=True)
class EpochMarks:
    """What is marked on the epoch axis.

    Attributes:
        chosen: Epoch of the vertical line of each history, by its letter.
        kept: Epochs with a snapshot: their points are filled.
    """

    chosen: Mapping[str, int] = field(default_factory=dict)
    kept: Collection[int] = ()


class EpochPanels:
    """Panels on a grid, built in one step.

    Args:
        theme: Light or dark.
        span: First and last epoch of all panels.
        marks: Chosen and kept epochs.
        heights: Height of the plot area of each row in pixels.
        columns: Panels in a row.
        narrow: Laid out for 390 px.
    """

    def __init__(
        self,
        theme: Theme,
        span: tuple[int, int],
        marks: EpochMarks,
        heights: Sequence[int],
        columns: int = 1,
        *,
        narrow: bool = False,
    ) -> None:
        self.theme, self.span, self.marks, self.narrow = theme, span, marks, narrow
        self.heights, self.columns = list(heights), columns
        self.right = 92 if narrow else GUTTER
        self._traces: list[dict[str, Any]] = []
        self._shapes: list[dict[str, Any]] = []
        self._notes: list[dict[str, Any]] = []
        self._axes: dict[str, Any] = {}
        self._plots = 0

    def panel(
        self,
        title: str,
        histories: Sequence[History],
        lines: Iterable[tuple[History, Stroke]],
        axis: Mapping[str, Any],
    ) -> None:
        """Add the next panel, from left to right and top to bottom.

        Args:
            title: Written above it.
            histories: Whose image sides and chosen epochs are marked.
            lines: What is drawn.
            axis: Plotly's y axis; its ``range`` is required.
        """
        n, row = self._plots, self._plots // self.columns
        self._plots += 1
        name = "" if n == 0 else str(n + 1)
        self._add_axes(name, row, n % self.columns, axis)
        self._note(name, 0, 1, f"<b>{title}</b>", yshift=26, xref=f"x{name} domain", yanchor="top")
        self._mark(name, histories, label=row == 0)
        drawn = list(lines)
        place = {"xaxis": f"x{name}", "yaxis": f"y{name}"}
        for history, stroke in drawn:
            traces = line_traces(history, stroke, self.marks.kept, axis, self.theme)
            self._traces += [trace | place for trace in traces]
        self._label_ends(name, drawn, axis, self.heights[row])

    def figure(self) -> go.Figure:
        """The finished figure; its height is the sum of its rows."""
        height = sum(self.heights) + len(self.heights) * HEAD + FOOT + self._inner_feet()
        figure = go.Figure(
            self._traces, {"shapes": self._shapes, "annotations": self._notes, **self._axes}
        )
        margin = {"l": LEFT, "r": self.right, "t": HEAD, "b": FOOT}
        return styled(figure, self.theme, height, margin=margin)

    def _inner_feet(self) -> int:
        """Pixels below all rows but the last, for their tick labels."""
        return (len(self.heights) - 1) * 26

    def _add_axes(self, name: str, row: int, column: int, axis: Mapping[str, Any]) -> None:
        inside = sum(self.heights) + (len(self.heights) - 1) * (HEAD + 26)
        top = sum(self.heights[:row]) + row * (HEAD + 26)
        gap = 0.12 if self.columns > 1 else 0.0
        width = (1 - gap * (self.columns - 1)) / self.columns
        last = row == len(self.heights) - 1
        first, final = self.span
        self._axes[f"xaxis{name}"] = {
            "domain": [column * (width + gap), column * (width + gap) + width],
            "anchor": f"y{name}",
            "range": [first - 0.5, final + 0.5],
            "tickvals": _ticks(first, final, 6 if self.narrow else 12),
            "showgrid": False,
            "fixedrange": True,
            "title": {"text": "Epoch" if last else ""},
        }
        self._axes[f"yaxis{name}"] = {
            "domain": [1 - (top + self.heights[row]) / inside, 1 - top / inside],
            "anchor": f"x{name}",
            "fixedrange": True,
            **axis,
        }

    def _mark(self, name: str, histories: Sequence[History], *, label: bool) -> None:
        """Image sides, where all histories share them, and the chosen epochs."""
        phases = {history.phases for history in histories}
        for first, side in phases.pop() if len(phases) == 1 else ():
            if first > self.span[0]:
                self._line(name, first - 0.5, "change of side", palette(self.theme).outline, "dot")
            unit = "" if self.narrow else " px"
            text = f"<span style='font-size:11px'>{side}{unit}</span>"
            self._note(
                name,
                first - 0.5,
                1,
                text,
                xshift=3,
                muted=True,
                yanchor="top",
                bgcolor=palette(self.theme).card,
                borderpad=0,
            )
        chosen = {
            h.letter: self.marks.chosen[h.letter]
            for h in histories
            if h.letter in self.marks.chosen
        }
        same = len(set(chosen.values())) == 1
        for letter, epoch in ({"": min(chosen.values())} if same else chosen).items():
            self._line(name, epoch, "chosen epoch", palette(self.theme).muted, "solid")
            if not label:
                continue
            late = epoch > sum(self.span) / 2
            text = f"{letter} epoch {epoch}".strip()
            self._note(
                name,
                epoch,
                0,
                f"<span style='font-size:12px'>{text}</span>",
                muted=True,
                xshift=-5 if late else 5,
                xanchor="right" if late else "left",
                yanchor="bottom",
            )

    def _line(self, name: str, x: float, what: str, colour: str, dash: str) -> None:
        self._shapes.append(
            {
                "type": "line",
                "name": what,
                "xref": f"x{name}",
                "yref": f"y{name} domain",
                "x0": x,
                "x1": x,
                "y0": 0,
                "y1": 1,
                "layer": "below",
                "line": {"color": colour, "width": 1.5, "dash": dash},
            }
        )

    def _note(
        self, name: str, x: float, y: float, text: str, *, muted: bool = False, **more: Any
    ) -> None:
        colours = palette(self.theme)
        self._notes.append(
            {
                "xref": f"x{name}",
                "yref": f"y{name} domain",
                "x": x,
                "y": y,
                "text": text,
                "showarrow": False,
                "xanchor": "left",
                "font": {"size": 13, "color": colours.muted if muted else colours.text},
                **more,
            }
        )

    def _label_ends(
        self,
        name: str,
        drawn: Sequence[tuple[History, Stroke]],
        axis: Mapping[str, Any],
        height: int,
    ) -> None:
        """Write each line's label beside its last point, moved where labels would overlap."""
        ends = []
        for history, stroke in drawn:
            mean = drawn_mean(history, stroke, axis)
            finite = np.flatnonzero(np.isfinite(mean))
            if len(finite):
                ends.append((int(history.epochs[finite[-1]]), float(mean[finite[-1]]), stroke))
        low, high = axis["range"]
        values = np.array([value for _, value, _ in ends])
        scaled = np.log10(values) if axis.get("type") == "log" else values
        own = (scaled - low) / (high - low) * height
        for (epoch, _, stroke), y, at in zip(ends, spread(own, LINE_GAP, height), own, strict=True):
            sign = _SIGNS[stroke.dash, stroke.symbol]
            text = f"<span style='color:{stroke.colour}'>{sign}</span> {stroke.label}"
            shift: dict[str, Any] = {"xshift": 9, "yshift": float(y - at), "yanchor": "middle"}
            self._note(name, epoch, float(at / height), text, **shift)


_SIGNS = {
    ("solid", "circle"): "●",
    ("solid", "square"): "■",
    ("solid", "diamond"): "◆",
    ("solid", "triangle-up"): "▲",
    ("dot", "circle"): "┈",
    ("dash", "circle"): "╌",
}


def _ticks(first: int, last: int, most: int) -> list[int]:
    """Whole epochs, at most ``most`` of them."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 1000) if (last - first) // s + 1 <= most)
    return [e for e in range(first, last + 1) if e % step == 0 or (e == first and step == 1)]
