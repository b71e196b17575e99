"""The sidebar below the navigation: models A and B, the device, a health line."""

import os

import psutil
import streamlit as st

import resources
import state
from clfer.errors import CheckpointError
from clfer.models.library import CheckpointSummary

DEFAULT_A = "ferplus-baseline"
DEFAULT_B = "ferplus-ours"

DATASETS = {"ferplus": "FER+", "rafdb": "RAF-DB", "synthetic": "synthetic", "folder": "own folder"}

GET_MODELS = (
    "No trained model is installed: put checkpoint folders into checkpoints/ or name their folder "
    "in CLFER_CHECKPOINTS; train your own with 'clfer train --preset scratch --dataset ferplus "
    "--root FOLDER --run FOLDER'."
)


def render() -> None:
    """Draw the pickers; what they choose is read by :func:`pair`."""
    with st.sidebar, st.container(key="clfer-pickers"):
        installed = resources.installed()
        cards = installed.sound
        for sentence in installed.broken:
            st.warning(sentence, icon=":material/error:")
        if cards:
            _picker("A", state.MODEL_A, DEFAULT_A, cards)
            _picker("B", state.MODEL_B, DEFAULT_B, cards)
            st.selectbox(
                "Device",
                resources.devices(),
                key=state.DEVICE,
                format_func=resources.device_name,
                help="Where the models run; a GPU is taken when there is one.",
            )
        _health()


def pair() -> resources.Pair:
    """The chosen models, loaded on the chosen device.

    Raises:
        CheckpointError: none is installed, or its weights do not fit its card.
    """
    cards = resources.installed().sound
    if not cards:
        raise CheckpointError(GET_MODELS)
    names = st.session_state[state.MODEL_A], st.session_state[state.MODEL_B]
    device = st.session_state[state.DEVICE]
    a, b = (resources.load(cards[name], device) for name in names)
    return resources.Pair(a, b)


def _picker(letter: str, key: str, default: str, cards: dict[str, CheckpointSummary]) -> None:
    names = list(cards)
    # Where a shipped model is missing, the nearest of its kind stands in, and its name says so.
    fallback = [
        n for n in names if (cards[n].card.method == "baseline") == (letter == "A")
    ] or names
    start = default if default in cards else fallback[0]
    with st.container(key=f"clfer-picker-{letter.lower()}", gap=None):
        name = st.selectbox(
            f"Model {letter}",
            names,
            index=names.index(start),
            key=key,
            bind="query-params",
            help=_protocol(cards),
        )
        st.html(f'<p class="clfer-model-line">{_line(cards[name])}</p>')


def accuracy(summary_accuracy: float | None) -> str:
    """Validation accuracy in percent, or a dash where the card has none."""
    return "–" if summary_accuracy is None else f"{100 * summary_accuracy:.1f} %"


def _dataset(name: str) -> str:
    return DATASETS.get(name, name)


def _line(summary: CheckpointSummary) -> str:
    card = summary.card
    share = accuracy(card.metrics.get("accuracy"))
    return f"<b>{share}</b> on {_dataset(card.dataset)} validation · {card.method}"


def _protocol(cards: dict[str, CheckpointSummary]) -> str:
    lines = []
    for name, summary in cards.items():
        card = summary.card
        lines.append(
            f"**{name}** · {card.title}: {accuracy(card.metrics.get('accuracy'))} on validation; "
            f"{card.method}, {_dataset(card.dataset)}, {len(card.classes)} expressions, "
            f"{card.preprocess.side} px {card.preprocess.colour}, epoch {card.epoch}, "
            f"seed {card.config.seed}."
        )
    return "\n\n".join(lines)


def _health() -> None:
    used = psutil.Process(os.getpid()).memory_info().rss / 2**30
    free = psutil.virtual_memory().available / 2**30
    st.html(
        f'<p class="clfer-health"><i></i>Running on this machine · {used:.1f} GB used, '
        f"{free:.1f} GB free</p>"
    )
