"""The faces that were picked: accuracy of both models, gallery and table."""

import streamlit as st

import selection
from clfer.analysis.comparison import Comparison
from clfer.analysis.subset import subset_accuracy, subset_table
from clfer.errors import ClferError
from clfer.figures.embedding_words import face_captions, subset_line
from components import gallery, require, section
from selection import Selection
from views.embeddings_data import picked

CONFIDENCE = st.column_config.NumberColumn(format="%.2f")


def render(chosen: Selection, comparison: Comparison) -> None:
    """Draw the card."""
    indices = picked(comparison)
    with st.container(key="card-subset", border=True):
        if not len(indices):
            section.title(
                "Faces behind the points",
                "Draw around points with the pointer, in either picture, to see their faces and "
                "how often A and B are right on them.",
            )
            return
        with st.container(key="subset-head", horizontal=True, vertical_alignment="center"):
            section.title(f"{len(indices):,} faces picked", selection.picked_why())
            st.button("Clear", icon=":material/close:", on_click=selection.pick, args=([], ""))
        for side, scores in zip(require.SIDES, (comparison.a, comparison.b), strict=True):
            line = subset_line(side, subset_accuracy(scores, indices))
            section.model_line(side, line)
        section.hint(f"95 % Wilson intervals, n = {len(indices):,}.")
        left, right = st.columns([1, 1], gap="medium")
        with left:
            _gallery(chosen, comparison)
        with right:
            st.dataframe(
                subset_table(comparison, indices),
                hide_index=True,
                height=590,
                column_config={f"{side} confidence": CONFIDENCE for side in ("A", "B")},
            )


def _gallery(chosen: Selection, comparison: Comparison) -> None:
    indices = picked(comparison)
    try:
        faces = selection.faces(chosen)
    except ClferError as error:
        section.error(error)
        return
    if faces is None:
        require.faces(chosen, "to see the faces behind these points")
    gallery.show(
        faces,
        [comparison.names[i] for i in indices],
        face_captions(comparison, indices),
        "subset",
        limit=20,
    )
