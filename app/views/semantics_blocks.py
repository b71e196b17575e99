"""The blocks of several models on one face, as in Fig. 11."""

import streamlit as st

import resources
import state
from clfer.analysis.block_maps import BlockMaps, ablation_rows, block_maps
from clfer.errors import ClferError
from clfer.figures.block_maps import BlockRow, block_grid
from clfer.figures.group_grid import OPACITY
from clfer.figures.theme import spoken
from clfer.models.checkpoint import Checkpoint
from clfer.models.library import CheckpointSummary
from components import chart, opacity, section
from selection import Selection
from state import theme
from views.semantics_faces import Column

MODELS = "semantics.models"


@state.fragment
def render(chosen: Selection, column: Column) -> None:
    """Draw the card; a change of its rows redraws nothing else."""
    cards = resources.installed().sound
    methods = {name: summary.card.method for name, summary in cards.items()}
    pair = [chosen.pair.a.folder.name, chosen.pair.b.folder.name]
    default, missing = ablation_rows(methods, pair)
    with st.container(key="card-blocks", border=True):
        section.title(
            "Blocks of several models",
            "Where each block responds to one face, and how broad the region is.",
        )
        with st.container(
            key="blocks-controls", horizontal=True, vertical_alignment="bottom", gap="medium"
        ):
            names = st.multiselect(
                "Models",
                list(cards),
                key=_rows_key(pair, list(default) or pair),
                on_change=_remember,
                args=(pair,),
                placeholder="Choose at least one model",
                width=620,
            )
            opacity.slider(["blocks"], OPACITY, "blocks")
        if missing:
            section.hint(
                f"Fig. 11 also shows {spoken(missing)}, of which no checkpoint is installed: train "
                "one with 'clfer train' and put its folder into checkpoints/."
            )
        if names:
            _grid(chosen, column, [cards[name] for name in names])


def _rows_key(pair: list[str], default: list[str]) -> str:
    """Key of the rows for this pair: another pair starts with its own default."""
    key = "/".join((MODELS, *pair))
    if key not in st.session_state:
        st.session_state[key] = st.session_state.get(MODELS, {}).get(key, default)
    return key


def _remember(pair: list[str]) -> None:
    """Streamlit forgets the value of a widget when another view is opened."""
    key = "/".join((MODELS, *pair))
    st.session_state[MODELS] = st.session_state.get(MODELS, {}) | {key: st.session_state[key]}


def _grid(chosen: Selection, column: Column, cards: list[CheckpointSummary]) -> None:
    rows = []
    for card in cards:
        try:
            model = resources.load(card, str(chosen.pair.a.device))
            rows.append(_row(model, column))
        except ClferError as error:
            section.error(error)
    if rows:
        chart.show(block_grid(rows, theme(), narrow=state.narrow()), "blocks")


def _row(model: Checkpoint, column: Column) -> BlockRow:
    def compute() -> BlockMaps:
        return block_maps(model, column.crop(model))

    maps = state.remembered(("block maps", model.sha256, column.digest), compute)
    return BlockRow(
        model.card.name,
        model.card.title,
        model.card.method,
        column.shown(model).picture,
        maps,
    )
