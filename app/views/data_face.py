"""A face of the chosen split as the subject: the one picked in any view, or its neighbours."""

import streamlit as st

import photos
import state
from clfer.data.faceset import FaceSet
from components import require, section
from components.plain import plain
from components.sidebar import dataset_title
from photos import Photo


def choose() -> Photo | None:
    """The picked face, the first of the split where none is; draws what is missing otherwise."""
    chosen = require.models()
    if chosen is None:
        return None
    faces = require.faces(chosen, "to see and explain its faces")
    if faces is None:
        return None
    return photos.from_face(faces, _index(faces))


def _index(faces: FaceSet) -> int:
    """Position of the picked face, with buttons to its neighbours."""
    name = st.session_state.get(state.FACE)
    known = name in faces.names
    if name is not None and not known:
        section.warning(
            f"{dataset_title(faces.dataset)} {faces.split} has no face '{name}': its first one is "
            "shown instead; pick another in any view.",
            icon=":material/search_off:",
        )
    at = faces.names.index(name) if known else 0
    if name is None:
        _pick(faces.names[at])
    expression = faces.classes[faces.labels[at]]
    with st.container(
        key="clfer-data-face", horizontal=True, vertical_alignment="center", wrap=False, gap="small"
    ):
        _step(faces, at - 1, "Previous face", "chevron_left")
        name, place = plain(faces.names[at]), f"{at + 1:,} of {len(faces):,}"
        st.caption(f"**{name}** · labelled {plain(expression)} · {place}", width="stretch")
        _step(faces, at + 1, "Next face", "chevron_right")
    return at


def _step(faces: FaceSet, to: int, label: str, icon: str) -> None:
    inside = 0 <= to < len(faces)
    st.button(
        "",
        key=f"data-face-{icon}",
        icon=f":material/{icon}:",
        help=label,
        disabled=not inside,
        on_click=_pick,
        args=(faces.names[to] if inside else "",),
    )


def _pick(name: str) -> None:
    st.session_state[state.FACE] = st.session_state[state.FACE_SEEN] = name
    state.share()
