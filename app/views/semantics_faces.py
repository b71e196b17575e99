"""The faces of the Semantics view: those picked, typical ones, or the samples of the package."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import selection
import state
from clfer.analysis.typical import first_faces, typical_faces
from clfer.data.faceset import FaceSet
from clfer.errors import ClferError
from clfer.faces import SAMPLES
from clfer.figures.group_grid import ShownFace
from clfer.figures.panels import as_grey
from clfer.models.checkpoint import Checkpoint
from components import require, section
from photos import WHOLE, Region, Subject, from_sample, prediction
from selection import Selection

LIMIT = 8
"""Faces in a grid, at most."""

CHOSEN = "semantics.face"
PLACE = "semantics.place"


@dataclass(frozen=True, eq=False)
class Column:
    """A face of the grid.

    Attributes:
        digest: Hash of its pixels, for cache keys.
        crop: What a model is given, uint8 ``[H, W, C]``.
        shown: How it is drawn beside that model's maps.
    """

    digest: str
    crop: Callable[[Checkpoint], NDArray[np.uint8]]
    shown: Callable[[Checkpoint], ShownFace]


def choose(chosen: Selection) -> list[Column]:
    """Draw which faces are shown and the control for one of them; empty if none can be had."""
    faces = require.faces(
        chosen, "to see the groups on its faces; until then the samples of the package are shown"
    )
    if faces is not None:
        return _of_split(chosen, faces)
    try:
        return _of_package()
    except ClferError as error:
        section.error(error)
        return []


def position(columns: Sequence[Column]) -> int:
    """Place of the chosen face among the columns."""
    chosen: int = st.session_state.get(PLACE, 0)
    return min(chosen, len(columns) - 1)


def _of_split(chosen: Selection, faces: FaceSet) -> list[Column]:
    place = {name: i for i, name in enumerate(faces.names)}
    clicked = state.adopt(state.FACE, faces.names, None)
    names = [name for name in selection.picked() if name in place][:LIMIT]
    why = f"Picked elsewhere: {selection.picked_why()}." if names else ""
    if not names:
        names, why = _typical(chosen, faces)
    if clicked is not None and clicked not in names:
        names = [clicked, *names][:LIMIT]
    labels = {name: faces.classes[faces.labels[place[name]]] for name in names}
    st.session_state[CHOSEN] = clicked if clicked in names else names[0]

    def take() -> None:
        st.session_state[state.FACE] = st.session_state[CHOSEN]
        state.share()

    _chooser(names, lambda name: f"{labels[name].capitalize()} · {name}", CHOSEN, why, take)
    st.session_state[PLACE] = names.index(st.session_state[CHOSEN])
    return [_column(faces, place[name], labels[name]) for name in names]


def _typical(chosen: Selection, faces: FaceSet) -> tuple[list[str], str]:
    scored = selection.scores(replace(chosen, epoch=None), "B")
    if scored is None:
        return list(first_faces(faces, LIMIT)), "The first face of each expression."
    known = set(faces.names)
    names = [name for name in typical_faces(scored, LIMIT) if name in known]
    if not names:
        return list(first_faces(faces, LIMIT)), "The first face of each expression."
    return names, "The face of each expression that B is surest of; pick others in any view."


def _of_package() -> list[Column]:
    names = list(SAMPLES)
    state.adopt(state.SAMPLE, names, names[0])
    _chooser(names, str.capitalize, state.SAMPLE, "Samples of the package.", state.share)
    st.session_state[PLACE] = names.index(st.session_state[state.SAMPLE])
    return [_sample(name) for name in names]


def _chooser(
    names: list[str],
    words: Callable[[str], str],
    key: str,
    why: str,
    on_change: Callable[[], None],
) -> None:
    with st.container(
        key="semantics-faces", horizontal=True, vertical_alignment="bottom", gap="medium"
    ):
        st.selectbox(
            "One face, for its channels and its blocks",
            names,
            key=key,
            format_func=words,
            on_change=on_change,
            width=330,
        )
        section.hint(why)


def _column(faces: FaceSet, row: int, label: str) -> Column:
    image = faces.images[row]
    picture = image[..., 0] if image.shape[-1] == 1 else as_grey(image)
    shown = ShownFace(faces.names[row], label, picture)
    return Column(faces.digests[row], lambda _: image, lambda _: shown)


def _sample(name: str) -> Column:
    photo = from_sample(name)
    subject = Subject(photo, Region("1" if photo.faces else WHOLE))
    label = name.removeprefix("synthetic ").split()[0]

    def shown(model: Checkpoint) -> ShownFace:
        return ShownFace(name, label, as_grey(prediction(model, subject).view))

    return Column(photo.digest, lambda model: prediction(model, subject).crop, shown)
