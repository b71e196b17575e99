"""The curves of several runs over each other: one line per configuration, a band over seeds."""

from collections.abc import Iterable, Sequence

import streamlit as st

import state
from clfer.analysis.curves import Curve, curve_of_rows
from clfer.analysis.histories import MOST, History, compared
from clfer.errors import ClferError
from clfer.figures.run_overlay import run_overlay
from clfer.runs.record import Run
from components import chart, facts, section


def render(runs: Sequence[Run]) -> None:
    """Draw the card."""
    with st.container(key="card-runs-overlay", border=True):
        histories = compared(None, None, list(_curves(runs[:MOST])))
        if len(runs) > MOST:
            section.hint(f"The first {MOST} of the {len(runs)} selected runs are drawn.")
        if not histories:
            return
        drawn = run_overlay(histories, state.theme(), narrow=state.narrow())
        section.title("Curves over each other", drawn.alt)
        facts.show([_row(history) for history in histories], label="Which line is which run")
        chart.show(drawn, "runs-overlay")


def _row(history: History) -> tuple[str, str]:
    return history.title, ", ".join(history.names)


def _curves(runs: Sequence[Run]) -> Iterable[Curve]:
    for run in runs:
        try:
            yield curve_of_rows(run.path, run.name, run.config, run.history)
        except ClferError as error:
            section.hint(str(error))
