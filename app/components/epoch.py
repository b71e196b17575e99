"""The epoch slider that views share."""

import streamlit as st

import selection
import state
from components import section
from selection import Selection


def slider(chosen: Selection) -> None:
    """Draw it, over the epochs of which scores ride with a model; says where a model lacks one."""
    kept = selection.epochs(chosen.pair, chosen.dataset, chosen.split)
    if len(kept) < 2:
        return
    state.adopt(state.EPOCH, kept, kept[-1])
    st.select_slider("Epoch", kept, key=state.EPOCH, width=320)
    shown = {side: selection.epoch_of(chosen, side) for side in ("A", "B")}
    other = [side for side, epoch in shown.items() if epoch != chosen.epoch]
    if other:
        said = " and ".join(f"{side} shows epoch {shown[side]}" for side in other)
        if chosen.epoch == kept[-1]:
            why = "Here each model is as it was published, at its best epoch"
        else:
            why = f"Epoch {chosen.epoch} was not kept for every model"
        section.hint(f"{why}: {said}.")
