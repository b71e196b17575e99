"""The card of the Data view that opens every file: damaged files, and identical faces."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import streamlit as st

import state
from clfer.analysis.twins import Twins, twin_pairs
from clfer.data.check import DataReport, Examination
from clfer.data.faceset import FaceSet
from clfer.errors import ClferError
from clfer.figures.theme import palette
from clfer.work.data_check import check_request, read
from components import gallery, section, work
from components.sidebar import dataset_title
from selection import Selection
from state import theme

PAIRS = {"All pairs": False, "Two labels": True}


@state.fragment
def card(chosen: Selection, faces: FaceSet) -> None:
    """Check the whole data set by a button; then what was found."""
    with st.container(key="card-check", border=True):
        section.title(
            "Damaged files and identical faces",
            "Every image of every split is opened once, as 'clfer data check' does.",
        )
        try:
            request = check_request(chosen.dataset, chosen.root)
        except ClferError as error:
            section.error(error)
            return
        label = f"Opening every image of {dataset_title(chosen.dataset)}"
        arrays = work.result(request, label, button="Check every file", key="data-check")
        if arrays is None:
            return
        found = read(arrays)
        _verdict(found.report)
        _twins(found, faces)


def _verdict(report: DataReport) -> None:
    if report.first_problem is None:
        section.hint(f"{report.images:,} images opened; each can be read and has a label.")
        return
    more = report.problems - 1
    rest = f" There {'is' if more == 1 else 'are'} {more:,} more." if more else ""
    section.error(f"{report.first_problem}{rest}")


def _twins(found: Examination, faces: FaceSet) -> None:
    """Counts over all splits, and the pairs that touch the split that is looked at."""
    twins = twin_pairs(found.digests, found.splits, found.labels)
    section.hint(
        f"{found.report.duplicates:,} faces have an identical twin in an earlier split; "
        f"{len(twins) - found.report.duplicates:,} repeat a face of their own split; "
        f"{twins.conflict.sum():,} of these pairs carry two different labels."
    )
    here = twins.touching(found.members(faces.split)).conflicts_first()
    if not len(here):
        section.hint(f"No face of {faces.split} occurs twice.")
        return
    kind = st.segmented_control(
        "Pairs",
        list(PAIRS),
        default="All pairs",
        key="data.pairs",
        required=True,
        label_visibility="collapsed",
    )
    _pairs(found, here.conflicting() if PAIRS[kind or "All pairs"] else here, faces)


def _pairs(found: Examination, twins: Twins, faces: FaceSet) -> None:
    colours = palette(theme())
    names, captions, tints = [], [], []
    for first, second in zip(twins.first.tolist(), twins.second.tolist(), strict=True):
        own, other = (second, first) if found.splits[second] == faces.split else (first, second)
        names.append(found.names[own])
        captions.append(f"{_described(found, own)}\n= {_described(found, other)}")
        tints.append(colours.expression(faces.classes[found.labels[own]]))
    gallery.show(faces, names, captions, "data-twins", limit=24, colours=tints)


def _described(found: Examination, index: int) -> str:
    classes: Sequence[str] = found.report.classes
    stem = PurePosixPath(found.names[index]).stem
    return f"{classes[found.labels[index]]}, {found.splits[index]}\n{stem}"
