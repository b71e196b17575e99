"""Faces sorted by how evenly their attention is spread over the layers."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

import state
from clfer.analysis.attention_statistics import (
    attention_entropy,
    entropy_histogram,
    lowest_first,
    weights_of,
)
from clfer.data.faceset import FaceSet
from clfer.figures.attention_entropy import entropy_bars
from clfer.figures.attention_words import entropy_captions
from clfer.figures.theme import palette
from components import chart, gallery, section
from state import theme
from views.attention_models import Attentive

SHOWN = 6
"""Faces at each end before a click on "Show more"."""

LOWEST = "Lowest: few layers dominate"
HIGHEST = "Highest: all layers count"


@state.fragment
def render(models: list[Attentive], pixels: FaceSet | None, words: str) -> None:
    """Draw the card; a click on a face redraws nothing else."""
    with st.container(key="card-attention-entropy", border=True):
        section.title(
            "Faces by the entropy of attention",
            "Click a face to look at it in the Face, What if and Semantics views.",
        )
        found = [attention_entropy(weights_of(model.scores)) for model in models]
        bars = entropy_bars(
            entropy_histogram(found), [model.side for model in models], words, theme()
        )
        if len(models) == 1:
            places = st.columns([1.3, 1, 1], gap="medium")
            with places[0]:
                chart.show(bars, "attention-entropy")
            _ends(models[0], found[0], pixels, places[1:])
            return
        chart.show(bars, "attention-entropy")
        for column, model, values in zip(st.columns(2), models, found, strict=True):
            with column:
                section.model_line(model.side, model.title)
                _ends(model, values, pixels, st.columns(2))


def _ends(
    model: Attentive,
    entropy: NDArray[np.float64],
    pixels: FaceSet | None,
    places: Sequence[DeltaGenerator],
) -> None:
    order = lowest_first(entropy)
    ends = (("lowest", LOWEST, order), ("highest", HIGHEST, order[::-1]))
    for place, (name, line, faces) in zip(places, ends, strict=True):
        scores = model.scores.subset(faces)
        with place:
            section.hint(line)
            gallery.show(
                pixels,
                scores.names,
                entropy_captions(scores, weights_of(scores), entropy[faces]),
                f"entropy-{name}-{model.side}",
                limit=SHOWN,
                colours=[palette(theme()).expression(scores.classes[k]) for k in scores.labels],
            )
