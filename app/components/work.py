"""A long computation in a view: a button, progress with time left, cancel, and then the result.

All sessions share the computations and their results. On a server that strangers share the queue is
short, and a computation is cancelled by none but the session that started it.
"""

import atexit

import streamlit as st

import logs
import state
from clfer.work.jobs import Job, Jobs
from clfer.work.request import Request
from clfer.work.results import find_result, load_result
from clfer.work.tasks import Arrays
from components import section
from shared import is_shared

POLL = 0.5
"""Seconds between two looks at a running job."""

QUEUE = 6
"""Computations that a shared server takes at a time: one is under way, the others wait."""

STARTED = "work.started"
"""Keys of the computations that this session has started."""


def result(request: Request, label: str, *, button: str | None, key: str) -> Arrays | None:
    """The arrays of a request; while they are not there, what it takes to get them.

    Args:
        request: What is computed.
        label: What is going on, e.g. ``"Embedding FER+ valid with t-SNE"``.
        button: Starts it; None to start by itself.
        key: Unique on the page.

    Returns:
        The result, or None while there is none; then a button, the progress with a cancel button,
        or the reason of a failure is drawn. The page runs again when the result is there.
    """
    path = find_result(request)
    if path is not None:
        arrays = _loaded(request.key, path.stat().st_mtime_ns, request)
        if arrays is not None:
            return arrays
    job = jobs().get(request)
    if job is None and button is None:
        job = start(request)
    # Only a job under way is looked at again and again.
    watched = state.fragment(_panel, run_every=POLL if job is not None and job.active else None)
    watched(request, label, button or "Compute", key)
    return None


def start(request: Request) -> Job | None:
    """Queue a request; None while the queue of a shared server is full."""
    if is_full():
        return None
    st.session_state.setdefault(STARTED, set()).add(request.key)
    logs.event("computation queued", task=request.task)
    return jobs().start(request)


def is_full() -> bool:
    """Whether a shared server takes no further computation at present."""
    return is_shared() and jobs().active >= QUEUE


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The queue of this app."""
    queue = Jobs()
    atexit.register(queue.close)
    return queue


@st.cache_resource(max_entries=16, show_spinner=False)
def _loaded(key: str, stamp: int, _request: Request) -> Arrays | None:
    return load_result(_request)


def _panel(request: Request, label: str, button: str, key: str) -> None:
    job = jobs().get(request)
    with st.container(key=f"work-{key}"):
        if job is not None and job.active:
            _progress(job, label, key)
            return
        if job is not None and job.state == "done":
            if load_result(request) is not None:
                st.rerun()
            st.caption("The result is no longer on disk, or damaged; compute it again.")
        if job is not None and job.state == "failed":
            section.error(job.error)
        if job is not None and job.state == "cancelled":
            st.caption("Cancelled; nothing was kept.")
        full = is_full()
        if full:
            section.hint("This server has enough to compute at present: try again in a minute.")
        pressed = st.button(button, key=f"start-{key}", icon=":material/play_arrow:", disabled=full)
        if pressed and start(request) is not None:
            st.rerun()


def _progress(job: Job, label: str, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.share, text=f"{label}: {_remaining(job)}")
        own = not is_shared() or job.request.key in st.session_state.get(STARTED, ())
        if own and st.button("Cancel", key=f"cancel-{key}", icon=":material/close:"):
            jobs().cancel(job.request)
            st.rerun()


def _remaining(job: Job) -> str:
    if job.state == "waiting":
        return "waiting for another computation"
    left = job.seconds_left()
    if left is None:
        return "starting" if not job.total else f"{job.done:,} of {job.total:,}"
    if left < 1:
        return "finishing"
    minutes, seconds = divmod(round(left), 60)
    time = f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
    return f"{job.done:,} of {job.total:,}, about {time} left"
