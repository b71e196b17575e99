"""Coloured cells with their number in a colour that reads on them."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from clfer.analysis.confusion import Matrix, Measure
from clfer.figures.theme import Scale, Theme, palette


def number_cells(
    values: NDArray[np.float64], matrix: Matrix, measure: Measure, largest: float, theme: Theme
) -> list[go.Heatmap]:
    """One matrix as two heat maps: cells with a dark number, and cells with a light one.

    Args:
        values: ``[n_c, n_c]``; NaN is left blank.
        matrix: Which matrix: the difference has a diverging scale.
        measure: What the values are, for their format.
        largest: The magnitude at the end of the scale, above zero.
        theme: Light or dark.
    """
    colours = palette(theme)
    scale = colours.difference if matrix == "diff" else ((0.0, colours.page), (1.0, colours.accent))
    place = _place(values, matrix, largest)
    on_text, on_card = (_contrast(place, scale, colour) for colour in (colours.text, colours.card))
    text = np.array([[number(value, matrix, measure) for value in row] for row in values])
    return [
        go.Heatmap(
            z=np.where(mask, place, np.nan),
            text=np.where(mask, text, ""),
            texttemplate="%{text}",
            textfont={"size": 12, "color": colour},
            xgap=1,
            ygap=1,
            colorscale=[list(stop) for stop in scale],
            zmin=0,
            zmax=1,
            showscale=False,
            hoverinfo="skip",
            name=f"{matrix} {name}",
        )
        for mask, colour, name in (
            (on_text >= on_card, colours.text, "numbers"),
            (on_text < on_card, colours.card, "inverse numbers"),
        )
    ]


def number(value: float, matrix: Matrix, measure: Measure) -> str:
    """A cell's number in at most five characters; empty where it is undefined.

    Percents have one decimal unless they are 0 or 100; a difference has its sign.
    """
    if np.isnan(value):
        return ""
    whole = measure == "counts" or abs(value) in (0, 100)
    sign = "−" if value < 0 else "+" if value > 0 and matrix == "diff" else ""
    return f"{sign}{abs(value):.{0 if whole else 1}f}"


def _place(values: NDArray[np.float64], matrix: Matrix, largest: float) -> NDArray[np.float64]:
    """Where each value lies on the scale, between 0 and 1."""
    if matrix == "diff":
        return 0.5 + 0.5 * values / largest
    # Most cells are small beside the diagonal: the root makes them visible.
    return np.asarray(np.sqrt(values / largest))


def _contrast(place: NDArray[np.float64], scale: Scale, text: str) -> NDArray[np.float64]:
    """Contrast of a text colour on the scale's colours, as WCAG 2 defines it."""
    stops = [position for position, _ in scale]
    rgb = np.stack(
        [
            np.interp(place, stops, channel)
            for channel in np.transpose([_rgb(colour) for _, colour in scale])
        ],
        axis=-1,
    )
    back, front = _luminance(rgb), _luminance(np.array(_rgb(text)))
    lighter, darker = np.maximum(back, front), np.minimum(back, front)
    return np.asarray((lighter + 0.05) / (darker + 0.05))


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _luminance(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))
