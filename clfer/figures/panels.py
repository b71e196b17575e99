"""Rows of square picture panels: a face with a map over it, drawn cell by cell."""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from clfer.figures.theme import Scale, Theme, palette, styled

GAP = 10
"""Pixels between panels."""


class PanelGrid:
    """A figure of square panels placed in pixels; coordinates inside a panel run from 0 to 1.

    Squares stay square on every width, and the height is fixed. The parts are collected as plain
    dictionaries and checked by Plotly once, in :meth:`figure`: many small updates would take
    longer than the networks.

    Args:
        theme: Light or dark.
        width: Width in pixels that the panels are placed for.
        height: Height in pixels.
    """

    def __init__(self, theme: Theme, width: int, height: int) -> None:
        self.theme = theme
        self.width = width
        self.height = height
        self._axes: dict[str, Any] = {}
        self._traces: list[dict[str, Any]] = []
        self._images: list[dict[str, Any]] = []
        self._encoded: list[tuple[NDArray[np.uint8], str]] = []
        self._texts: list[dict[str, Any]] = []

    def figure(self) -> go.Figure:
        """The finished figure."""
        layout = {**self._axes, "images": self._images, "annotations": self._texts}
        return styled(
            go.Figure(self._traces, layout),
            self.theme,
            self.height,
            margin={"l": 2, "r": 2, "t": 0, "b": 0},
            plot_bgcolor="rgba(0, 0, 0, 0)",
        )

    def scale(self, name: str, stops: Scale, low: float, high: float) -> None:
        """Define a colour scale from ``low`` to ``high``, e.g. ``coloraxis2``."""
        colours = [list(stop) for stop in stops]
        self._axes[name] = {"colorscale": colours, "cmin": low, "cmax": high, "showscale": False}

    def panel(self, left: float, top: float, side: float) -> int:
        """Add an empty square panel at pixels from the top left corner; returns its number."""
        number = len([name for name in self._axes if name.startswith("xaxis")]) + 1
        n = self._suffix(number)
        hidden: dict[str, Any] = {"visible": False, "fixedrange": True, "constrain": "domain"}
        self._axes[f"xaxis{n}"] = hidden | {
            "range": [0, 1],
            "domain": [left / self.width, min(1.0, (left + side) / self.width)],
            "anchor": f"y{n}",
        }
        self._axes[f"yaxis{n}"] = hidden | {
            "range": [1, 0],
            "domain": [max(0.0, 1 - (top + side) / self.height), 1 - top / self.height],
            "anchor": f"x{n}",
            "scaleanchor": f"x{n}",
            "constraintoward": "top",
        }
        return number

    def picture(self, panel: int, image: NDArray[np.uint8]) -> None:
        """Lay a picture, uint8 ``[H, W]`` or ``[H, W, 3]``, under a panel."""
        n = self._suffix(panel)
        place = {"x": 0, "y": 0, "sizex": 1, "sizey": 1, "sizing": "stretch", "layer": "below"}
        self._images.append(
            place | {"source": self._source(image), "xref": f"x{n}", "yref": f"y{n}"}
        )

    def _source(self, image: NDArray[np.uint8]) -> str:
        """Encoded once where several panels show one picture."""
        for known, uri in self._encoded:
            if known is image:
                return uri
        self._encoded.append((image, picture_uri(image)))
        return self._encoded[-1][1]

    def map(
        self,
        panel: int,
        values: NDArray[np.float64],
        coloraxis: str,
        hover: str,
        opacity: float = 1.0,
        custom: NDArray[Any] | None = None,
    ) -> None:
        """Draw a map ``[H, W]`` over a panel, every cell a rectangle of one colour."""
        rows, columns = values.shape
        n = self._suffix(panel)
        self._traces.append(
            {
                "type": "heatmap",
                "z": values,
                "x": (np.arange(columns) + 0.5) / columns,
                "y": (np.arange(rows) + 0.5) / rows,
                "customdata": custom,
                "coloraxis": coloraxis,
                "opacity": opacity,
                "zsmooth": False,
                "xaxis": f"x{n}",
                "yaxis": f"y{n}",
                "hovertemplate": hover + "<extra></extra>",
            }
        )

    def text(
        self,
        left: float,
        top: float,
        text: str,
        *,
        muted: bool = False,
        size: int = 13,
        anchor: str = "left",
    ) -> None:
        """Write one line of text with its upper edge at ``top`` pixels."""
        colours = palette(self.theme)
        self._texts.append(
            {
                "x": left / self.width,
                "y": 1 - top / self.height,
                "xref": "paper",
                "yref": "paper",
                "xanchor": anchor,
                "yanchor": "top",
                "text": text,
                "showarrow": False,
                "borderpad": 0,
                "font": {"size": size, "color": colours.muted if muted else colours.text},
            }
        )

    @staticmethod
    def _suffix(panel: int) -> str:
        return "" if panel == 1 else str(panel)


def picture_uri(image: NDArray[np.uint8]) -> str:
    """A PNG data address of a uint8 picture ``[H, W]`` or ``[H, W, 3]``."""
    stream = BytesIO()
    # A fifth of the time at an eighth more bytes.
    Image.fromarray(image).save(stream, format="PNG", compress_level=1)
    return "data:image/png;base64," + b64encode(stream.getvalue()).decode("ascii")


def as_grey(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face ``[S, S, 3]`` in grey ``[S, S]``, so that only the map has colour."""
    return np.asarray(Image.fromarray(face).convert("L"))


def cells(values: NDArray[np.float64], **constants: str | int) -> pd.DataFrame:
    """A map ``[H, W]`` as one row per cell, counted from 1, with constant columns in front."""
    rows, columns = np.indices(values.shape)
    frame = pd.DataFrame(
        {"row": rows.ravel() + 1, "column": columns.ravel() + 1, "value": values.ravel()}
    )
    for position, (name, value) in enumerate(constants.items()):
        frame.insert(position, name, value)
    return frame


def where(values: NDArray[np.float64]) -> str:
    """Which part of the face holds the largest value of a map ``[H, W]``, in words."""
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    vertical = _third((float(row) + 0.5) / values.shape[0], ("upper", "middle", "lower"))
    horizontal = _third((float(column) + 0.5) / values.shape[1], ("left", "centre", "right"))
    return f"{vertical} {horizontal}"


def _third(position: float, names: Sequence[str]) -> str:
    return names[min(2, int(position * 3))]
