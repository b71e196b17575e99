"""One run: how it stands, second by second while it is live, and what can be done with it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

import shared
import state
from clfer.analysis.run_list import duration, run_facts
from clfer.errors import ClferError
from clfer.runs import control, launch
from clfer.runs.record import LOG, Run, read_tail
from clfer.runs.status import STOP, RunStatus, read_status
from components import facts, section
from components.sidebar import dataset_title
from views import runs_curves, runs_groups, runs_notes, runs_promote

PULSE = 1.0
"""Seconds between two looks at a live run."""

LOG_LINES = 7
LOG_HEIGHT = 190

ICONS = {
    "stopped": ":material/pause_circle:",
    "failed": ":material/error:",
    "done": ":material/check_circle:",
    "lost": ":material/help:",
}


def render(run: Run) -> None:
    """Draw the cards of a run."""
    left, right = st.columns([1.45, 1], gap="small")
    with left, st.container(key="card-run", border=True, height="stretch"):
        data = dataset_title(run.config.data.name)
        section.title(run.notes.title or run.name, f"{run.config.method} on {data}")
        if run.status.live:
            state.fragment(_pulse, run_every=PULSE)(run.path)
        else:
            _ended(run)
        facts.show(run_facts(run), label="What is trained, and how")
    with right, st.container(key="card-run-result", border=True, height="stretch"):
        if shared.is_shared():
            section.title("To look at", shared.RUNS)
        else:
            runs_promote.render(run)
            runs_notes.render(run)
    _inside(run)


@state.fragment
def _inside(run: Run) -> None:
    """Curves and groups, which share the block and are redrawn by it alone."""
    runs_curves.render(run)
    runs_groups.render(run)


def _pulse(folder: Path) -> None:
    """Progress and log: all that changes between two epochs."""
    status = read_status(folder)
    stopping = (folder / STOP).exists()
    with st.container(horizontal=True, vertical_alignment="center", key="run-progress"):
        st.progress(status.share, text=_where(status, stopping=stopping))
        if not shared.is_shared() and st.button(
            "Stop", icon=":material/stop:", key="runs.stop", disabled=stopping
        ):
            control.stop(folder)
            st.rerun()
    _log(read_tail(folder / LOG, LOG_LINES) or ["Nothing logged yet."])


def _ended(run: Run) -> None:
    """How a run ended, why, and how it goes on."""
    status = run.status
    st.badge(f"{status.state}, {_epochs(status)}", icon=ICONS[status.state], color="grey")
    if status.reason:
        section.error(status.reason)
    if run.is_record:
        section.hint("A record: what the run said, without its weights.")
    elif not shared.is_shared():
        _go_on(run)
    if lines := run.log_tail(LOG_LINES):
        _log(lines)


def _log(lines: Sequence[str]) -> None:
    st.code(shared.without_paths("\n".join(lines)), language=None, height=LOG_HEIGHT)


def _where(status: RunStatus, *, stopping: bool) -> str:
    if stopping:
        return "Stopping after the running step"
    if status.state == "queued":
        others = f"{status.ahead} other run{'s' * (status.ahead != 1)}"
        return f"Queued behind {others}" if status.ahead else "Starting"
    step = f", step {status.step:,} of {status.steps:,}" if status.steps else ""
    left = "" if status.seconds_left is None else f", about {duration(status.seconds_left)} left"
    return f"{_epochs(status)} done{step}{left}"


def _epochs(status: RunStatus) -> str:
    return f"{status.epoch} of {status.epochs} epochs"


def _go_on(run: Run) -> None:
    """Resume what broke off, or add epochs to what is done."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="run-go-on"):
        if run.status.state != "done":
            if st.button("Resume", icon=":material/play_arrow:", key="runs.resume"):
                _try(lambda: launch.resume(run.path))
            return
        more = st.number_input(
            "More epochs", min_value=1, max_value=1000, value=5, key="runs.more", width=140
        )
        if st.button("Continue with more epochs", icon=":material/add:", key="runs.extend"):
            _try(lambda: launch.extend(run.path, int(more)))


def _try(action: Callable[[], object]) -> None:
    try:
        action()
    except ClferError as error:
        section.error(error)
        return
    st.rerun()
