"""The sliders of all perturbations, and the button that sets them back."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st

import state
from clfer.analysis.perturb import CENTRE, Perturbation, Settings
from components import section

KEYS = state.WHAT_IF
PLACES = {"across": ("Patch across, %", CENTRE[0]), "down": ("Patch down, %", CENTRE[1])}
FIRST_PATCH = 25.0
"""Side in % that a patch gets when the face is clicked before it has one."""

COLUMNS = 4
NARROW = 150
"""Width in pixels of a slider on a phone."""

Kinds = Mapping[str, Perturbation]


def adopt(kinds: Kinds) -> None:
    """Settle all strengths; the resolution starts anew when the models see another side."""
    side = kinds["resolution"].high
    if state.adopt(KEYS["side"], None, side) != side:
        st.session_state[KEYS["side"]] = st.session_state[KEYS["resolution"]] = side
    for name, kind in kinds.items():
        state.adopt(KEYS[name], None, float(kind.neutral))
    for name, (_, middle) in PLACES.items():
        state.adopt(KEYS[name], None, middle)


def settings(kinds: Kinds) -> Settings:
    """What the sliders say."""
    across, down = (st.session_state[KEYS[name]] for name in PLACES)
    found = Settings(place=(across, down))
    for name, kind in kinds.items():
        found = found.at(kind, st.session_state[KEYS[name]])
    return found


def render(kinds: Kinds) -> None:
    """Draw the card."""
    with st.container(key="card-controls", border=True):
        with st.container(
            key="what-if-head", horizontal=True, vertical_alignment="center", wrap=False
        ):
            order = ", ".join(kind.title.lower() for kind in kinds.values())
            section.title("Perturb the face", f"Applied in this order: {order}.")
            st.button(
                "Reset",
                key="what-if-reset",
                icon=":material/restart_alt:",
                on_click=_reset,
                args=(kinds,),
            )
        _sliders(kinds)


def put(across: float, down: float) -> None:
    """Centre the patch on a point of the face, in %; without a patch one appears."""
    st.session_state[KEYS["across"]], st.session_state[KEYS["down"]] = across, down
    st.session_state[KEYS["kind"]] = "patch"
    if not st.session_state[KEYS["patch"]]:
        st.session_state[KEYS["patch"]] = FIRST_PATCH


def _sliders(kinds: Kinds) -> None:
    """Two rows of four; on a phone two in a row, where columns would stand below each other."""
    drawn: list[tuple[str, str, float, float, float]] = []
    for name, kind in kinds.items():
        drawn.append((name, f"{kind.title}, {kind.unit}", kind.low, kind.high, kind.step))
        if name == "patch":
            drawn += [(place, label, 0, 100, 1) for place, (label, _) in PLACES.items()]
    if state.narrow():
        with st.container(key="what-if-sliders", horizontal=True, gap="small"):
            for item in drawn:
                _slider(*item, width=NARROW)
        return
    for row in range(0, len(drawn), COLUMNS):
        items = drawn[row : row + COLUMNS]
        for column, item in zip(st.columns(COLUMNS, gap="medium"), items, strict=True):
            with column:
                _slider(*item, width="stretch")


def _slider(
    name: str, label: str, low: float, high: float, step: float, *, width: int | Literal["stretch"]
) -> None:
    st.slider(
        label,
        float(low),
        float(high),
        step=float(step),
        key=KEYS[name],
        format="%g",
        on_change=_follow,
        args=("patch" if name in PLACES else name,),
        width=width,
    )


def _follow(name: str) -> None:
    """The curves are those of the perturbation that was touched last."""
    st.session_state[KEYS["kind"]] = name


def _reset(kinds: Kinds) -> None:
    for name, kind in kinds.items():
        st.session_state[KEYS[name]] = float(kind.neutral)
    for name, (_, middle) in PLACES.items():
        st.session_state[KEYS[name]] = middle
