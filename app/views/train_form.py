"""The fields of the Train view, card by card."""

from collections.abc import Callable, Sequence

import streamlit as st
import torch

import resources
from clfer.config import preset_names
from clfer.config.advice import advice
from clfer.config.parameters import (
    ALPHA,
    BATCH,
    BETA,
    CENTRES,
    CLBS,
    CLBS_FD,
    CLFM,
    CLUSTERS,
    COUNT,
    EAC,
    FD,
    MODE,
    MSR,
    RATE,
    RUL,
    SCN,
    SEED,
    SIMSIAM,
    SIZES,
    Parameter,
)
from clfer.config.written import differences, preset_line
from clfer.data import DATASETS, needs_root
from clfer.data.votes import MODES
from clfer.models.device import slow_precision
from components import root, section
from components.plain import plain
from components.sidebar import dataset_title
from views.train_setup import (
    DATASET,
    DEVICE,
    MORE,
    PRECISION,
    PRECISIONS,
    PRESET,
    THREADS,
    Setup,
    field,
    fill,
    key,
    spoken_epochs,
)

HELD = {"data.root", "data.name"}
"""Differences from a preset that are none of its settings."""


def render(setup: Setup) -> None:
    """Draw all cards."""
    _card("preset", setup, _preset)
    _card("data", setup, _data)
    _card("method", setup, _method)
    _card("training", setup, _training)
    _card("more", setup, _more)


def _card(name: str, setup: Setup, draw: Callable[[Setup], None]) -> None:
    """A card with its fields, and the sentence on the one that is refused."""
    with st.container(key=f"card-train-{name}", border=True):
        draw(setup)
        problem = setup.problem_of(name)
        if problem:
            section.error(problem)


def _preset(setup: Setup) -> None:
    section.title("Preset", preset_line(field(PRESET)))
    with st.container(key="train-presets", horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Preset",
            preset_names(),
            key=key(PRESET),
            required=True,
            on_change=fill,
            label_visibility="collapsed",
        )
        changed = setup.config is None or differences(setup.config, setup.base).keys() - HELD
        st.button(
            "Back to the preset",
            key="reset-train",
            icon=":material/restart_alt:",
            on_click=fill,
            disabled=not changed,
        )


def _data(setup: Setup) -> None:
    name = field(DATASET)
    section.title("Data", _found(setup))
    st.segmented_control(
        "Data set",
        DATASETS,
        key=key(DATASET),
        required=True,
        format_func=dataset_title,
        label_visibility="collapsed",
    )
    if needs_root(name):
        root.ask(name, "train")
    left, right = st.columns(2, gap="medium")
    with left:
        _number(COUNT, 100, placeholder="all")
    if name == "ferplus":
        right.selectbox(MODE.label, MODES, key=key(MODE.name), help=MODE.help)


def _found(setup: Setup) -> str:
    if setup.counts is None:
        return "Which faces are learned from, and which choose the epoch."
    found = setup.counts
    labels = f" ({found.labels_in_words})" if found.unlabelled else ""
    return (
        f"{dataset_title(field(DATASET))}: {found.train:,} training{labels} and {found.valid:,} "
        f"validation faces, {found.classes} expressions."
    )


def _method(setup: Setup) -> None:
    section.title("Method", "All off is the baseline.")
    columns = st.columns(3, gap="medium")
    for column, part, dimension, weights in zip(
        columns, (MSR, CLFM, CLBS), (FD, CLUSTERS, CLBS_FD), ((), ALPHA, BETA), strict=True
    ):
        with column:
            st.toggle(part.label, key=key(part.name), help=part.help)
            off = not field(part.name)
            _number(dimension, 1, disabled=off)
            _weights(weights, off)
    _comparison()
    for sentence in () if setup.config is None else advice(setup.config):
        st.warning(plain(sentence), icon=":material/lightbulb:")


def _comparison() -> None:
    """The methods that the paper compares with."""
    st.caption(
        "To compare with: SCN, RUL and EAC, on the pooled head; SimSiam; class centres in CLBS "
        "(Eq. 12)."
    )
    columns = st.columns(3, gap="medium", vertical_alignment="center")
    for column, methods in zip(columns, ((SCN, RUL), (EAC, SIMSIAM)), strict=False):
        for method in methods:
            column.toggle(method.label, key=key(method.name), help=method.help)
    columns[2].segmented_control(
        CENTRES.label,
        ("clusters", "classes"),
        key=key(CENTRES.name),
        required=True,
        help=CENTRES.help,
        disabled=not field(CLBS.name),
    )


def _weights(weights: Sequence[Parameter], off: bool) -> None:
    """The weights of the three shallow blocks."""
    for parameter in weights:
        _number(parameter, 0.05, written="%.3g", disabled=off)


def _training(setup: Setup) -> None:
    config = setup.config
    line = "" if config is None else f"{spoken_epochs(config.train.epochs)} in all."
    section.title("Training", line)
    left, right = st.columns(2, gap="medium")
    with left:
        st.text_area(SIZES.label, key=key(SIZES.name), help=SIZES.help, height=122)
        _number(SEED, 1)
        st.selectbox(
            "Device",
            resources.devices(),
            key=key(DEVICE),
            format_func=resources.device_name,
            help="Runs of one device wait for each other.",
        )
    with right:
        _number(BATCH, 1)
        _number(RATE, 0.0005, written="%g")
        st.selectbox(
            "Precision",
            list(PRECISIONS),
            key=key(PRECISION),
            format_func=PRECISIONS.__getitem__,
            help="Arithmetic of the training step; evaluation is in float32.",
        )
        if slow := slow_precision(field(PRECISION), torch.device(field(DEVICE))):
            st.warning(slow, icon=":material/speed:")
        st.number_input(
            "CPU threads",
            min_value=1,
            value=None,
            step=1,
            key=key(THREADS),
            placeholder="all",
            help="Threads of the trainer; empty for all of this machine.",
        )


def _more(setup: Setup) -> None:
    section.title("Further keys", "Any key of config.yaml, one key=value a line; they come last.")
    st.text_area(
        "Further keys",
        key=key(MORE),
        placeholder="clfm.scope=batch\ntrain.label_smoothing=0.1",
        height=96,
        label_visibility="collapsed",
    )


def _number(
    parameter: Parameter,
    step: float,
    *,
    written: str | None = None,
    placeholder: str | None = None,
    disabled: bool = False,
) -> None:
    """A number without bounds of its own: the configuration says what it refuses, and why."""
    st.number_input(
        parameter.label,
        value=None,
        step=step,
        format=written,
        key=key(parameter.name),
        help=parameter.help,
        placeholder=placeholder,
        disabled=disabled,
    )
