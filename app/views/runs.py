"""The Runs view: all trainings on this machine, one of them live, or several over each other."""

import streamlit as st

import shared
import state
from clfer.analysis.run_feed import Signature, signature
from clfer.paths import runs_dir
from clfer.runs.record import Run, list_runs
from components import section
from views import runs_live, runs_overlay, runs_table

LOOK = 2.0
"""Seconds between two looks at the runs that are live."""


def render() -> None:
    """Draw the view."""
    section.page_title(
        "Runs",
        "Every training on this machine: how it stands, what it learned, what it became.",
    )
    runs, broken = list_runs()
    with st.container(key="card-runs", border=True):
        if not runs and not broken:
            _empty()
            return
        selected = runs_table.render(runs)
        for _, sentence in broken:
            section.error(sentence)
    if len(selected) == 1:
        runs_live.render(selected[0])
    elif selected:
        runs_overlay.render(selected)
    live = [run for run in runs if run.status.live]
    if live:
        state.fragment(_watch, run_every=LOOK)(live, [signature(run.path) for run in live])


def _empty() -> None:
    if shared.is_shared():
        section.title("No run yet", shared.RUNS)
        return
    section.title("No run yet", f"Runs lie in {runs_dir()}.")
    section.hint("Start one in the Train view, or with 'clfer train --preset quick --run FOLDER'.")
    train = st.Page(lambda: None, title="Train", url_path="train")
    st.page_link(train, label="Train a model", icon=":material/model_training:")


def _watch(live: list[Run], drawn: list[Signature]) -> None:
    """Draw the page anew when an epoch or a run has ended; until then nothing is redrawn."""
    if [signature(run.path) for run in live] != drawn:
        st.rerun()
