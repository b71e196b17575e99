"""One face among the others: the photo of the Face view, or a face of the data set."""

from collections.abc import Mapping

import streamlit as st

import selection
import state
from clfer.analysis.comparison import Comparison
from clfer.analysis.pictures import Pictures
from clfer.analysis.placement import Placed, placed_face, placed_photo
from clfer.analysis.pooled import face_embedding
from clfer.errors import ClferError
from clfer.figures.embedding_words import neighbour_captions, neighbour_line, placed_line
from clfer.models.checkpoint import Checkpoint
from clfer.sides import Side
from components import gallery, section
from photos import Subject, cropped
from selection import Selection
from views import embeddings_data, photo_card
from views.embeddings_data import Embeddings

PLACE = state.EMBEDDINGS["place"]


def render(
    chosen: Selection,
    comparison: Comparison,
    space: str,
    found: Embeddings,
    pictures: Pictures,
) -> Mapping[Side, Placed]:
    """Draw the card; returns the face's place in both pictures, nothing while there is none."""
    chosen_face = state.adopt(state.FACE, None, None) is not None
    state.adopt(PLACE, (True, False), chosen_face or state.PHOTO in st.session_state)
    with st.container(key="card-place", border=True):
        with st.container(key="place-head", horizontal=True, vertical_alignment="center"):
            section.title(
                "A face among the others",
                "Place a photo, or a face of the data set: a star marks it in both pictures, with "
                "its nearest faces here.",
            )
            on = st.toggle("Place a face", key=PLACE, width="content")
        if not on:
            return {}
        left, right = st.columns([1, 2.2], gap="medium")
        with left:
            subject = photo_card.render()
        with right:
            try:
                placed = _placed(chosen, comparison, space, found, pictures, subject)
            except ClferError as error:
                section.error(error)
                return {}
            _neighbours(chosen, comparison, pictures, placed)
    return placed


def _placed(
    chosen: Selection,
    comparison: Comparison,
    space: str,
    found: Embeddings,
    pictures: Pictures,
    subject: Subject | None,
) -> Mapping[Side, Placed]:
    name = st.session_state.get(state.FACE)
    if name in comparison.names:
        index = comparison.names.index(name)
        return {
            side: placed_face(pictures, side, embedding, index) for side, embedding in found.items()
        }
    if subject is None:
        section.hint("Give a photo with a face to place it among the others.")
        return {}
    if not embeddings_data.at_own_epoch(chosen, comparison):
        section.hint(
            "A new face can be placed at the models' own epoch only: move the epoch slider to its "
            "end."
        )
        return {}
    key = embeddings_data.request(chosen, comparison, space, pictures.method).key
    with st.spinner("Placing the face"):
        return {
            side: _photo(model, subject, space, pictures, side, found, key)
            for side, model in embeddings_data.models(chosen).items()
        }


def _photo(
    model: Checkpoint,
    subject: Subject,
    space: str,
    pictures: Pictures,
    side: Side,
    found: Embeddings,
    key: str,
) -> Placed:
    """Where a photo belongs, found once per session."""

    def compute() -> Placed:
        point = face_embedding(model, cropped(model, subject).crop, space)
        return placed_photo(pictures, side, found[side], point)

    return state.remembered(("placed", key, side, *subject.key), compute)


def _neighbours(
    chosen: Selection, comparison: Comparison, pictures: Pictures, placed: Mapping[Side, Placed]
) -> None:
    if not placed:
        return
    section.hint(placed_line(pictures.method, list(placed.values())))
    faces = selection.faces(chosen)
    for side, one in placed.items():
        section.model_line(side, chosen.model(side).card.title, neighbour_line(comparison, one))
        gallery.show(
            faces,
            [comparison.names[i] for i in one.neighbours],
            neighbour_captions(comparison, one.neighbours, one.distances),
            f"neighbours-{side}",
        )
