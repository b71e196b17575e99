"""The Attention view: which layers the models listen to over a whole split, and which decide."""

from collections.abc import Mapping
from typing import TypeVar, cast

import streamlit as st

import selection
import state
from clfer.analysis.attention_statistics import Grouping, Weight, grouped_weights, weights_of
from clfer.analysis.comparison import Comparison
from clfer.analysis.layer_ablation import expression_shares
from clfer.figures.attention_distribution import SYMBOLS, attention_ridges
from clfer.figures.layer_shares import layer_shares
from clfer.figures.theme import spoken
from components import chart, epoch, require, section
from components.plain import plain
from components.sidebar import dataset_title
from selection import Selection
from state import theme
from views import attention_ablation, attention_entropy
from views.attention_models import Attentive, attentive

Choice = TypeVar("Choice", bound=str)

GROUPINGS: dict[Grouping, str] = {"expression": "Expression", "correctness": "Correctness"}
ALL, PICKED = "all", "picked"


def render() -> None:
    """Draw the view."""
    section.page_title("Attention", "Which layers the models listen to, and which of them decide.")
    found = require.comparison()
    if found is None:
        return
    chosen, comparison = found
    comparison = _scope(comparison)
    models = attentive(chosen, comparison)
    _say_who_lacks_it(chosen, models)
    if not models:
        return
    words = f"faces of {dataset_title(chosen.dataset)} {chosen.split}"
    _distribution(models, words)
    pixels = require.faces(chosen, "to see the faces behind these numbers")
    attention_entropy.render(models, pixels, words)
    _shares(models, words)
    attention_ablation.render(models, pixels, words)


def _scope(comparison: Comparison) -> Comparison:
    """All faces, or those picked in any view, where some of them belong to this split."""
    picked = comparison.indices_of(selection.picked())
    if not len(picked):
        return comparison
    options = {ALL: f"All {len(comparison):,}", PICKED: f"Picked {len(picked):,}"}
    state.adopt(state.ATTENTION_FACES, list(options), ALL)
    st.segmented_control(
        "Faces",
        list(options),
        key=state.ATTENTION_FACES,
        required=True,
        format_func=lambda name: options[name],
        help=plain(selection.picked_why()) or None,
    )
    chosen = st.session_state[state.ATTENTION_FACES]
    return comparison.subset(picked) if chosen == PICKED else comparison


def _say_who_lacks_it(chosen: Selection, models: list[Attentive]) -> None:
    """Why a model has no part in this view, and what to do about it."""
    shown = {model.side for model in models}
    titles = {side: chosen.model(side).card.title for side in require.SIDES}
    plain = [s for s in require.SIDES if not chosen.model(s).card.config.model.msr]
    early = [s for s in require.SIDES if s not in shown and s not in plain]
    if len(plain) == 2:
        section.hint(
            "Neither model has a multi-scale head, so there is no attention over layers: choose a "
            "model with MSR in the sidebar."
        )
    elif plain:
        section.hint(
            f"{plain[0]} ({titles[plain[0]]}) has no multi-scale head: it reads block 4 alone, so "
            "it has no attention over layers."
        )
    if early:
        section.hint(
            f"Attention of {spoken(early)} was kept for the last epoch only: move the slider to "
            "its right end."
        )
        epoch.slider(chosen)


@state.fragment
def _distribution(models: list[Attentive], words: str) -> None:
    with st.container(key="card-attention-distribution", border=True):
        section.title(
            "How much each block is listened to",
            "μ alone can trade its scale with the length of f′, so look at their product too.",
        )
        with st.container(key="attention-controls", horizontal=True):
            by: Grouping = _choice("Faces by", state.ATTENTION_BY, GROUPINGS)
            weight: Weight = _choice("Weight", state.ATTENTION_WEIGHT, SYMBOLS)
        largest = max(float(weights_of(model.scores, weight).max()) for model in models)
        for column, model in zip(st.columns(len(models)), models, strict=True):
            with column:
                section.model_line(model.side, model.title)
                groups = grouped_weights(model.scores, weight, by)
                drawn = attention_ridges(
                    groups, words, theme(), model.side, largest, narrow=state.narrow()
                )
                chart.show(drawn, f"attention-distribution-{model.side}")


def _choice(label: str, key: str, options: Mapping[Choice, str]) -> Choice:
    state.adopt(key, list(options), next(iter(options)))
    st.segmented_control(
        label, list(options), key=key, required=True, format_func=lambda name: options[name]
    )
    return cast("Choice", st.session_state[key])


def _shares(models: list[Attentive], words: str) -> None:
    with st.container(key="card-layer-shares", border=True):
        section.title(
            "Each layer’s share of the logit",
            "What the blocks add to the expression that is predicted; the sum is exact.",
        )
        found = {model.side: expression_shares(model.scores) for model in models}
        limits = (
            1.06 * min(shares.extent[0] for shares in found.values()),
            1.06 * max(shares.extent[1] for shares in found.values()),
        )
        for column, model in zip(st.columns(len(models)), models, strict=True):
            with column:
                section.model_line(model.side, model.title)
                drawn = layer_shares(
                    found[model.side], words, theme(), model.side, limits, narrow=state.narrow()
                )
                chart.show(drawn, f"layer-shares-{model.side}")
