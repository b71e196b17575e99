"""Precision, recall and F1 of both models, one row per expression."""

from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from clfer.analysis.per_class import PerClass, Score
from clfer.analysis.resampling import RESAMPLES
from clfer.figures.chart import Chart
from clfer.figures.theme import Theme, palette, rgba, styled
from clfer.figures.titles import panel_title
from clfer.sides import Side

Field = Literal["precision", "recall", "f1"]
FIELDS: tuple[tuple[Field, str], ...] = (
    ("precision", "Precision"),
    ("recall", "Recall"),
    ("f1", "F1"),
)
ROW = 34
SHIFT = 0.17


def per_class_dots(scores: PerClass, theme: Theme, *, narrow: bool = False) -> Chart:
    """Dots with 95 % intervals: one panel per score, one row per expression, A above B.

    Args:
        scores: Both models.
        theme: Light or dark.
        narrow: The panels below each other.
    """
    shape = {"rows": 3, "cols": 1} if narrow else {"rows": 1, "cols": 3}
    figure = make_subplots(**shape, horizontal_spacing=0.035, vertical_spacing=0.09)
    for panel, (field, title) in enumerate(FIELDS):
        place = {"row": panel + 1, "col": 1} if narrow else {"row": 1, "col": panel + 1}
        for side in _sides():
            figure.add_trace(_dots(scores, side, field, title, theme), **place)
    rows = len(scores.classes)
    height = 3 * ROW * rows + 178 if narrow else ROW * rows + 66
    styled(figure, theme, height, margin={"l": 82, "r": 14, "t": 36, "b": 30})
    figure.update_xaxes(
        range=[-0.02, 1.02],
        tickvals=[0, 0.25, 0.5, 0.75, 1],
        ticktext=["0", "0.25", "0.5", "0.75", "1"],
        fixedrange=True,
    )
    figure.update_yaxes(
        range=[rows - 0.5, -0.5],
        tickvals=list(range(rows)),
        ticktext=[name.capitalize() for name in scores.classes],
        tickfont={"color": palette(theme).text, "size": 13},
        showticklabels=narrow,
        fixedrange=True,
    )
    figure.update_layout(yaxis={"showticklabels": True})
    _title_panels(figure, theme)
    return Chart(
        figure,
        _table(scores),
        f"Scores per expression over {int(scores.support.sum()):,} faces with 95 % intervals:"
        f" Wilson's for precision and recall, {RESAMPLES:,} bootstrap samples of the faces for F1.",
        _finding(scores),
        "per-expression",
    )


def per_class_table(scores: PerClass) -> pd.DataFrame:
    """The same numbers to be read: one row per expression, texts with their intervals."""
    frame = pd.DataFrame(
        {
            "Expression": [name.capitalize() for name in scores.classes],
            "Faces": scores.support,
        }
    )
    for field, title in FIELDS:
        for side in _sides():
            score = _score(scores, side, field)
            frame[f"{title} {side}"] = [_interval(score, i, "") for i in range(len(frame))]
    frame["F1, B − A"] = [_interval(scores.change, i, "+") for i in range(len(frame))]
    return frame


def _sides() -> tuple[Side, Side]:
    return "A", "B"


def _score(scores: PerClass, side: Side, field: Field) -> Score:
    model = scores.a if side == "A" else scores.b
    found: Score = getattr(model, field)
    return found


def _interval(score: Score, row: int, sign: str) -> str:
    """A share as text, e.g. ``0.62 (0.57 to 0.66)``; a dash where it is undefined."""
    ends = (score.value[row], score.low[row], score.high[row])
    # Rounded to zero, a number has no sign.
    value, low, high = (f"{0.0:.2f}" if abs(x) < 0.005 else f"{x:{sign}.2f}" for x in ends)
    if np.isnan(ends[0]):
        return "–"
    text = value if np.isnan(ends[1]) else f"{value} ({low} to {high})"
    return text.replace("-", "−")


def _dots(scores: PerClass, side: Side, field: Field, title: str, theme: Theme) -> go.Scatter:
    colour = palette(theme).models[side]
    score = _score(scores, side, field)
    shift = -SHIFT if side == "A" else SHIFT
    return go.Scatter(
        x=score.value,
        y=np.arange(len(score.value)) + shift,
        error_x={
            "array": score.high - score.value,
            "arrayminus": score.value - score.low,
            "color": rgba(colour, 0.6),
            "thickness": 2.5,
            "width": 0,
        },
        mode="markers",
        marker={"size": 10, "color": colour, "line": {"color": palette(theme).card, "width": 1}},
        customdata=[
            f"{name.capitalize()}, {title.lower() if field != 'f1' else title} of model {side}: "
            f"{_interval(score, i, '')}, {n:,} true faces."
            for i, (name, n) in enumerate(zip(scores.classes, scores.support, strict=True))
        ],
        hovertemplate="%{customdata}<extra></extra>",
        name=f"{side} {field}",
    )


def _title_panels(figure: go.Figure, theme: Theme) -> None:
    colours = palette(theme)
    letters = "   ".join(
        f"<span style='color:{colours.models[side]}'>●</span> {side}" for side in _sides()
    )
    for panel, (_, title) in enumerate(FIELDS):
        panel_title(figure, panel, f"<b>{title}</b>", theme)
        panel_title(figure, panel, letters, theme, right=True)


def _table(scores: PerClass) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "expression": name,
                "faces": int(scores.support[i]),
                "model": side,
                "score": field,
                "value": _score(scores, side, field).value[i],
                "low": _score(scores, side, field).low[i],
                "high": _score(scores, side, field).high[i],
            }
            for field, _ in FIELDS
            for side in _sides()
            for i, name in enumerate(scores.classes)
        ]
    )


def _finding(scores: PerClass) -> str:
    change = scores.change.value
    if np.isnan(change).all():
        return "No expression has an F1 score in both models."
    best, worst = int(np.nanargmax(change)), int(np.nanargmin(change))
    return (
        f"F1 changes most from A to B for {scores.classes[best]} ({change[best]:+.2f}) and "
        f"{scores.classes[worst]} ({change[worst]:+.2f})."
    )
