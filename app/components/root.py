"""Where a data set lies on this machine: asked for in the sidebar and in every empty state."""

from pathlib import Path

import streamlit as st

import folders
import shared
from clfer.errors import ClferError
from components import section
from components.plain import plain

_LAYOUT = {
    "ferplus": "the folder or .zip with FER2013Train/ and FER2013Valid/",
    "rafdb": "the folder or .zip with EmoLabel/ and Image/aligned/",
    "sfew": "the folder or .zip with Train/ and Val/",
    "affectnet": "the folder or .zip with training.csv and the images, or with train_set/",
    "affectnet7": "the folder or .zip with training.csv and the images, or with train_set/",
    "folder": "a folder or .zip with train/ and valid/, one folder per expression in each",
}


def line(dataset: str) -> None:
    """The sidebar's line: the folder in use and a way to change it."""
    if shared.is_shared():
        _say_whose(dataset)
        return
    place = folders.root(dataset)
    label = "Choose the folder" if place is None else Path(place).name
    with st.popover(
        plain(label),
        icon=":material/folder_open:",
        width="stretch",
        help=_LAYOUT.get(dataset) if place is None else plain(place),
    ):
        ask(dataset, "sidebar")


def ask(dataset: str, where: str) -> None:
    """A field for the root of a data set; a wrong one gets its sentence below the field.

    A shared server reads no folder for visitors, and says so in the place of the field.

    Args:
        dataset: Registry name.
        where: Tells the fields of one page apart.
    """
    if shared.is_shared():
        section.hint(shared.FOLDERS)
        return
    key = f"root.{where}.{dataset}"
    st.text_input(
        f"Where the data set lies: {_LAYOUT.get(dataset, 'its folder or .zip')}",
        value=folders.root(dataset) or "",
        key=key,
        placeholder="/path/to/the/data",
        on_change=_take,
        args=(dataset, key),
    )
    problem = st.session_state.get(f"{key}.problem")
    if problem:
        section.error(problem)


def way_out(purpose: str) -> str:
    """How a sentence on missing faces ends: what to do, or that it cannot be done here.

    Args:
        purpose: What the faces are for, e.g. ``"to compute them"``.
    """
    if shared.is_shared():
        return "its faces are not on this server"
    return f"choose the folder of the data set {purpose}"


def _say_whose(dataset: str) -> None:
    """Whether the operator of a shared server has put the faces there; where is not told."""
    absent = "not " if folders.root(dataset) is None else ""
    st.html(f'<p class="clfer-model-line">These faces are {absent}on this server.</p>')


def _take(dataset: str, key: str) -> None:
    st.session_state[f"{key}.problem"] = None
    text = st.session_state[key].strip()
    if not text:
        return
    try:
        folders.set_root(dataset, text)
    except (ClferError, OSError) as error:
        st.session_state[f"{key}.problem"] = str(error)
