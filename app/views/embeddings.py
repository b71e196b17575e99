"""The Embeddings view (Fig. 9): the faces as A and as B see them, in one frame."""

from collections.abc import Callable, Mapping

import streamlit as st

import folders
import selection
import state
from clfer.analysis.alignment import moved_most
from clfer.analysis.comparison import Comparison
from clfer.analysis.pictures import Pictures, centres, frame
from clfer.analysis.placement import Placed
from clfer.analysis.pooled import FUSED, SPACES
from clfer.errors import ClferError
from clfer.figures.embedding_words import quality_lines, quality_table
from clfer.figures.embeddings import Colouring, Panel, embedding_picture
from clfer.sides import Side
from components import chart, epoch, hover, require, section
from selection import Selection
from views import embeddings_data, embeddings_place, embeddings_subset
from views.embeddings_data import METHODS, Embeddings, Figures

COLOUR, THUMBNAILS, ARROWS = (state.EMBEDDINGS[k] for k in ("colour", "thumbnails", "arrows"))
COLOURINGS: tuple[Colouring, ...] = ("expression", "correctness", "confidence")
MOVED = 40
"""Faces whose move from A to B is drawn as an arrow."""

CHARTS: dict[Side, str] = {"A": "embedding-A", "B": "embedding-B"}


def render() -> None:
    """Draw the view."""
    section.page_title("Embeddings", "Where both networks place the same faces, in one frame.")
    found = require.comparison()
    if found is None:
        return
    chosen, comparison = found
    epoch.slider(chosen)
    _cards(chosen, comparison)


@state.fragment
def _cards(chosen: Selection, comparison: Comparison) -> None:
    """All cards; their controls redraw nothing else."""
    if folders.root(chosen.dataset) != chosen.root:
        st.rerun()  # the folder was named inside this fragment: the frame shall know it too
    with st.container(key="card-embeddings", border=True):
        space = _controls(chosen, comparison)
        try:
            found = embeddings_data.embeddings(chosen, comparison, space)
            if found is None:
                return
            method = st.session_state[state.PROJECTION]
            drawn = embeddings_data.pictures(chosen, comparison, space, method, found)
            pictures = st.container(key="embeddings-pictures")
        except ClferError as error:
            section.error(error)
            return
    subset = st.container(key="embeddings-subset")
    placed = embeddings_place.render(chosen, comparison, space, found, drawn)
    with pictures:
        _pictures(chosen, comparison, space, found, drawn, placed)
    with subset:
        embeddings_subset.render(chosen, comparison)
    _hover(chosen)


def _controls(chosen: Selection, comparison: Comparison) -> str:
    """Space, projection, colour and switches; returns the space."""
    state.adopt(state.SPACE, SPACES, FUSED)
    state.adopt(state.PROJECTION, METHODS, embeddings_data.usual_method(chosen, comparison))
    state.adopt(COLOUR, COLOURINGS, COLOURINGS[0])
    state.adopt(THUMBNAILS, (True, False), True)
    state.adopt(ARROWS, (True, False), False)
    with st.container(
        key="embeddings-controls", horizontal=True, vertical_alignment="bottom", gap="small"
    ):
        for label, options, key in (
            ("Space: fused or block" if state.narrow() else "Space", SPACES, state.SPACE),
            ("Projection", METHODS, state.PROJECTION),
            ("Colour by", COLOURINGS, COLOUR),
        ):
            st.segmented_control(
                label,
                options,
                key=key,
                required=True,
                format_func=_title,
                on_change=state.share,
                width="content",
            )
        st.toggle("Arrows", key=ARROWS)
        st.toggle("Thumbnails", key=THUMBNAILS)
    return str(st.session_state[state.SPACE])


def _pictures(
    chosen: Selection,
    comparison: Comparison,
    space: str,
    found: Embeddings,
    drawn: Pictures,
    placed: Mapping[Side, Placed],
) -> None:
    """A beside B on one scale, and below them the figures that a picture cannot give."""
    figures = embeddings_data.figures(chosen, comparison, space, found, drawn)
    columns = st.columns(2, gap="small")
    for column, panel in zip(columns, _panels(comparison, drawn, figures, placed), strict=True):
        with column:
            section.model_line(panel.side, chosen.model(panel.side).card.title)
            chart.show(
                embedding_picture(
                    panel,
                    drawn.method,
                    space,
                    st.session_state[COLOUR],
                    state.theme(),
                    narrow=state.narrow(),
                ),
                CHARTS[panel.side],
                caption=panel.side == "B",
                select="lasso",
                on_select=_pick(panel.side, drawn.method),
            )
    left, right = st.columns([1.15, 1], gap="medium", vertical_alignment="center")
    with left:
        st.table(quality_table(figures.a, figures.b, figures.shared, drawn.method))
    with right:
        dimensions = (found["A"].shape[1], found["B"].shape[1])
        for line in quality_lines(figures.a, len(comparison), dimensions):
            section.hint(line)


def _panels(
    comparison: Comparison, drawn: Pictures, figures: Figures, placed: Mapping[Side, Placed]
) -> list[Panel]:
    limits, picked = frame(drawn), embeddings_data.picked(comparison)
    moved = moved_most(drawn.a, drawn.b, MOVED if st.session_state[ARROWS] else 0)
    sides: tuple[Side, Side] = ("A", "B")
    return [
        Panel(
            side=side,
            points=points,
            scores=scores,
            limits=limits,
            centres=centres(points, comparison.labels, comparison.classes),
            quality=quality,
            picked=picked,
            moved=moved,
            origins=drawn.a[moved],
            star=placed[side].star if side in placed else None,
        )
        for side, points, scores, quality in zip(
            sides,
            (drawn.a, drawn.b),
            (comparison.a, comparison.b),
            (figures.a, figures.b),
            strict=True,
        )
    ]


def _pick(side: Side, method: str) -> Callable[[], None]:
    """Picks the faces inside a lasso for all views."""

    def picked() -> None:
        names = chart.selected(st.session_state[f"plot-{CHARTS[side]}"])
        selection.pick(names, f"neighbours in the {method} of {side}" if names else "")

    return picked


def _hover(chosen: Selection) -> None:
    if not st.session_state[THUMBNAILS]:
        return
    faces = selection.faces(chosen)
    if faces is not None:
        hover.thumbnails_over(faces, list(CHARTS.values()), "embeddings")


def _title(name: str) -> str:
    if name in METHODS:
        return name
    # On a phone the numbers of the blocks must do.
    short = name.removeprefix("block ") if state.narrow() else name
    return short.capitalize()
