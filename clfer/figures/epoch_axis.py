"""Panels over epochs: mean lines with bands, kept snapshots, image sides and the chosen epoch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from clfer.analysis.histories import History
from clfer.figures.log_scale import log_scale
from clfer.figures.theme import Theme, palette, rgba, styled

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


@dataclass(frozen=True)
class Stroke:
    """How one line is drawn and called.

    Attributes:
        column: Column of the history.
        label: Written at its end.
        colour: Of line, points and band.
        words: Begins the sentence of the hover, e.g. ``Model A, block 1``.
        dash: Plotly's dash.
        symbol: Plotly's marker.
        unit: Multiplies the values, 100 for percent.
        form: Number format of the hover.
    """

    column: str
    label: str
    colour: str
    words: str
    dash: str = "solid"
    symbol: str = "circle"
    unit: float = 1.0
    form: str = ".3g"


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
        ends = []
        for history, stroke in lines:
            ends.append(self._add_line(name, history, stroke))
        self._label_ends(name, ends, axis, self.heights[row])

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

    def _add_line(self, name: str, history: History, stroke: Stroke) -> tuple[float, float, Stroke]:
        """Draw band and mean; return epoch, value and stroke of the last point."""
        axes = {"xaxis": f"x{name}", "yaxis": f"y{name}"}
        epochs = history.epochs
        mean, low, high = (
            _drawn(part[stroke.column].to_numpy() * stroke.unit, self._axes[f"yaxis{name}"])
            for part in (history.mean, history.low, history.high)
        )
        if history.band != "none":
            whole = np.isfinite(low) & np.isfinite(high)
            self._traces.append(
                {
                    "type": "scatter",
                    "x": np.concatenate([epochs[whole], epochs[whole][::-1]]),
                    "y": np.concatenate([high[whole], low[whole][::-1]]),
                    "mode": "lines",
                    "line": {"width": 0},
                    "fill": "toself",
                    "fillcolor": rgba(stroke.colour, 0.18),
                    "hoverinfo": "skip",
                    "name": f"{stroke.words} band",
                    **axes,
                }
            )
        kept = np.isin(epochs, list(self.marks.kept))
        card = palette(self.theme).card
        self._traces.append(
            {
                "type": "scatter",
                "x": epochs,
                "y": mean,
                "mode": "lines+markers",
                "line": {"color": stroke.colour, "width": 2.2, "dash": stroke.dash},
                "marker": {
                    "size": 7,
                    "symbol": stroke.symbol,
                    "color": [stroke.colour if full else card for full in kept],
                    "line": {"color": stroke.colour, "width": 1.5},
                },
                # A click chooses an epoch; it must not fade the other points.
                "unselected": {"marker": {"opacity": 1}},
                "customdata": epochs,
                "text": _sentences(history, stroke),
                "hovertemplate": "%{text}<extra></extra>",
                "cliponaxis": False,
                "name": stroke.words,
                **axes,
            }
        )
        finite = np.flatnonzero(np.isfinite(mean))
        at = int(finite[-1]) if len(finite) else -1
        return float(epochs[at]), float(mean[at]), stroke

    def _label_ends(
        self,
        name: str,
        ends: Sequence[tuple[float, float, Stroke]],
        axis: Mapping[str, Any],
        height: int,
    ) -> None:
        known = [end for end in ends if np.isfinite(end[1])]
        low, high = axis["range"]
        values = np.array([value for _, value, _ in known])
        scaled = np.log10(values) if axis.get("type") == "log" else values
        pixels = (scaled - low) / (high - low) * height
        for (epoch, _, stroke), y, own in zip(
            known, spread(pixels, LINE_GAP, height), pixels, strict=True
        ):
            mark = (
                f"<span style='color:{stroke.colour}'>{_SIGNS[stroke.dash, stroke.symbol]}</span>"
            )
            self._note(
                name,
                epoch,
                float(own / height),
                f"{mark} {stroke.label}",
                xshift=9,
                yshift=float(y - own),
                yanchor="middle",
            )


_SIGNS = {
    ("solid", "circle"): "●",
    ("solid", "square"): "■",
    ("solid", "diamond"): "◆",
    ("solid", "triangle-up"): "▲",
    ("dot", "circle"): "┈",
    ("dash", "circle"): "╌",
}


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


def log_axis(histories: Sequence[History], columns: Iterable[str]) -> dict[str, Any]:
    """A logarithmic y axis that holds the columns of all histories, bands included."""
    names = list(columns)
    parts = [
        part[[name for name in names if name in part]].to_numpy().ravel()
        for history in histories
        for part in (history.mean, history.low, history.high)
    ]
    return log_scale(np.concatenate(parts), above=0.16)


def span_of(histories: Sequence[History]) -> tuple[int, int]:
    """First and last epoch of all histories."""
    return (
        min(int(history.epochs[0]) for history in histories),
        max(int(history.epochs[-1]) for history in histories),
    )


def history_table(histories: Sequence[History], columns: Mapping[str, str]) -> pd.DataFrame:
    """Mean and band in long form: one row per history, epoch and quantity.

    Args:
        histories: What was drawn.
        columns: Column of the history by the name that the table gives it.
    """
    frames = [
        pd.DataFrame(
            {
                "model": history.letter,
                "method": history.method,
                "trainings": history.count,
                "epoch": history.epochs,
                "side": history.mean["side"].to_numpy(),
                "quantity": name,
                "mean": history.mean[column].to_numpy(),
                "low": history.low[column].to_numpy(),
                "high": history.high[column].to_numpy(),
            }
        )
        for history in histories
        for name, column in columns.items()
        if history.has(column)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def band_words(histories: Sequence[History]) -> str:
    """What the bands are, as the end of a caption; empty where there is none."""
    kinds = {history.band for history in histories}
    words = {
        "range": "smallest to largest over 2 or 3 seeds",
        "interval": "95 % interval of the mean over 4 or more seeds",
    }
    said = [words[kind] for kind in ("range", "interval") if kind in kinds]
    return f" Bands: {' or '.join(said)}." if said else ""


def _sentences(history: History, stroke: Stroke) -> list[str]:
    found = []
    sides = history.mean["side"]
    parts = (
        part[stroke.column] * stroke.unit for part in (history.mean, history.low, history.high)
    )
    for epoch, mean, low, high in zip(history.epochs, *parts, strict=True):
        text = f"{stroke.words}, epoch {epoch} ({sides[epoch]:.0f} px): {mean:{stroke.form}}"
        if history.band != "none":
            text += f", band {low:{stroke.form}} to {high:{stroke.form}}, {history.count} seeds"
        found.append(text + ".")
    return found


def _drawn(values: NDArray[np.float64], axis: Mapping[str, Any]) -> NDArray[np.float64]:
    """Zero has no logarithm: such a point is left out; a band that reaches below is cut."""
    if axis.get("type") != "log":
        return values
    return np.where(values > 0, values, np.nan)


def _ticks(first: int, last: int, most: int) -> list[int]:
    """Whole epochs, at most ``most`` of them."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 1000) if (last - first) // s + 1 <= most)
    return [e for e in range(first, last + 1) if e % step == 0 or (e == first and step == 1)]
