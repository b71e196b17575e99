"""The Batch view: many photos at once, read by two networks, disagreements first."""

import streamlit as st

from components import require, section
from views import batch_results, batch_work
from views.batch_session import Batch, current
from views.photo_card import PRIVACY, TYPES

ARCHIVE_MB = 200


def render() -> None:
    """Draw the view."""
    section.page_title(
        "Batch", "What two networks read in many faces at once, and where they part company."
    )
    chosen = require.models()
    if chosen is None:
        return
    batch = current()
    with st.container(key="card-batch-photos", border=True):
        _photos(batch)
    if not batch.photos:
        return
    with st.container(key="card-batch-results", border=True):
        if batch_work.render(batch, chosen.pair):
            batch_results.render(batch, chosen.pair)


def _photos(batch: Batch) -> None:
    """Where photos come from, and how they are framed."""
    st.file_uploader(
        "Photos, or a .zip of photos",
        [*TYPES, "zip"],
        accept_multiple_files=True,
        key=f"batch.files.{batch.round}",
        on_change=_take,
        args=(batch, batch.round),
        max_upload_size=min(ARCHIVE_MB, int(st.get_option("server.maxUploadSize"))),
    )
    for sentence in batch.refused:
        section.error(sentence)
    with st.container(horizontal=True, vertical_alignment="center", key="batch-controls"):
        st.button(
            "Try the samples",
            icon=":material/photo_library:",
            on_click=batch.add_samples,
            disabled=bool(batch.photos),
        )
        st.button("Clear", icon=":material/close:", on_click=batch.clear, disabled=not batch.photos)
        whole = st.toggle(
            "Whole image",
            batch.whole,
            key=f"batch.whole.{batch.round}",
            help="For photos that are face crops already: no face is looked for, and the central "
            "square is shown to the models.",
        )
    if whole != batch.whole:
        batch.whole, batch.stopped = whole, False
    section.privacy(PRIVACY)
    if not batch.photos:
        section.hint("No photos yet: drop some into the field above, or try the samples.")


def _take(batch: Batch, number: int) -> None:
    """Take the files of a field, once: a run under way may report an emptied field again."""
    if number == batch.round:
        batch.add_files(st.session_state[f"batch.files.{number}"])
