"""What a batch came to: the summary, the table with its faces, the chosen face, the export."""

from collections.abc import Sequence

import streamlit as st

import state
from clfer.analysis.batch import BatchPhoto, BatchSummary, summarise
from clfer.analysis.batch_table import batch_csv, batch_json, batch_table
from clfer.expressions import ordered
from components import section
from resources import Pair
from views import batch_face
from views.batch_columns import columns, shown
from views.batch_session import Batch

ROW = 60
"""Height of a row in pixels."""

MOST_ROWS = 9
NAMED = 6
"""Photos without a face that are named."""

SENTENCES = 4
"""Sentences on unreadable photos before they scroll."""


@state.fragment
def render(batch: Batch, pair: Pair) -> None:
    """Draw the results; choosing a row redraws nothing else."""
    photos = [photo for _, photo in batch.results(pair)]
    found = summarise(photos)
    section.title(_headline(found), _counts(found))
    _unread(photos)
    if found.faces:
        _table(batch, pair, photos)
        _export(pair, photos, whole=batch.whole)


def _headline(found: BatchSummary) -> str:
    if not found.faces:
        return "No face was found"
    if not found.disagreements:
        return f"A and B agree on {'the one face' if found.faces == 1 else 'all faces'}"
    share = f"{found.disagreements:,} of {found.faces:,} face{'s' * (found.faces > 1)}"
    return f"A and B disagree on {share}"


def _counts(found: BatchSummary) -> str:
    parts = [
        f"{found.photos:,} photo{'s' * (found.photos != 1)}",
        f"{found.faces:,} face{'s' * (found.faces != 1)}",
        f"{found.without_face:,} without a face",
        f"{found.unreadable:,} unreadable",
        f"{found.disagreements:,} disagreement{'s' * (found.disagreements != 1)}",
    ]
    return " · ".join(parts)


def _unread(photos: Sequence[BatchPhoto]) -> None:
    """One sentence for each photo that cannot be read, one for all without a face."""
    errors = [photo.error for photo in photos if photo.error is not None]
    with st.container(height=260 if len(errors) > SENTENCES else "content", border=False):
        for sentence in errors:
            section.error(sentence)
    bare = [photo.name for photo in photos if photo.error is None and not photo.faces]
    if bare:
        more = f" and {len(bare) - NAMED:,} more" if len(bare) > NAMED else ""
        section.hint(
            f"No face was found in {', '.join(bare[:NAMED])}{more}: switch on Whole image above "
            "for photos that are face crops already."
        )


def _table(batch: Batch, pair: Pair, photos: Sequence[BatchPhoto]) -> None:
    table = batch_table(photos)
    expressions = ordered({*pair.a.card.classes, *pair.b.card.classes})
    event = st.dataframe(
        shown(table, batch.thumbnails(pair)),
        column_config=columns(expressions),
        hide_index=True,
        row_height=ROW,
        height=38 + ROW * min(len(table), MOST_ROWS),
        on_select="rerun",
        selection_mode="single-row",
        key=f"batch-table-{batch.round}-{batch.whole}-{pair.a.sha256}-{pair.b.sha256}",
        alt=f"Faces of the batch with the verdicts of both models: {_counts(summarise(photos))}.",
    )
    st.html(
        '<p class="clfer-caption">One row a face, disagreements first: softmax probability of the '
        "expression, weights μ of the four blocks (Eq. 8), and the Jensen–Shannon divergence of "
        "the two distributions (0 to 1 bit).</p>"
    )
    rows = event["selection"]["rows"]
    if not rows:
        section.hint("Choose a row to see the face, and to explain it in the Face view.")
        return
    faces = [(photo, face) for photo, seen in batch.results(pair) for face in seen.faces]
    photo, face = faces[int(table.index[rows[0]])]
    batch_face.render(pair, photo, face, whole=batch.whole)


def _export(pair: Pair, photos: Sequence[BatchPhoto], *, whole: bool) -> None:
    with st.container(horizontal=True, key="batch-export"):
        st.download_button(
            "CSV",
            batch_csv(photos),
            "clfer-batch.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="One row a face with all probabilities of both models.",
        )
        st.download_button(
            "JSON",
            batch_json(photos, pair.a, pair.b, whole_image=whole),
            "clfer-batch.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
            help="Models with their hashes, photos, faces and all probabilities.",
        )
