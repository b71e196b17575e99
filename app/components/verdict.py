"""The verdict of one model: expression, probability bars, agreement."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from clfer.analysis.predict import FacePrediction
from clfer.expressions import UNKNOWN_THRESHOLD
from clfer.figures.probabilities import probability_bars
from clfer.figures.theme import Side, palette
from clfer.models.checkpoint import Checkpoint
from components import chart
from components.sidebar import accuracy
from state import theme


def show(
    side: Side,
    checkpoint: Checkpoint,
    prediction: FacePrediction,
    other: FacePrediction,
    rows: Sequence[str],
) -> None:
    """Draw a model's card.

    Args:
        side: A or B.
        checkpoint: The model.
        prediction: Its verdict.
        other: The other model's verdict.
        rows: Expressions from top to bottom, the same for both.
    """
    header(side, checkpoint)
    probability = max(prediction.probabilities.values())
    colour = palette(theme()).expression(prediction.expression)
    word = (
        prediction.expression.capitalize() if prediction.known else "None of the known expressions"
    )
    size = "" if prediction.known else " clfer-small"
    st.html(
        f'<div class="clfer-verdict{size}"><span class="clfer-swatch" style="background:{colour}">'
        f'</span><span class="clfer-word">{escape(word)}</span>'
        f'<span class="clfer-p">{probability:.2f}</span></div>'
        f'<p class="clfer-note">{escape(_agreement(side, prediction, other))}</p>'
    )
    chart.show(
        probability_bars(prediction.probabilities, rows, theme(), side), f"probabilities-{side}"
    )


def header(side: Side, checkpoint: Checkpoint) -> None:
    """Letter, name and accuracy of a model."""
    card = checkpoint.card
    st.html(
        f'<div class="clfer-who"><span class="clfer-letter clfer-{side.lower()}">{side}</span>'
        f"<span>{escape(card.title)}</span>"
        f'<span class="clfer-accuracy">{accuracy(card.metrics.get("accuracy"))}</span></div>'
    )


def _agreement(side: Side, own: FacePrediction, other: FacePrediction) -> str:
    partner = "B" if side == "A" else "A"
    if not own.known:
        return (
            f"{own.expression.capitalize()} leads, but below {UNKNOWN_THRESHOLD:g}; "
            f"{partner} says {_said(other)}."
        )
    if other.known and own.expression == other.expression:
        return f"Agrees with {partner}."
    return f"Differs from {partner}, which says {_said(other)}."


def _said(prediction: FacePrediction) -> str:
    return prediction.expression if prediction.known else "none of the known expressions"
