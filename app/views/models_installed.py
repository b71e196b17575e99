"""The checkpoints on this machine: listed, brought in from elsewhere, removed again."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

import resources
import shared
import state
from clfer.errors import ClferError
from clfer.models.foreign import Files, from_folder, from_uploads
from clfer.models.golden import NOTICE, has_golden
from clfer.models.imported import install, is_imported, origin, remove
from clfer.models.library import CheckpointSummary
from components import section
from components.plain import plain
from components.sidebar import accuracy, dataset_title

ROUND = "models.round"
"""Counts the fields for files, each of which is emptied by the next."""

BROUGHT = "models.brought"
"""Name of the checkpoint brought in last, until the view is left."""


def render() -> None:
    """Draw the list, and the fields that add to it and take from it, which concern all visitors."""
    installed = resources.installed()
    count = len(installed.sound)
    section.title(
        "Installed models",
        f"{count} can be picked as A or B in the sidebar."
        if count
        else "None yet."
        if shared.is_shared()
        else "None yet: load one below, or train your own.",
    )
    if count:
        _list(list(installed.sound.values()))
    for summary in installed.sound.values():
        if not has_golden(summary.folder):
            st.warning(f"{summary.folder.name} {NOTICE}", icon=":material/help:")
    for sentence in installed.broken:
        section.error(sentence)
    if shared.is_shared():
        section.hint(shared.MODELS)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _upload()
    with right:
        _from_folder()
        _remove([s.folder for s in installed.sound.values() if is_imported(s.folder)])
    _welcome(installed.sound)


def _list(summaries: list[CheckpointSummary]) -> None:
    st.dataframe(
        [_row(summary) for summary in summaries],
        hide_index=True,
        key="models.list",
        alt=f"{len(summaries)} installed models with method, data and accuracy.",
    )


def _row(summary: CheckpointSummary) -> dict[str, str | int]:
    card = summary.card
    picked = [
        side
        for side, key in (("A", state.MODEL_A), ("B", state.MODEL_B))
        if st.session_state.get(key) == summary.folder.name
    ]
    return {
        "Name": summary.folder.name,
        "Picked": " ".join(picked),
        "Accuracy": accuracy(card.metrics.get("accuracy")),
        "Method": card.method,
        "Data": dataset_title(card.dataset),
        "Expressions": len(card.classes),
        "Input": f"{card.preprocess.side} px {card.preprocess.colour}",
        "Epoch": card.epoch,
        "Seed": card.config.seed,
        "From": origin(summary.folder),
        "sha256": summary.sha256[:12],
    }


def _upload() -> None:
    files = st.file_uploader(
        "model.safetensors with its card.json, or a .zip of the checkpoint's folder",
        accept_multiple_files=True,
        key=f"models.files.{st.session_state.get(ROUND, 0)}",
        help="Tables and README of the folder may come along. Weights are read from safetensors "
        "alone; pickles are never opened. A larger checkpoint is loaded as a folder.",
    )
    if files:
        _bring(lambda: from_uploads(files))


def _from_folder() -> None:
    with st.form("models.folder", border=False):
        path = st.text_input(
            "Folder of a checkpoint on this machine", placeholder="/path/to/checkpoint"
        )
        if st.form_submit_button("Load the folder", icon=":material/folder_open:"):
            _bring(lambda: from_folder(path.strip()))


def _bring(read: Callable[[], Files]) -> None:
    """Install what is read, empty the fields, and draw the page anew with it in the pickers."""
    try:
        shared.refuse(shared.MODELS)
        with st.spinner("Checking the model"):
            folder = install(read())
    except ClferError as error:
        section.error(error)
        return
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.session_state[BROUGHT] = folder.name
    st.rerun()


def _welcome(sound: dict[str, CheckpointSummary]) -> None:
    """What was brought in last, ready to be picked."""
    name = st.session_state.get(BROUGHT)
    if name not in sound:
        return
    with st.container(key="models-brought", horizontal=True, vertical_alignment="center"):
        st.success(f"{plain(name)} is installed.", icon=":material/check:", width=420)
        for side, key in (("A", state.MODEL_A), ("B", state.MODEL_B)):
            st.button(
                f"Pick as {side}", on_click=_pick, args=(key, name), key=f"models.pick.{side}"
            )


def _pick(key: str, name: str) -> None:
    st.session_state[key] = name


def _remove(folders: list[Path]) -> None:
    if not folders:
        return
    with st.container(key="models-remove", horizontal=True, vertical_alignment="bottom"):
        folder = st.selectbox(
            "Imported model",
            folders,
            format_func=lambda path: path.name,
            key="models.imported",
        )
        if st.button("Remove", icon=":material/delete:", key="models.remove"):
            try:
                shared.refuse(shared.MODELS)
                remove(folder)
            except ClferError as error:
                section.error(error)
                return
            st.rerun()
