"""A grid of small pictures with maps over them, on one pair of axes measured in pixels.

Sixty panels as sixty subplots would take the browser seconds; as pictures and heat maps placed
on one pair of axes they take a moment.
"""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from clfer.figures.panels import picture_uri
from clfer.figures.theme import Scale, Theme, palette, styled


class Mosaic:
    """Collects pictures, maps and texts by their place in pixels from the top left corner.

    On a narrower page all shrinks together, so squares stay square; the height is fixed.

    Args:
        theme: Light or dark.
        width: Width in pixels that the parts are placed for.
        height: Height in pixels.
    """

    def __init__(self, theme: Theme, width: float, height: float) -> None:
        self.theme = theme
        self._size = (width, height)
        self._traces: list[dict[str, Any]] = []
        self._images: list[dict[str, Any]] = []
        self._texts: list[dict[str, Any]] = []

    def picture(self, left: float, top: float, side: float, source: NDArray[np.uint8]) -> None:
        """Place a picture, uint8 ``[H, W]`` or ``[H, W, 3]``, in a square."""
        place = {"xref": "x", "yref": "y", "sizing": "stretch", "layer": "below"}
        self._images.append(
            place
            | {"x": left, "y": top, "sizex": side, "sizey": side, "source": picture_uri(source)}
        )

    def map(
        self,
        left: float,
        top: float,
        side: float,
        values: NDArray[np.float64],
        scale: Scale,
        largest: float,
        hover: str,
        opacity: float = 1.0,
    ) -> None:
        """Draw a map ``[H, W]`` in a square, every cell a rectangle of one colour.

        Args:
            left: Pixels.
            top: Pixels.
            side: Pixels.
            values: The map.
            scale: Colours from zero to ``largest``.
            largest: Upper end of the scale.
            hover: What a cell says; ``%{z}`` is its value.
            opacity: Of the whole map.
        """
        rows, columns = values.shape
        self._traces.append(
            {
                "type": "heatmap",
                "z": values.astype(np.float32),
                "x": left + (np.arange(columns) + 0.5) * side / columns,
                "y": top + (np.arange(rows) + 0.5) * side / rows,
                "zmin": 0,
                "zmax": largest or 1.0,
                "colorscale": [list(stop) for stop in scale],
                "showscale": False,
                "zsmooth": False,
                "opacity": opacity,
                "hovertemplate": hover + "<extra></extra>",
            }
        )

    def mark(self, left: float, top: float, side: float, hover: str) -> None:
        """An empty square that says why it is empty."""
        colours = palette(self.theme)
        self._traces.append(
            {
                "type": "scatter",
                "x": [left + side / 2],
                "y": [top + side / 2],
                "mode": "text+markers",
                "text": "empty" if side >= _ROOM_FOR_WORD else "∅",
                "textfont": {"size": 12, "color": colours.muted},
                "marker": {
                    "symbol": "square",
                    "size": 0.8 * side,
                    "color": colours.page,
                    "line": {"width": 1, "color": colours.outline},
                },
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
        middle: bool = False,
    ) -> None:
        """Write a line of text whose upper edge, or middle, is at ``top`` pixels."""
        colours = palette(self.theme)
        self._texts.append(
            {
                "x": left,
                "y": top,
                "xref": "x",
                "yref": "y",
                "xanchor": anchor,
                "yanchor": "middle" if middle else "top",
                "align": "left",
                "text": text,
                "showarrow": False,
                "borderpad": 0,
                "font": {"size": size, "color": colours.muted if muted else colours.text},
            }
        )

    def figure(self) -> go.Figure:
        """The finished figure."""
        width, height = self._size
        hidden: dict[str, Any] = {"visible": False, "fixedrange": True, "constrain": "domain"}
        layout = {
            "xaxis": hidden | {"range": [0, width], "constraintoward": "left"},
            "yaxis": hidden | {"range": [height, 0], "scaleanchor": "x", "constraintoward": "top"},
            "images": self._images,
            "annotations": self._texts,
        }
        return styled(
            go.Figure(self._traces, layout),
            self.theme,
            round(height),
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            plot_bgcolor="rgba(0, 0, 0, 0)",
        )


def scale_bar(theme: Theme, upper: str) -> str:
    """The colour scale of the maps as a line of HTML, from zero to what ``upper`` says."""
    stops = ", ".join(f"{colour} {at:.0%}" for at, colour in palette(theme).sequential)
    return (
        '<span class="clfer-scale"><span>0</span>'
        f'<span class="clfer-ramp" style="background-image:linear-gradient(90deg, {stops})"></span>'
        f"<span>{upper}</span></span>"
    )


_ROOM_FOR_WORD = 44
"""Pixels that the word "empty" needs."""
