"""The lower card: semantics, learning intensity or attribution, computed when chosen."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

import explained
import state
from clfer.analysis.attribution import Method
from clfer.analysis.intensity import Quantity
from clfer.errors import ClferError
from clfer.expressions import shared_classes
from clfer.figures.attribution import attribution_maps
from clfer.figures.intensity import block_intensity, group_intensity
from clfer.figures.semantics import group_maps, scale_strip
from clfer.models.checkpoint import Checkpoint
from clfer.sides import Side
from components import chart, require, section
from photos import Subject, prediction
from resources import Pair
from state import theme

SEMANTICS, INTENSITY, ATTRIBUTION = PANELS = ("Semantics", "Learning intensity", "Attribution")
QUANTITIES: dict[str, tuple[Quantity, str]] = {
    "Loss": ("cls", "the classification loss"),
    "Joint loss": ("joint", "the joint loss"),
    "Logit": ("logit", "the logit"),
}
METHODS: dict[str, Method] = {
    "Grad-CAM": "grad-cam",
    "Integrated gradients": "integrated gradients",
    "Occlusion": "occlusion",
}
PREDICTED = "Predicted"
CERTAIN = 0.97
"""Above this probability the gradient of the loss says little."""


@state.fragment
def render(pair: Pair, subject: Subject) -> None:
    """Draw the card; its controls redraw nothing else."""
    with st.container(key="card-panel", border=True):
        with st.container(
            key="panel-head", horizontal=True, vertical_alignment="bottom", gap="medium"
        ):
            state.adopt(state.PANEL, PANELS, SEMANTICS)
            panel = st.segmented_control(
                "Look closer",
                PANELS,
                key=state.PANEL,
                required=True,
                on_change=state.share,
                label_visibility="collapsed",
            )
        models: dict[Side, Checkpoint] = {"A": pair.a, "B": pair.b}
        draw = {SEMANTICS: _semantics, INTENSITY: _intensity, ATTRIBUTION: _attribution}
        try:
            draw[panel or SEMANTICS](models, subject)
        except ClferError as error:
            section.error(error)


def _semantics(models: dict[Side, Checkpoint], subject: Subject) -> None:
    with st.container(key="panel-controls", horizontal=True):
        block = require.block()
    with st.skeleton(height=720):
        maps = {side: explained.semantics(model, subject, block) for side, model in models.items()}
    largest = max(float(found.mean_maps.max()) for found in maps.values())
    for side, model in models.items():
        note = "" if model.objective.clfm is not None else "groups by the convolution-free code"
        section.model_line(side, model.card.title, note)
        crop = prediction(model, subject).view
        chart.show(
            group_maps(maps[side], crop, largest, theme(), side, narrow=state.narrow()),
            f"semantics-{side}",
        )
    st.html(scale_strip(theme(), largest, "mean activation, same scale for A and B"))


def _intensity(models: dict[Side, Checkpoint], subject: Subject) -> None:
    with st.container(key="panel-controls", horizontal=True):
        name = st.segmented_control(
            "Gradient of", list(QUANTITIES), default="Loss", key="face.quantity", required=True
        )
        expression = _expression(models)
    quantity, words = QUANTITIES[name or "Loss"]
    with st.skeleton(height=620):
        found = {
            side: explained.intensity(model, subject, quantity, expression)
            for side, model in models.items()
        }
    words += f" for {expression}" if expression else " for the predicted expression"
    _say_if_certain(models, subject, quantity, expression)
    narrow = state.narrow()
    chart.show(block_intensity(found, words, theme(), narrow=narrow), "intensity-blocks")
    chart.show(group_intensity(found, words, theme(), narrow=narrow), "intensity-groups")
    if quantity == "joint" and not any(result.includes_bs for result in found.values()):
        section.hint(
            "L_bs compares the faces of a batch and is undefined for a single face, so the joint "
            "loss shown is L_cls + L_fm."
        )


def _attribution(models: dict[Side, Checkpoint], subject: Subject) -> None:
    with st.container(key="panel-controls", horizontal=True):
        chosen = st.segmented_control(
            "Method", list(METHODS), default="Grad-CAM", key="face.method", required=True
        )
        expression = _expression(models)
    title = chosen or "Grad-CAM"
    names = {
        side: expression or prediction(model, subject).expression for side, model in models.items()
    }
    with st.skeleton(height=660):
        maps = {
            side: explained.attribution(model, subject, METHODS[title], names[side])
            for side, model in models.items()
        }
    limits = _limits(list(maps.values()))
    for side, model in models.items():
        section.model_line(side, model.card.title, f"for {names[side]}")
        chart.show(
            attribution_maps(
                maps[side],
                limits,
                prediction(model, subject).view,
                title,
                names[side],
                theme(),
                side,
                signed=title != "Grad-CAM",
                narrow=state.narrow(),
            ),
            f"attribution-{side}",
        )


def _expression(models: dict[Side, Checkpoint]) -> str | None:
    """The expression that both models shall explain; None for each one's own verdict."""
    shared = shared_classes(*(model.card.classes for model in models.values()))
    names = {name.capitalize(): name for name in shared}
    chosen = st.selectbox(
        "Expression",
        [PREDICTED, *names],
        key="face.expression",
        width=190,
    )
    return names.get(chosen)


def _limits(maps: Sequence[Sequence[np.ndarray]]) -> list[float]:
    """Largest magnitude of each block over both models; 1 where all is zero."""
    return [
        max(float(np.abs(values).max()) for values in pair) or 1.0
        for pair in zip(*maps, strict=True)
    ]


def _say_if_certain(
    models: dict[Side, Checkpoint], subject: Subject, quantity: Quantity, expression: str | None
) -> None:
    if quantity == "logit" or expression is not None:
        return
    certain = [
        side
        for side, model in models.items()
        if max(prediction(model, subject).probabilities.values()) > CERTAIN
    ]
    if certain:
        section.hint(
            f"{' and '.join(certain)} {'are' if len(certain) > 1 else 'is'} nearly certain, so the "
            "gradient of the loss almost vanishes; the gradient of the logit shows more."
        )
