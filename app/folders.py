"""Where the data sets lie, as users say it, and which splits are there."""

from pathlib import Path

import streamlit as st

import shared
import state
from clfer.analysis.scoring import PUBLISHED_SPLIT
from clfer.data import available_splits, needs_root
from clfer.errors import DataError
from clfer.paths import data_root


def root(dataset: str) -> str | None:
    """Where a data set lies, as said in this session, in another one, or by the environment.

    On a shared server the environment alone, which belongs to whoever runs it, is asked.
    """
    if not needs_root(dataset):
        return None
    if shared.is_shared():
        return data_root(dataset)
    own: dict[str, str] = st.session_state.get(state.ROOTS, {})
    return own.get(dataset) or _roots().get(dataset) or data_root(dataset)


def set_root(dataset: str, text: str) -> None:
    """Take a folder or .zip as the root of a data set, for all sessions of this app.

    Raises:
        DataError: it is not that data set.
        ClferError: this server is shared.
    """
    shared.refuse(shared.FOLDERS)
    path = str(Path(text.strip()).expanduser())
    available_splits(dataset, path)
    st.session_state[state.ROOTS] = st.session_state.get(state.ROOTS, {}) | {dataset: path}
    _roots()[dataset] = path


def splits(dataset: str) -> tuple[str, ...]:
    """Splits that can be chosen: those on disk, or the published one."""
    place = root(dataset)
    if place is None and needs_root(dataset):
        return (PUBLISHED_SPLIT,)
    try:
        return _splits(dataset, place, stamp(place)) or (PUBLISHED_SPLIT,)
    except DataError:
        return (PUBLISHED_SPLIT,)  # the views say what is wrong with the root


def stamp(place: str | None) -> int:
    """Changes when a root is replaced; part of the key of what is read from it."""
    return Path(place).stat().st_mtime_ns if place and Path(place).exists() else 0


@st.cache_resource(show_spinner=False)
def _roots() -> dict[str, str]:
    """Roots by data set, shared by all sessions, so that an address shows the same elsewhere."""
    return {}


@st.cache_resource(max_entries=8, show_spinner=False)
def _splits(dataset: str, place: str | None, stamp: int) -> tuple[str, ...]:
    return available_splits(dataset, place)
