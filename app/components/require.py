"""What a view needs before it can draw: scores, pixels, a block. Says what to do when it lacks."""

import streamlit as st

import selection
import state
from clfer.analysis.comparison import Comparison
from clfer.data.faceset import FaceSet
from clfer.errors import ClferError
from clfer.sides import Side
from components import root, section, work
from components.sidebar import dataset_title
from selection import Selection
from shared import is_shared

BLOCKS = (1, 2, 3, 4)
SIDES: tuple[Side, Side] = ("A", "B")


def models() -> Selection | None:
    """The selection; draws why there is none."""
    try:
        return selection.current()
    except ClferError as error:
        section.error(error)
        return None


def comparison() -> tuple[Selection, Comparison] | None:
    """The selection with both models' scores; draws what is in the way, and the way out."""
    chosen = models()
    if chosen is None:
        return None
    try:
        found = selection.comparison(chosen)
        if found is not None:
            return chosen, found
        _offer_scores(chosen)
    except ClferError as error:
        _broken(chosen, error)
    return None


def faces(chosen: Selection, why: str) -> FaceSet | None:
    """The pixels of the split; draws the empty state with the field for the root.

    Args:
        chosen: The selection.
        why: What the pixels are for, after "Choose the FER+ folder", e.g. "to see the faces behind
            these points".
    """
    try:
        found = selection.faces(chosen)
    except ClferError as error:
        _broken(chosen, error)
        return None
    if found is None:
        with st.container(key="empty-faces", border=True):
            title = dataset_title(chosen.dataset)
            section.hint(
                f"The faces of {title} are not on this server."
                if is_shared()
                else f"Choose the {title} folder {why}."
            )
            root.ask(chosen.dataset, "view")
    return found


def block() -> int:
    """The block that the views look at, 1 to 4."""
    state.adopt(state.BLOCK, BLOCKS, 4)
    st.segmented_control("Block", BLOCKS, key=state.BLOCK, required=True, on_change=state.share)
    return int(st.session_state[state.BLOCK])


def _offer_scores(chosen: Selection) -> None:
    what = f"{dataset_title(chosen.dataset)} {chosen.split}"
    with st.container(key="empty-scores", border=True):
        if not chosen.has_pixels:
            section.hint(
                f"No scores of these models on {what} ride along: "
                f"{root.way_out('to compute them')}."
            )
            root.ask(chosen.dataset, "view")
            return
        for side in SIDES:
            request = selection.scoring(chosen, side)
            if request is None or selection.scores(chosen, side) is not None:
                continue
            section.hint(
                f"Model {side} ({chosen.model(side).card.title}) was not scored on {what} yet: "
                "logits, attention, gradients and group sizes of every face."
            )
            work.result(
                request, f"Scoring {what} with {side}", button=f"Score with {side}", key=f"s{side}"
            )


def _broken(chosen: Selection, error: ClferError) -> None:
    section.error(error)
    if chosen.root is not None:
        root.ask(chosen.dataset, "view")
