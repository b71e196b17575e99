"""The verdict of one model: expression, probability bars, agreement."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from clfer.analysis.predict import FacePrediction
from clfer.expressions import UNKNOWN_THRESHOLD
from clfer.figures.probabilities import probability_bars
from clfer.figures.robustness import with_change
from clfer.figures.theme import palette
from clfer.models.checkpoint import Checkpoint
from clfer.sides import Side
from components import chart
from components.sidebar import accuracy
from state import theme


def show(
    side: Side,
    checkpoint: Checkpoint,
    prediction: FacePrediction,
    other: FacePrediction,
    rows: Sequence[str],
    clean: FacePrediction | None = None,
) -> None:
    """Draw a model's card.

    Args:
        side: A or B.
        checkpoint: The model.
        prediction: Its verdict.
        other: The other model's verdict.
        rows: Expressions from top to bottom, the same for both.
        clean: Its verdict before the face was perturbed; the card then tells the change.
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
    bars = probability_bars(prediction.probabilities, rows, theme(), side)
    if clean is not None:
        st.html(f'<p class="clfer-note">{escape(_change(prediction, clean))}</p>')
        bars = with_change(bars, clean.probabilities, theme())
    chart.show(bars, f"probabilities-{side}")


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


def _change(prediction: FacePrediction, clean: FacePrediction) -> str:
    """What became of the verdict on the clean face."""
    before = clean.probabilities[clean.expression]
    now = prediction.probabilities[clean.expression]
    start = f"Clean face: {clean.expression} {before:.2f}"
    if prediction.probabilities == clean.probabilities:
        return f"{start}; nothing is perturbed yet."
    kept = "still first at" if prediction.expression == clean.expression else "now only"
    return f"{start}, {kept} {now:.2f}."


def _said(prediction: FacePrediction) -> str:
    return prediction.expression if prediction.known else "none of the known expressions"
