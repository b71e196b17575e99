"""Examples of a run's semantic groups, from its newest whole epoch, drawn when asked for."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

import state
from clfer.analysis.group_statistics import row_peaks
from clfer.figures.group_grid import ShownFace
from clfer.figures.mosaic import scale_bar
from clfer.figures.run_groups import run_groups
from clfer.runs.record import Run
from clfer.training.run_folder import RunFolder
from clfer.work.request import Request
from clfer.work.results import find_result
from clfer.work.run_groups import groups_request, read_groups
from clfer.work.tasks import Arrays
from components import chart, require, section, work

ASKED = "runs.groups"
"""Run and epoch whose groups were asked for last."""


def render(run: Run) -> None:
    """Draw the card."""
    with st.container(key="card-run-groups", border=True):
        last = min(RunFolder(run.path).last_epoch(), len(run.history))
        if not last:
            section.title(
                "Semantic groups",
                "A record has no weights, so no examples can be drawn."
                if run.is_record
                else "Examples can be drawn when the first epoch has ended.",
            )
            return
        row = _row(run, last)
        epoch = row["epoch"]
        section.title(
            "Semantic groups", f"Where the channels of each group respond after epoch {epoch}."
        )
        if epoch < last and st.button(
            f"Draw epoch {last} instead", icon=":material/refresh:", key="runs.groups.newest"
        ):
            st.session_state[ASKED] = (run.name, last)
            work.start(groups_request(run, _row_of(run, last)))
            st.rerun()
        request = groups_request(run, row)
        found = work.result(
            request,
            f"Semantic groups after epoch {epoch}",
            button=f"Draw the groups after epoch {epoch}",
            key="run-groups",
        )
        if found is not None:
            _grid(found, epoch)


def _row(run: Run, last: int) -> Mapping[str, Any]:
    """The epoch that was asked for, as long as it is drawn or under way; else the newest."""
    name, epoch = st.session_state.get(ASKED, ("", 0))
    if name == run.name and epoch <= last:
        row = _row_of(run, epoch)
        if _is_at_hand(groups_request(run, row)):
            return row
    st.session_state[ASKED] = (run.name, last)
    return _row_of(run, last)


def _row_of(run: Run, epoch: int) -> Mapping[str, Any]:
    return next(row for row in run.history if row["epoch"] == epoch)


def _is_at_hand(request: Request) -> bool:
    job = work.jobs().get(request)
    return find_result(request) is not None or (job is not None and job.active)


def _grid(found: Arrays, epoch: int) -> None:
    faces, groups = read_groups(found, state.adopt(state.BLOCK, require.BLOCKS, 4))
    drawn = run_groups(
        [ShownFace(*face) for face in faces],
        groups,
        row_peaks([maps.mean_maps for maps in groups]),
        epoch,
        state.theme(),
        narrow=state.narrow(),
    )
    st.html(scale_bar(state.theme(), "largest value of the row"))
    section.hint(drawn.alt)
    chart.show(drawn, "run-groups")
