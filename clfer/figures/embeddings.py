"""Embeddings of A and of B as two pictures in one frame (Fig. 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.colors import sample_colorscale

from clfer.analysis.neighbours import Quality
from clfer.analysis.projection import FITTED, PLACING, Method
from clfer.analysis.scored import ScoredFaces
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, rgba, styled
from clfer.figures.titles import literal
from clfer.sides import Side

Colouring = Literal["expression", "correctness", "confidence"]

HEIGHT, NARROW_HEIGHT = 520, 400

FAINT = 0.18
"""Opacity of faces that were not picked while others were."""

RINGED = 60
"""Picked faces that get a ring each, at most: more would cover what they mark."""

_LABEL = 0.054
"""Height of an expression's label as a share of the picture's."""


@dataclass(frozen=True, eq=False)
class Panel:
    """All that one of the two pictures shows.

    Attributes:
        side: Which model.
        points: Coordinates ``[N, 2]``.
        scores: What the model says about these faces.
        limits: Left, right, bottom, top: the same for both models.
        centres: Where an expression's label belongs.
        quality: Figures on the embedding and this picture.
        picked: Indices of faces picked in some view.
        moved: Indices of the faces that moved most.
        origins: Where those lie in A, ``[M, 2]``.
        star: Place of the face that is looked at; None without one.
    """

    side: Side
    points: NDArray[np.float64]
    scores: ScoredFaces
    limits: tuple[float, float, float, float]
    centres: Mapping[str, tuple[float, float]]
    quality: Quality
    picked: NDArray[np.int64]
    moved: NDArray[np.int64]
    origins: NDArray[np.float64]
    star: NDArray[np.float64] | None = None


def embedding_picture(
    panel: Panel,
    method: Method,
    space: str,
    colouring: Colouring,
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """One picture: a point per face, expressions named at their medians.

    Args:
        panel: What is shown.
        method: How the picture was made.
        space: Of which embedding, e.g. ``fused`` or ``block 3``.
        colouring: What the colour of a point says.
        theme: Light or dark.
        narrow: Lower and with smaller marks.
    """
    figure = go.Figure(_points(panel, colouring, theme, narrow))
    _mark_moved(figure, panel, theme)
    _mark_picked(figure, panel, theme)
    _mark_star(figure, panel, theme)
    _arrange(figure, panel, method, theme, narrow)
    if colouring != "confidence":
        _name_expressions(figure, panel, theme, coloured=colouring == "expression")
    if colouring != "expression":
        _explain(figure, panel, colouring, theme)
    return Chart(
        figure,
        _table(panel),
        _caption(panel, method, space, colouring),
        _finding(panel, method),
        f"embedding-{panel.side.lower()}-{method.lower()}-{space.replace(' ', '-')}",
    )


def _points(panel: Panel, colouring: Colouring, theme: Theme, narrow: bool) -> go.Scattergl:
    marker: dict[str, Any] = {"size": 4 if narrow else 5.5, "opacity": _opacity(panel)}
    return go.Scattergl(
        x=panel.points[:, 0],
        y=panel.points[:, 1],
        mode="markers",
        marker=marker | _colours(panel.scores, colouring, theme),
        customdata=list(panel.scores.names),
        text=_sentences(panel),
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": FAINT}},
        name="faces",
    )


def _opacity(panel: Panel) -> float | NDArray[np.float64]:
    """Faces that were picked stand out; without any, all do."""
    if not len(panel.picked):
        return 0.8
    opacity = np.full(len(panel.points), FAINT)
    opacity[panel.picked] = 1
    return opacity


def _colours(scores: ScoredFaces, colouring: Colouring, theme: Theme) -> dict[str, Any]:
    colours = palette(theme)
    if colouring == "expression":
        return _steps(scores.labels, [colours.expression(name) for name in scores.classes])
    if colouring == "correctness":
        # Shape and lightness: read the same by everyone.
        wrong = (~scores.correct).astype(np.int64)
        shape = np.where(scores.correct, "circle", "x")
        return _steps(wrong, [rgba(colours.muted, 0.45), colours.text]) | {"symbol": shape}
    return {
        "color": scores.confidence,
        "cmin": 1 / len(scores.classes),
        "cmax": 1,
        "colorscale": _confidence_scale(theme),
    }


def _steps(numbers: NDArray[np.int64], colours: list[str]) -> dict[str, Any]:
    """A colour for each number; Plotly checks thousands of colours far slower than numbers."""
    count = len(colours)
    scale = [[at / count, colours[k]] for k in range(count) for at in (k, k + 1)]
    return {"color": numbers, "cmin": -0.5, "cmax": count - 0.5, "colorscale": scale}


def _confidence_scale(theme: Theme) -> list[list[Any]]:
    """From the least to the most confident; the least stand out from the card."""
    scale = palette(theme).sequential
    kept = (scale[0], scale[2], scale[3]) if theme == "light" else (scale[4], scale[3], scale[2])
    return [[i / 2, colour] for i, (_, colour) in enumerate(kept)]


def _sentences(panel: Panel) -> list[str]:
    scores = panel.scores
    rows = zip(
        scores.names,
        scores.labels.tolist(),
        scores.predicted.tolist(),
        scores.confidence.tolist(),
        strict=True,
    )
    return [
        f"{literal(name)}: true {scores.classes[true]}, {panel.side} says "
        f"{scores.classes[said]} with {100 * confidence:.0f} %."
        for name, true, said, confidence in rows
    ]


def _mark_moved(figure: go.Figure, panel: Panel, theme: Theme) -> None:
    """Arrows from the places in A; in A itself, rings where they start."""
    if not len(panel.moved):
        return
    colour = rgba(palette(theme).text, 0.75)
    ends = panel.points[panel.moved]
    if panel.side == "A":
        _ring(figure, ends, 10, colour, 1.2, "moved most")
        return
    # Annotations lie above the points, which WebGL draws over all other traces.
    figure.update_layout(
        annotations=[
            {
                "x": x,
                "y": y,
                "ax": from_x,
                "ay": from_y,
                "axref": "x",
                "ayref": "y",
                "text": "",
                "showarrow": True,
                "arrowhead": 2,
                "arrowwidth": 1.1,
                "arrowcolor": colour,
            }
            for (x, y), (from_x, from_y) in zip(ends.tolist(), panel.origins.tolist(), strict=True)
        ]
    )


def _mark_picked(figure: go.Figure, panel: Panel, theme: Theme) -> None:
    if 0 < len(panel.picked) <= RINGED:
        _ring(figure, panel.points[panel.picked], 11, palette(theme).text, 1.5, "picked")


def _ring(
    figure: go.Figure,
    places: NDArray[np.float64],
    size: float,
    colour: str,
    width: float,
    name: str,
) -> None:
    figure.add_trace(
        go.Scattergl(
            x=places[:, 0],
            y=places[:, 1],
            mode="markers",
            marker={
                "symbol": "circle-open",
                "size": size,
                "color": colour,
                "line": {"width": width, "color": colour},
            },
            unselected={"marker": {"opacity": 1}},
            hoverinfo="skip",
            name=name,
        )
    )


def _mark_star(figure: go.Figure, panel: Panel, theme: Theme) -> None:
    if panel.star is None:
        return
    colours = palette(theme)
    figure.add_trace(
        go.Scattergl(
            x=[panel.star[0]],
            y=[panel.star[1]],
            mode="markers",
            marker={
                "symbol": "star",
                "size": 21,
                "color": colours.accent,
                "line": {"width": 2, "color": colours.card},
            },
            unselected={"marker": {"opacity": 1}},
            hovertemplate="The face that is placed among the others.<extra></extra>",
            name="placed face",
        )
    )


def _arrange(figure: go.Figure, panel: Panel, method: Method, theme: Theme, narrow: bool) -> None:
    left, right, bottom, top = panel.limits
    height = NARROW_HEIGHT if narrow else HEIGHT
    styled(figure, theme, height, margin={"l": 30, "r": 8, "t": 30, "b": 36})
    unit = "units of the embedding" if method == "PCA" else "no unit"
    axis = {"showticklabels": False, "fixedrange": True, "zeroline": False, "nticks": 6}
    figure.update_xaxes(range=[left, right], title_text=f"{method} 1 ({unit})", **axis)
    figure.update_yaxes(
        range=[bottom, top],
        scaleanchor="x",
        scaleratio=1,
        title_text=f"{method} 2 ({unit})",
        **axis,
    )


def _name_expressions(figure: go.Figure, panel: Panel, theme: Theme, *, coloured: bool) -> None:
    colours = palette(theme)
    for name, (x, y) in _apart(panel).items():
        figure.add_annotation(
            x=x,
            y=y,
            text=f"<b>{name.capitalize()}</b>",
            showarrow=False,
            bgcolor=rgba(colours.card, 0.82),
            borderpad=2,
            bordercolor=colours.expression(name) if coloured else colours.outline,
            borderwidth=1.5,
            font={"size": 12, "color": colours.text},
        )


def _apart(panel: Panel) -> dict[str, tuple[float, float]]:
    """Places of the labels, moved up where one would cover another."""
    left, right, bottom, top = panel.limits
    height, width = _LABEL * (top - bottom), 0.17 * (right - left)
    placed: dict[str, tuple[float, float]] = {}
    for name, (x, y) in sorted(panel.centres.items(), key=lambda item: item[1][1]):
        for other_x, other_y in sorted(placed.values(), key=lambda place: place[1]):
            if abs(x - other_x) < width and abs(y - other_y) < height:
                y = other_y + height
        placed[name] = (x, y)
    return placed


def _key(panel: Panel, colouring: Colouring, theme: Theme) -> str:
    """What the marks mean, in one line."""
    muted = palette(theme).muted
    if colouring == "correctness":
        return f"<b>✕</b> wrong   <span style='color:{muted}'>●</span> correct"
    steps = sample_colorscale(_confidence_scale(theme), 9)
    ramp = "".join(f"<span style='color:{colour};font-size:16px'>■</span>" for colour in steps)
    return f"confidence {100 / len(panel.scores.classes):.0f} % {ramp} 100 %"


def _explain(figure: go.Figure, panel: Panel, colouring: Colouring, theme: Theme) -> None:
    figure.add_annotation(
        x=1,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="right",
        yanchor="bottom",
        text=_key(panel, colouring, theme),
        showarrow=False,
        font={"size": 12, "color": palette(theme).text},
    )


def _table(panel: Panel) -> pd.DataFrame:
    scores = panel.scores
    classes = np.array(scores.classes)
    return pd.DataFrame(
        {
            "name": scores.names,
            "true": classes[scores.labels],
            "says": classes[scores.predicted],
            "confidence": scores.confidence,
            "x": panel.points[:, 0],
            "y": panel.points[:, 1],
        }
    )


_COLOURINGS = {
    "expression": "true expression",
    "correctness": "whether the model is right",
    "confidence": "top probability of the model",
}


def _caption(panel: Panel, method: Method, space: str, colouring: Colouring) -> str:
    what = "fused embedding" if space == "fused" else f"pooled output of {space}"
    arrows = (
        f" Arrows: the {len(panel.moved)} faces that moved most, from their place in A."
        if len(panel.moved)
        else ""
    )
    sample = (
        f" It is fitted on a stratified sample of about {FITTED:,} of them; every other face lies"
        f" among its {PLACING} nearest of these."
        if method != "PCA" and len(panel.points) > FITTED
        else ""
    )
    return (
        f"{method} of the {what} of {len(panel.points):,} {panel.scores.split} faces, as in Fig. 9;"
        f" B is brought onto A by Procrustes.{sample} Colour: {_COLOURINGS[colouring]}.{arrows}"
    )


def _finding(panel: Panel, method: Method) -> str:
    share = f"{100 * panel.quality.knn_accuracy:.0f} %"
    return (
        f"{method} picture of {len(panel.points):,} faces in model {panel.side}: the "
        f"{panel.quality.k} nearest faces vote for the true expression in {share} of cases."
    )
