"""How the embeddings of both models keep the expressions apart (Fig. 9)."""

import numpy as np

from clfer.analysis.neighbours import Quality, quality, shared_neighbours
from clfer.analysis.pictures import Pictures, centres, frame, pca_pictures
from clfer.analysis.pooled import FUSED
from clfer.analysis.projection import Method
from clfer.figures.chart import Chart
from clfer.figures.embedding_words import quality_table
from clfer.figures.embeddings import Panel, embedding_picture
from clfer.report.blocks import Prose, Section, Subject, Table
from clfer.sides import Side
from clfer.work.layouts import layout_request
from clfer.work.results import load_result

_FITTED: tuple[Method, ...] = ("t-SNE", "UMAP")
"""Fits that take minutes: shown where one was made before, the first of them."""


def neighbourhoods(subject: Subject) -> Section:
    """Both embeddings in one frame, their quality, and the neighbours they share."""
    a, b = (scored.embedding for scored in subject.scores.values())
    pictures = _pictures(subject)
    labels = subject.comparison.labels
    found = {"A": quality(a, labels, pictures.a), "B": quality(b, labels, pictures.b)}
    table = quality_table(found["A"], found["B"], shared_neighbours(a, b), pictures.method)
    table = table.rename_axis("Figure").reset_index()
    return Section(
        "embeddings",
        "Embeddings",
        (
            Prose("A picture is not evidence; the table below it is measured in the embedding."),
            _chart(subject, "A", pictures, found["A"]),
            _chart(subject, "B", pictures, found["B"]),
            Table(f"Quality of the embeddings, and of {pictures.method} as their picture", table),
        ),
    )


def _pictures(subject: Subject) -> Pictures:
    """The best picture at hand, else the linear one, which takes no time."""
    for method in _FITTED:
        request = layout_request(subject.models, subject.comparison, FUSED, method, None)
        arrays = load_result(request)
        if arrays is not None:
            return Pictures.from_arrays(arrays)
    return pca_pictures(*(scored.embedding for scored in subject.scores.values()))


def _chart(subject: Subject, side: Side, pictures: Pictures, found: Quality) -> Chart:
    scores, points = subject.scores[side], pictures.a if side == "A" else pictures.b
    nothing = np.empty(0, dtype=np.int64)
    panel = Panel(
        side,
        points,
        scores,
        frame(pictures),
        centres(points, scores.labels, scores.classes),
        found,
        nothing,
        nothing,
        np.empty((0, 2)),
    )
    return embedding_picture(panel, pictures.method, FUSED, "expression", subject.theme)
