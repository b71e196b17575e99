"""Colours and Plotly templates, one meaning per colour, for the light and the dark theme."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import plotly.graph_objects as go

from clfer.sides import Side

Theme = Literal["light", "dark"]
Scale = tuple[tuple[float, str], ...]
"""A colour scale: positions in [0, 1] with their colours."""

FONT = "Source Sans, Segoe UI, Helvetica, Arial, sans-serif"
"""Source Sans is served by Streamlit itself; an exported figure falls back to a system font."""

GROUP_SYMBOLS = ("circle", "square", "diamond", "triangle-up")
"""Plotly markers of the semantic groups, which are nominal: shape first, colour second."""

GROUP_SIGNS = ("●", "■", "◆", "▲")
"""The same shapes as text."""


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as ``#rrggbb``.

    Attributes:
        page: Background of the page.
        card: Background of cards and charts.
        text: Text.
        muted: Secondary text, at least 4.5:1 on ``card``.
        grid: Grid lines.
        outline: Borders of cards.
        accent: Controls.
        models: Model A (left) and B (right).
        expressions: One colour per expression name.
        blocks: Blocks 1 to 4, an order.
        groups: Semantic groups, nominal.
        sequential: Colour scale of maps that start at zero.
        overlay: The same with rising opacity, for maps over a face.
        signed: Signed maps over a face: blue speaks against, red for.
    """

    page: str
    card: str
    text: str
    muted: str
    grid: str
    outline: str
    accent: str
    models: dict[Side, str]
    expressions: dict[str, str]
    blocks: tuple[str, str, str, str]
    groups: tuple[str, str, str, str]
    sequential: Scale = field(repr=False)
    overlay: Scale = field(repr=False)
    signed: Scale = field(repr=False)

    @property
    def difference(self) -> Scale:
        """Diverging scale of B - A: A's colour, the card's in the middle, B's."""
        return ((0.0, self.models["A"]), (0.5, self.card), (1.0, self.models["B"]))

    def expression(self, name: str) -> str:
        """Colour of an expression; neutral's for names outside the vocabulary."""
        return self.expressions.get(name, self.expressions["neutral"])

    def group(self, index: int) -> str:
        """Colour of semantic group ``index`` (from 0), repeated beyond four."""
        return self.groups[index % len(self.groups)]


_MAGMA = (
    (0.0, "#140e36"),
    (0.25, "#641a80"),
    (0.5, "#b73779"),
    (0.75, "#fc8961"),
    (1.0, "#fcfdbf"),
)

_OVERLAY = (
    (0.0, "rgba(20, 14, 54, 0.25)"),
    (0.25, "rgba(100, 26, 128, 0.42)"),
    (0.5, "rgba(183, 55, 121, 0.58)"),
    (0.75, "rgba(252, 137, 97, 0.72)"),
    (1.0, "rgba(252, 253, 191, 0.85)"),
)

_SIGNED = (
    (0.0, "rgba(16, 78, 168, 0.9)"),
    (0.25, "rgba(60, 130, 214, 0.55)"),
    (0.5, "rgba(255, 255, 255, 0.05)"),
    (0.75, "rgba(233, 84, 60, 0.55)"),
    (1.0, "rgba(176, 18, 30, 0.9)"),
)

_LIGHT = Palette(
    page="#f6f7f9",
    card="#ffffff",
    text="#1b2330",
    muted="#5a6576",
    grid="#e8ebf0",
    outline="#dfe3ea",
    accent="#0f6073",
    models={"A": "#64748b", "B": "#d55e00"},
    expressions={
        "neutral": "#8a8f98",
        "happiness": "#c9a227",
        "surprise": "#3ba3d0",
        "sadness": "#4438a0",
        "anger": "#a02455",
        "disgust": "#117733",
        "fear": "#8e4a9e",
        "contempt": "#7a7a2e",
    },
    blocks=("#2a9d84", "#2b748e", "#3e4989", "#440f54"),
    groups=("#8b5e3c", "#2e8b84", "#a678b0", "#4f74b8"),
    sequential=_MAGMA,
    overlay=_OVERLAY,
    signed=_SIGNED,
)

_DARK = Palette(
    page="#0e1319",
    card="#161d26",
    text="#e8ecf2",
    muted="#a3aebd",
    grid="#27313d",
    outline="#2a3541",
    accent="#62bfd0",
    models={"A": "#94a3b8", "B": "#f28e4b"},
    expressions={
        "neutral": "#a7adb8",
        "happiness": "#e6c85c",
        "surprise": "#7cc8ea",
        "sadness": "#8f86e0",
        "anger": "#d8648f",
        "disgust": "#4db36f",
        "fear": "#c58ad2",
        "contempt": "#b5b562",
    },
    blocks=("#ece51b", "#6dcd59", "#22a884", "#3b82a0"),
    groups=("#c49a78", "#5fbdb4", "#cfa8d8", "#8fabe0"),
    sequential=_MAGMA,
    overlay=_OVERLAY,
    signed=_SIGNED,
)


def palette(theme: Theme) -> Palette:
    """The colours of a theme."""
    return _DARK if theme == "dark" else _LIGHT


def rgba(colour: str, alpha: float) -> str:
    """A ``#rrggbb`` colour with an opacity in [0, 1], as Plotly and CSS read it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha:g})"


def template(theme: Theme) -> go.layout.Template:
    """The Plotly template of a theme: light grid, no chart junk, readable hover."""
    colours = palette(theme)
    axis: dict[str, Any] = {
        "gridcolor": colours.grid,
        "zerolinecolor": colours.outline,
        "linecolor": colours.outline,
        "tickfont": {"size": 13, "color": colours.muted},
        "title": {"font": {"size": 13, "color": colours.muted}, "standoff": 8},
        "ticks": "",
        "ticklabelstandoff": 5,
        "zeroline": False,
        "automargin": False,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 14, "color": colours.text},
            "paper_bgcolor": colours.card,
            "plot_bgcolor": colours.card,
            "colorway": [colours.models["A"], colours.models["B"]],
            "hoverlabel": {
                "bgcolor": colours.page,
                "bordercolor": colours.outline,
                "font": {"family": FONT, "size": 13, "color": colours.text},
                "align": "left",
            },
            "hovermode": "closest",
            "dragmode": False,
            "showlegend": False,
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "bargap": 0.3,
        }
    )


def styled(figure: go.Figure, theme: Theme, height: int, **layout: Any) -> go.Figure:
    """Give a figure its template and its fixed height in pixels."""
    return figure.update_layout(template=template(theme), height=height, **layout)


def spoken(names: Sequence[str]) -> str:
    """Names as an English enumeration: ``a``, ``a and b``, ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
