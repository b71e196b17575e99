"""The Face view: a photo in, an explained expression out, baseline beside ours."""

import streamlit as st

import selection
import state
from clfer.errors import ClferError
from clfer.expressions import ordered
from clfer.sides import Side
from components import require, section, verdict
from photos import Subject, prediction
from resources import Pair
from views import face_panels, layers, photo_card


def render() -> None:
    """Draw the view."""
    section.page_title(
        "Face", "What two networks read in a face, and which of their layers decided."
    )
    try:
        pair = selection.pair()
    except ClferError as error:
        section.error(error)
        return
    subject = _top_row(pair)
    if subject is not None:
        layers.render(pair, subject)
        face_panels.render(pair, subject)


def _top_row(pair: Pair) -> Subject | None:
    """Photo, verdict of A, verdict of B; on a phone B comes before A."""
    columns = st.columns([1.12, 1, 1], gap="small")
    with columns[0], st.container(key="card-photo", border=True, height="stretch"):
        subject = photo_card.render()
    order = require.SIDES[::-1] if state.narrow() else require.SIDES
    for column, side in zip(columns[1:], order, strict=True):
        with column, st.container(key=f"card-{side.lower()}", border=True, height="stretch"):
            _verdict(side, pair, subject)
    return subject


def _verdict(side: Side, pair: Pair, subject: Subject | None) -> None:
    own, other = (pair.a, pair.b) if side == "A" else (pair.b, pair.a)
    if subject is None:
        verdict.header(side, own)
        section.hint(
            "Nothing to explain yet: give a photo with a face, crop one by hand, or use the "
            "whole image."
        )
        return
    rows = ordered({*own.card.classes, *other.card.classes})
    try:
        verdict.show(side, own, prediction(own, subject), prediction(other, subject), rows)
    except ClferError as error:
        section.error(error)
