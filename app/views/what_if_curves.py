"""Against the strength of one perturbation: this face's probabilities, and a split's accuracy."""

import streamlit as st

import perturbed
import state
from clfer.analysis.perturb import Perturbation, Settings
from clfer.data.faceset import FaceSet
from clfer.errors import ClferError
from clfer.figures.robustness import accuracy_curves, probability_curves
from clfer.work.robustness import read_curves, robustness_request
from components import chart, require, section, work
from components.require import SIDES
from components.sidebar import dataset_title
from photos import Subject
from selection import Selection
from shared import is_shared
from state import theme
from views import photo_card

HEIGHT = 420
"""Height in pixels of a chart with its caption, kept while it is computed."""


@state.fragment
def render(
    chosen: Selection,
    subject: Subject | None,
    settings: Settings,
    kinds: dict[str, Perturbation],
) -> None:
    """Draw both cards; the choice of the perturbation redraws nothing else."""
    with st.container(key="card-curve", border=True):
        section.title(
            "Against strength", "How far the face can be perturbed before a verdict tips over."
        )
        key = state.WHAT_IF["kind"]
        state.adopt(key, list(kinds), "blur")
        st.segmented_control(
            "Perturbation",
            list(kinds),
            format_func=lambda name: kinds[name].title,
            key=key,
            required=True,
            label_visibility="collapsed",
        )
        kind = kinds[st.session_state[key]]
        strength = st.session_state[state.WHAT_IF[kind.name]]
        if subject is None:
            section.hint("Choose a face above to see its curves.")
        else:
            _face(chosen, subject, settings, kind, strength)
    with st.container(key="card-robustness", border=True):
        what = f"{dataset_title(chosen.dataset)} {chosen.split}"
        section.title(
            f"Over {what}",
            f"Accuracy of both models when every face gets the same {kind.title.lower()}.",
        )
        if subject is None and st.session_state[state.SOURCE] == photo_card.DATA:
            if not is_shared():
                section.hint("Choose the folder above to measure accuracy against strength.")
            return
        faces = require.faces(chosen, "to measure accuracy against strength")
        if faces is not None:
            _split(chosen, faces, settings, kind, strength)


def _face(
    chosen: Selection, subject: Subject, settings: Settings, kind: Perturbation, strength: float
) -> None:
    try:
        with st.skeleton(height=HEIGHT):
            curves = {
                side: perturbed.curve(chosen.model(side), subject, kind, settings) for side in SIDES
            }
    except ClferError as error:
        section.error(error)
        return
    narrow = state.narrow()
    chart.show(probability_curves(curves, kind, strength, theme(), narrow=narrow), "what-if-curves")


def _split(
    chosen: Selection, faces: FaceSet, settings: Settings, kind: Perturbation, strength: float
) -> None:
    models = {side: chosen.model(side) for side in SIDES}
    request = robustness_request(models, faces, chosen.root, kind, settings.place)
    title = kind.title.lower()
    what = f"{dataset_title(chosen.dataset)} {chosen.split}"
    if kind.name == "patch":
        across, down = settings.place
        section.hint(f"The patch lies {across:g} % across and {down:g} % down, as set above.")
    arrays = work.result(
        request,
        f"Accuracy on {what} against {title}",
        button=f"Measure {title} on {len(faces):,} faces",
        key="robustness",
    )
    if arrays is None:
        section.hint(
            f"Both models score {len(faces):,} faces at {len(kind.strengths)} strengths; the result"
            " is kept."
        )
        return
    chart.show(accuracy_curves(read_curves(arrays), kind, strength, what, theme()), "robustness")
