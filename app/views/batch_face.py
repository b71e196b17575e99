"""The chosen face of a batch: both verdicts in full, and the way to the Face view."""

import streamlit as st

import state
from clfer.analysis.batch import BatchFace
from clfer.expressions import ordered
from components import section, verdict
from photos import WHOLE, Photo, Region, Subject, from_bytes, prediction
from resources import Pair
from views.batch_session import Given
from views.photo_card import UPLOAD


def render(pair: Pair, photo: Given, face: BatchFace, *, whole: bool) -> None:
    """Draw the face; it is the subject of the Face view from now on."""
    subject = Subject(
        from_bytes(photo.data, photo.name), Region(WHOLE if whole else str(face.number))
    )
    _hand_over(subject.photo, subject.region.choice)
    said = prediction(pair.a, subject), prediction(pair.b, subject)
    rows = ordered({*pair.a.card.classes, *pair.b.card.classes})
    columns = st.columns([0.62, 1, 1], gap="medium")
    with columns[0]:
        st.image(said[1].view, width=220)
        part = "the whole image" if whole else f"face {face.number}"
        section.hint(f"{photo.name}, {part}: now the subject of the Face view.")
        st.page_link(_face_page(), label="Explain this face", icon=":material/face:")
    with columns[1]:
        verdict.show("A", pair.a, said[0], said[1], rows)
    with columns[2]:
        verdict.show("B", pair.b, said[1], said[0], rows)


def _hand_over(photo: Photo, choice: str) -> None:
    """Make a face the subject of the views of one face, as if it had been uploaded there."""
    session = st.session_state
    session.setdefault(state.GIVEN, {})[UPLOAD] = photo
    session[state.SOURCE], session[state.PHOTO], session[state.REGION] = (
        UPLOAD,
        photo.digest,
        choice,
    )
    # A face of a data set that was looked at before steps aside, as it does for an upload.
    session[state.FACE_LEFT] = session.get(state.FACE) or session.get(state.FACE_LEFT)
    session[state.FACE] = session[state.FACE_SEEN] = None
    state.share()


def _face_page() -> st.Page:
    """The start page, which Streamlit tells by its path in the address alone."""
    return st.Page(lambda: None, title="Face", url_path="face", default=True)
