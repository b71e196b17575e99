"""The sidebar below the navigation: models A and B, data set and split, device."""

from html import escape

import streamlit as st

import folders
import resources
import state
from clfer.data import DATASETS, needs_root
from clfer.models.library import CheckpointSummary
from components import root, section
from components.plain import plain

DEFAULT_A = "ferplus-baseline"
DEFAULT_B = "ferplus-ours"

DATASET_TITLES = {
    "ferplus": "FER+",
    "rafdb": "RAF-DB",
    "sfew": "SFEW",
    "affectnet": "AffectNet-8",
    "affectnet7": "AffectNet-7",
    "synthetic": "synthetic",
    "folder": "own folder",
}


def render() -> None:
    """Draw the pickers; what they choose is read by :mod:`selection`."""
    with st.sidebar, st.container(key="clfer-pickers"):
        installed = resources.installed()
        cards = installed.sound
        for sentence in installed.broken:
            section.warning(sentence)
        if cards:
            _picker("A", state.MODEL_A, DEFAULT_A, cards)
            _picker("B", state.MODEL_B, DEFAULT_B, cards)
            _faces(cards)
            devices = resources.devices()
            state.adopt(state.DEVICE, devices, devices[0])
            st.selectbox(
                "Device",
                devices,
                key=state.DEVICE,
                format_func=resources.device_name,
                help="Where the models run; a GPU is taken when there is one.",
            )


def _picker(letter: str, key: str, default: str, cards: dict[str, CheckpointSummary]) -> None:
    names = list(cards)
    # Where a shipped model is missing, the nearest of its kind stands in, and its name says so.
    fallback = [
        n for n in names if (cards[n].card.method == "baseline") == (letter == "A")
    ] or names
    state.adopt(key, names, default if default in cards else fallback[0])
    with st.container(key=f"clfer-picker-{letter.lower()}", gap=None):
        name = st.selectbox(
            f"Model {letter}",
            names,
            key=key,
            help=_protocol(cards),
        )
        st.html(f'<p class="clfer-model-line">{_line(cards[name])}</p>')


def _faces(cards: dict[str, CheckpointSummary]) -> None:
    """Data set, split, and where the data set lies."""
    own = cards[st.session_state[state.MODEL_B]].card.dataset
    dataset = state.adopt(state.DATASET, DATASETS, own if own in DATASETS else DATASETS[0])
    splits = folders.splits(dataset)
    state.adopt(state.SPLIT, splits, "valid" if "valid" in splits else splits[0])
    left, right = st.columns([1.25, 1], gap="small")
    left.selectbox("Data set", DATASETS, key=state.DATASET, format_func=dataset_title)
    right.selectbox("Split", splits, key=state.SPLIT)
    if needs_root(dataset):
        root.line(dataset)


def accuracy(summary_accuracy: float | None) -> str:
    """Validation accuracy in percent, or a dash where the card has none."""
    return "–" if summary_accuracy is None else f"{100 * summary_accuracy:.1f} %"


def dataset_title(name: str) -> str:
    """A data set as people write it."""
    return DATASET_TITLES.get(name, name)


def _line(summary: CheckpointSummary) -> str:
    card = summary.card
    share = accuracy(card.metrics.get("accuracy"))
    data = escape(dataset_title(card.dataset))
    return f"<b>{share}</b> on {data} validation · {escape(card.method)}"


def _protocol(cards: dict[str, CheckpointSummary]) -> str:
    lines = []
    for name, summary in cards.items():
        card = summary.card
        share, data = accuracy(card.metrics.get("accuracy")), plain(dataset_title(card.dataset))
        lines.append(
            f"**{plain(name)}** · {plain(card.title)}: {share} on validation; "
            f"{card.method}, {data}, {len(card.classes)} expressions, "
            f"{card.preprocess.side} px {card.preprocess.colour}, epoch {card.epoch}, "
            f"seed {card.config.seed}."
        )
    return "\n\n".join(lines)
