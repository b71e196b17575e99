"""The card "Which layers decided": attention and exact contributions of the blocks."""

import numpy as np
import streamlit as st

import resources
from clfer.analysis.predict import FacePrediction
from clfer.figures.attention import LayerAttention, attention_dots
from clfer.figures.chart import Chart
from clfer.figures.contributions import contribution_bars
from clfer.models.checkpoint import Checkpoint
from clfer.sides import Side
from components import chart, section
from photos import Subject, prediction
from resources import Pair
from state import theme


def render(pair: Pair, subject: Subject) -> None:
    """Draw the card for the models that have a multi-scale head."""
    models: dict[Side, Checkpoint] = {"A": pair.a, "B": pair.b}
    fused = {
        side: (model, prediction(model, subject))
        for side, model in models.items()
        if model.card.config.model.msr
    }
    with st.container(key="card-layers", border=True):
        bars = {side: _contributions(side, verdict) for side, (_, verdict) in fused.items()}
        finding = " ".join(bar.alt for bar in bars.values())
        section.title("Which layers decided", finding)
        if fused:
            left, right = st.columns([1, 1.12], gap="medium")
            with left:
                chart.show(
                    attention_dots([_attention(s, *m) for s, m in fused.items()], theme()),
                    "attention",
                )
            with right:
                for side, bar in bars.items():
                    chart.show(bar, f"contributions-{side}")
        for side, model in models.items():
            if side not in fused:
                section.hint(
                    f"{side} ({model.card.title}) has no multi-scale head: it reads block 4 alone, "
                    "so it has no attention over layers."
                )


def _attention(side: Side, model: Checkpoint, verdict: FacePrediction) -> LayerAttention:
    return LayerAttention(
        side, verdict.attention or (), verdict.attention_norm or (), resources.distribution(model)
    )


def _contributions(side: Side, verdict: FacePrediction) -> Chart:
    shares, bias = verdict.centred() or ({}, {})
    values, offsets = np.array(list(shares.values())), np.array(list(bias.values()))
    return contribution_bars(values, offsets, list(shares), theme(), side)
