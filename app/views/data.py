"""The Data view: counts and balance, samples, ambiguous faces, identical faces, damaged files."""

import streamlit as st

import selection
from clfer.analysis.data_summary import ClassBalance
from clfer.data.labels import expected_layout
from clfer.errors import ClferError
from clfer.figures.data import class_bars
from components import chart, require, root, section
from components.sidebar import dataset_title
from selection import Selection
from shared import FOLDERS, is_shared
from state import narrow, theme
from views import data_check, data_faces, data_facts

_AFFECTNET = (
    "AffectNet is given to the heads of research groups on request: mohammadmahoor.com/affectnet. "
    "Decoded, it takes 37 kB of memory a face, 10 GB for the training faces."
)
SOURCES = {
    "ferplus": "The images are those of FER2013 (Kaggle, 'challenges in representation learning'), "
    "the votes those of github.com/microsoft/FERPlus, whose script writes these folders.",
    "rafdb": "RAF-DB is given to researchers on request: whdeng.cn/RAF/model1.html.",
    "sfew": "SFEW 2.0 is given to researchers on request by its authors (Dhall, Goecke, Lucey and "
    "Gedeon, 'Static facial expression analysis in tough conditions').",
    "affectnet": _AFFECTNET,
    "affectnet7": f"{_AFFECTNET} Faces of contempt are left out.",
    "folder": "Any faces of your own do: expression names such as happy or sadness are recognised.",
}
"""Where each data set comes from."""


def render() -> None:
    """Draw the view."""
    section.page_title(
        "Data", "Which faces there are, how they are balanced, and where their labels are unsure."
    )
    chosen = require.models()
    if chosen is None:
        return
    if not chosen.has_pixels:
        _ask_for_root(chosen)
        return
    try:
        balance = data_facts.balance(chosen.dataset, chosen.root)
        faces = selection.faces(chosen)
    except ClferError as error:
        section.error(error)
        _ask_for_root(chosen)
        return
    if faces is None:
        return
    _balance_card(chosen, balance)
    data_faces.sample_card(faces)
    data_faces.ambiguity_card(chosen, faces)
    data_check.card(chosen, faces)


def _ask_for_root(chosen: Selection) -> None:
    name = dataset_title(chosen.dataset)
    with st.container(key="card-data-root", border=True):
        if is_shared():
            section.title(f"The faces of {name} are not on this server", FOLDERS)
        else:
            section.title(
                f"Choose the {name} folder",
                f"Expected: {expected_layout(chosen.dataset)}; a .zip of it will do.",
            )
            root.ask(chosen.dataset, "view")
        section.hint(SOURCES[chosen.dataset])
        section.hint("To look around at once, choose the data set 'synthetic' in the sidebar.")


def _balance_card(chosen: Selection, balance: ClassBalance) -> None:
    with st.container(key="card-balance", border=True):
        section.title(
            "Faces per expression", f"{dataset_title(chosen.dataset)}, as an evaluation sees it."
        )
        left, right = st.columns([1.7, 1], gap="medium", vertical_alignment="top")
        with left:
            chart.show(class_bars(balance, theme(), narrow=narrow()), "class-bars")
        with right:
            table = balance.table()
            st.dataframe(
                table,
                hide_index=True,
                height="content",
                column_config={
                    split: st.column_config.NumberColumn(split, format="localized")
                    for split in balance.splits
                },
            )
            for split in balance.splits:
                section.hint(balance.in_words(split))
