"""Cards of the Data view that show faces: a seeded sample, and those the annotators disputed."""

import streamlit as st

import state
from clfer.analysis.data_summary import draw_sample
from clfer.data.faceset import FaceSet
from clfer.errors import ClferError
from clfer.figures.data import entropy_histogram
from clfer.figures.theme import palette
from components import chart, gallery, section
from components.plain import plain
from selection import Selection
from state import narrow, theme
from views import data_facts

ALL = "All"
SHOWN, SHOWN_NARROW = 48, 24
SEED = "data.seed"


@state.fragment
def sample_card(faces: FaceSet) -> None:
    """Some faces of every expression, or of one; the same until they are drawn again."""
    with st.container(key="card-sample", border=True):
        section.title("Sample", f"Drawn at random from {faces.split}, n = {len(faces):,}.")
        with st.container(
            key="sample-controls", horizontal=True, vertical_alignment="bottom", gap="medium"
        ):
            chosen = st.pills(
                "Expression",
                [ALL, *faces.classes],
                default=ALL,
                key="data.expression",
                format_func=lambda name: plain(name.capitalize()),
                required=True,
                label_visibility="collapsed",
            )
            if st.button("Draw again", icon=":material/casino:", key="data.draw"):
                st.session_state[SEED] = st.session_state.get(SEED, 0) + 1
        wanted = range(len(faces.classes))
        if chosen not in (ALL, None):
            wanted = range(at := faces.classes.index(str(chosen)), at + 1)
        each = (SHOWN_NARROW if narrow() else SHOWN) // len(wanted)
        drawn = draw_sample(faces.labels, wanted, each, st.session_state.get(SEED, 0))
        _gallery(faces, drawn.tolist(), [_label(faces, i) for i in drawn], "data-sample")


@state.fragment
def ambiguity_card(chosen: Selection, faces: FaceSet) -> None:
    """FER+: the entropy of the votes, and the faces from the most ambiguous down."""
    with st.container(key="card-ambiguity", border=True):
        section.title("Ambiguous faces", "Where the annotators disagree, a model may as well.")
        if faces.dataset != "ferplus":
            section.hint(
                "Only FER+ publishes the votes of its annotators; choose it in the sidebar to "
                "see which faces they disagree on."
            )
            return
        try:
            found = data_facts.ambiguity(faces, chosen.root)
        except ClferError as error:
            section.error(error)
            return
        left, right = st.columns([1, 1.7], gap="medium", vertical_alignment="top")
        with left:
            chart.show(entropy_histogram(found, theme()), "vote-entropy")
            section.hint(found.in_words())
        ranked = found.ranked().tolist()
        captions = [f"{found.entropy[i]:.2f} bits\n{found.spoken(i)}" for i in ranked]
        with right:
            _gallery(faces, ranked, captions, "data-ambiguous", limit=18)


def _label(faces: FaceSet, index: int) -> str:
    return faces.classes[int(faces.labels[index])].capitalize()


def _gallery(
    faces: FaceSet, indices: list[int], captions: list[str], key: str, limit: int = SHOWN
) -> None:
    """Faces with captions tinted in the colour of their expression."""
    colours = palette(theme())
    gallery.show(
        faces,
        [faces.names[i] for i in indices],
        captions,
        key,
        limit=limit,
        colours=[colours.expression(faces.classes[faces.labels[i]]) for i in indices],
    )
