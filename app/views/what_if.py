"""The What if view: perturb a face, and see what becomes of two models' verdicts."""

import streamlit as st

import perturbed
import state
from clfer.analysis.perturb import Settings, perturbations
from clfer.errors import ClferError
from clfer.expressions import ordered
from clfer.sides import Side
from components import require, section, verdict
from photos import Subject
from selection import Selection
from views import photo_card, what_if_controls, what_if_curves, what_if_faces


def render() -> None:
    """Draw the view."""
    section.page_title(
        "What if", "Cover, blur, turn or relight a face, and see which model holds its verdict."
    )
    chosen = require.models()
    if chosen is not None:
        _page(chosen)


@state.fragment
def _page(chosen: Selection) -> None:
    """All of the page depends on the face and the sliders; the curves come last."""
    pair = chosen.pair
    kinds = perturbations(max(pair.a.card.crop_side, pair.b.card.crop_side))
    what_if_controls.adopt(kinds)
    settings = what_if_controls.settings(kinds)
    columns = st.columns([1.12, 1, 1], gap="small")
    with columns[0]:
        with st.container(key="card-photo", border=True, height="stretch"):
            subject = photo_card.render(stage=False)
            if subject is not None:
                what_if_faces.render(pair.a, subject, settings, kinds)
        if state.narrow():
            what_if_controls.render(kinds)
    order = require.SIDES[::-1] if state.narrow() else require.SIDES
    for column, side in zip(columns[1:], order, strict=True):
        with column, st.container(key=f"card-{side.lower()}", border=True, height="stretch"):
            _verdict(side, chosen, subject, settings)
    if not state.narrow():
        what_if_controls.render(kinds)
    what_if_curves.render(chosen, subject, settings, kinds)


def _verdict(side: Side, chosen: Selection, subject: Subject | None, settings: Settings) -> None:
    own, other = chosen.model(side), chosen.model("B" if side == "A" else "A")
    if subject is None:
        verdict.header(side, own)
        section.hint(
            "Nothing to perturb yet: give a photo with a face, crop one by hand, or use the whole "
            "image."
        )
        return
    rows = ordered({*own.card.classes, *other.card.classes})
    try:
        clean = perturbed.verdict(own, subject, Settings())
        now = perturbed.verdict(own, subject, settings)
        verdict.show(side, own, now, perturbed.verdict(other, subject, settings), rows, clean)
    except ClferError as error:
        section.error(error)
