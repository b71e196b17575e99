"""What the embeddings view draws: embeddings, pictures and figures, in bounded shared caches."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import selection
from clfer.analysis.comparison import Comparison
from clfer.analysis.neighbours import (
    Quality,
    Separation,
    of_picture,
    separation,
    shared_neighbours,
)
from clfer.analysis.pictures import Pictures, pca_pictures
from clfer.analysis.pooled import FUSED, block_of
from clfer.analysis.projection import Method
from clfer.models.checkpoint import Checkpoint
from clfer.sides import Side
from clfer.work.block_embeddings import embed_request, read_block
from clfer.work.layouts import layout_request
from clfer.work.request import Request
from clfer.work.results import find_result
from components import require, section, work
from components.sidebar import dataset_title
from selection import Selection

METHODS: tuple[Method, ...] = ("PCA", "t-SNE", "UMAP")

Embeddings = dict[Side, NDArray[np.float32]]


@dataclass(frozen=True)
class Figures:
    """The figures on both embeddings and their pictures."""

    a: Quality
    b: Quality
    shared: float


def models(chosen: Selection) -> dict[Side, Checkpoint]:
    """The checkpoints by letter."""
    return {"A": chosen.pair.a, "B": chosen.pair.b}


def request(chosen: Selection, comparison: Comparison, space: str, method: Method) -> Request:
    """What names the pictures of a space; for t-SNE and UMAP it also computes them."""
    return layout_request(models(chosen), comparison, space, method, chosen.root)


def usual_method(chosen: Selection, comparison: Comparison) -> Method:
    """t-SNE where it is there at once, else PCA."""
    ready = find_result(request(chosen, comparison, FUSED, "t-SNE"))
    return "PCA" if ready is None else "t-SNE"


def embeddings(chosen: Selection, comparison: Comparison, space: str) -> Embeddings | None:
    """Both embeddings ``[N, D]``; draws what a block's lacks, and how to get it."""
    if space == FUSED:
        return {"A": comparison.a.embedding, "B": comparison.b.embedding}
    if not at_own_epoch(chosen, comparison):
        section.hint(
            "Earlier epochs keep the fused embedding alone: move the epoch slider to its end, or "
            "choose the fused space."
        )
        return None
    faces = require.faces(chosen, "to embed its faces block by block")
    if faces is None:
        return None
    found: Embeddings = {}
    for side, model in models(chosen).items():
        arrays = work.result(
            embed_request(model, faces, chosen.root),
            f"Embedding {dataset_title(chosen.dataset)} {chosen.split} with {side}",
            # One click for both.
            button=None if found else "Embed the faces block by block",
            key=f"embed-{side}",
        )
        if arrays is None:
            return None
        found[side] = read_block(arrays, block_of(space), comparison.names)
    return found


def at_own_epoch(chosen: Selection, comparison: Comparison) -> bool:
    """Whether both models are shown as they are, and not as they were at an earlier epoch."""
    scores: dict[Side, int] = {"A": comparison.a.epoch, "B": comparison.b.epoch}
    return all(model.card.epoch == scores[side] for side, model in models(chosen).items())


def pictures(
    chosen: Selection, comparison: Comparison, space: str, method: Method, found: Embeddings
) -> Pictures:
    """Both pictures; those of PCA while t-SNE or UMAP are not there yet."""
    if method != "PCA":
        arrays = work.result(
            request(chosen, comparison, space, method),
            f"{method} of {dataset_title(chosen.dataset)} {chosen.split}, A then B",
            button=f"Start {method}",
            key=f"layout-{method}",
        )
        if arrays is not None:
            return Pictures.from_arrays(arrays)
        section.hint(f"PCA is shown until the {method} of these faces has been computed.")
    return _pca(request(chosen, comparison, space, "PCA").key, found["A"], found["B"])


def figures(
    chosen: Selection, comparison: Comparison, space: str, found: Embeddings, drawn: Pictures
) -> Figures:
    """Silhouette, votes of neighbours and trustworthiness of both models."""
    key = request(chosen, comparison, space, "PCA").key
    picture = request(chosen, comparison, space, drawn.method).key
    points: dict[Side, NDArray[np.float64]] = {"A": drawn.a, "B": drawn.b}
    a, b = (
        _quality(
            picture,
            side,
            _separation(key, side, found[side], comparison.labels),
            found[side],
            points[side],
        )
        for side in require.SIDES
    )
    return Figures(a, b, _shared(key, found["A"], found["B"]))


def picked(comparison: Comparison) -> NDArray[np.int64]:
    """Indices of the faces picked in any view that are drawn here."""
    return comparison.indices_of(selection.picked())


@st.cache_resource(max_entries=16, show_spinner=False)
def _pca(key: str, _a: NDArray[np.float32], _b: NDArray[np.float32]) -> Pictures:
    return pca_pictures(_a, _b)


@st.cache_resource(max_entries=64, show_spinner=False)
def _separation(
    key: str, side: str, _embedding: NDArray[np.float32], _labels: NDArray[np.int64]
) -> Separation:
    return separation(_embedding, _labels)


@st.cache_resource(max_entries=64, show_spinner=False)
def _quality(
    key: str,
    side: str,
    _separation: Separation,
    _embedding: NDArray[np.float32],
    _picture: NDArray[np.float64],
) -> Quality:
    return of_picture(_separation, _embedding, _picture)


@st.cache_resource(max_entries=32, show_spinner=False)
def _shared(key: str, _a: NDArray[np.float32], _b: NDArray[np.float32]) -> float:
    return shared_neighbours(_a, _b)
