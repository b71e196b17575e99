"""Semantic groups over the whole split: sizes, similarity in depth, expressions."""

from dataclasses import replace

import streamlit as st

import selection
import state
from clfer.analysis.face_groups import FaceGroups
from clfer.analysis.group_statistics import empty_share, group_shares, spread
from clfer.analysis.scored import ScoredFaces
from clfer.errors import ClferError
from clfer.expressions import shared_classes
from clfer.figures.group_excitation import excitation_maps
from clfer.figures.group_statistics import similarity, size_distribution
from clfer.figures.theme import spoken
from clfer.sides import Side
from clfer.work.group_statistics import groups_request
from clfer.work.request import Request
from clfer.work.results import find_result
from components import chart, require, root, section, work
from components.sidebar import dataset_title
from selection import Selection
from state import theme


@state.fragment
def render(chosen: Selection) -> None:
    """Draw the cards of all blocks: sizes of the groups, and their similarity in depth."""
    with st.container(key="card-sizes", border=True):
        scored = _scored(chosen)
        if scored is None:
            section.title("Sizes of the groups")
            require.comparison()
        else:
            _sizes(scored)
    if scored is not None:
        with st.container(key="card-similarity", border=True):
            _similarity(chosen)


def excitation(chosen: Selection, block: int) -> None:
    """Draw the card of one block: which expressions excite which group."""
    if _scored(chosen) is None:
        return
    with st.container(key="card-excitation", border=True):
        section.title(
            "Which expressions excite which group",
            "Activation over the split, standardised for each group.",
        )
        found = _measured(chosen)
        if found is None:
            return
        classes = shared_classes(found["A"].classes, found["B"].classes)
        values = {side: groups.excited_by(block, classes) for side, groups in found.items()}
        counts = found["A"].counts(classes).tolist()
        drawn = excitation_maps(values, classes, counts, block, theme(), narrow=state.narrow())
        chart.show(drawn, "excitation")


def _sizes(scored: dict[Side, ScoredFaces]) -> None:
    known = ((side, found.group_sizes) for side, found in scored.items())
    sizes = {side: values for side, values in known if values is not None}
    drawn = size_distribution(
        {side: spread(group_shares(values)) for side, values in sizes.items()},
        {side: empty_share(values) for side, values in sizes.items()},
        len(scored["A"]),
        theme(),
        narrow=state.narrow(),
    )
    section.title("Sizes of the groups", drawn.alt)
    chart.show(drawn, "sizes")


def _similarity(chosen: Selection) -> None:
    found = _known(chosen)
    if found is None:
        section.title(
            "Shallow centres and deep centroids", "How alike they are, as the loss L_fm sees it."
        )
        section.hint("Measured together with which expressions excite which group, above.")
        return
    drawn = similarity(
        {side: spread(groups.cosine) for side, groups in found.items()},
        {side: spread(groups.alignment) for side, groups in found.items()},
        len(found["A"]),
        theme(),
        narrow=state.narrow(),
    )
    section.title("Shallow centres and deep centroids", drawn.alt)
    chart.show(drawn, "similarity")


def _scored(chosen: Selection) -> dict[Side, ScoredFaces] | None:
    """The scores of both models at their own epochs, which know their groups."""
    own = replace(chosen, epoch=None)
    try:
        found = {side: selection.scores(own, side) for side in require.SIDES}
    except ClferError as error:
        section.error(error)
        return None
    known = {side: scores for side, scores in found.items() if scores is not None}
    return known if len(known) == len(found) else None


def _requests(chosen: Selection) -> dict[Side, Request]:
    scored = _scored(chosen) or {}
    return {
        side: groups_request(chosen.model(side), scores, chosen.root)
        for side, scores in scored.items()
    }


def _known(chosen: Selection) -> dict[Side, FaceGroups] | None:
    """The groups of both models on every face, if they were measured."""
    requests = _requests(chosen)
    if any(find_result(request) is None for request in requests.values()):
        return None
    return _measured(chosen)


def _measured(chosen: Selection) -> dict[Side, FaceGroups] | None:
    """The groups of both models on every face; draws what it takes to get them."""
    what = f"{dataset_title(chosen.dataset)} {chosen.split}"
    requests = _requests(chosen)
    missing = [side for side, request in requests.items() if find_result(request) is None]
    if missing and not chosen.has_pixels:
        section.hint(
            f"The groups of {spoken(missing)} were not measured on {what} yet: "
            f"{root.way_out('to measure them')}."
        )
        root.ask(chosen.dataset, "groups")
        return None
    found: dict[Side, FaceGroups] = {}
    for side, request in requests.items():
        arrays = work.result(
            request,
            f"Measuring the groups of {side} on {what}",
            button=f"Measure the groups of {side}",
            key=f"groups-{side}",
        )
        if arrays is not None:
            found[side] = FaceGroups.from_arrays(arrays)
    return found if len(found) == len(requests) else None
