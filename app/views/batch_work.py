"""The work on a batch in small steps: progress, time left, cancel; the page stays usable."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import state
from components import section
from resources import Pair
from views.batch_session import Batch

POLL = 0.3
"""Seconds between two steps."""

LATEST = 12
"""Faces shown while the work goes on."""


def render(batch: Batch, pair: Pair) -> bool:
    """Go on with the work; True when there is nothing to wait for."""
    pending = batch.pending(pair)
    if not pending:
        return True
    if batch.stopped:
        with st.container(horizontal=True, vertical_alignment="center", key="batch-stopped"):
            done = len(batch.photos) - len(pending)
            section.hint(f"Cancelled after {done:,} of {len(batch.photos):,} photos.")
            st.button("Go on", icon=":material/play_arrow:", on_click=_go_on, args=(batch,))
        return True
    state.fragment(_step, run_every=POLL)(batch, pair)
    return False


def _step(batch: Batch, pair: Pair) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="batch-progress"):
        bar = st.empty()
        _progress(bar, batch, pair)
        if st.button("Cancel", icon=":material/close:", key="batch-cancel"):
            batch.stopped = True
            st.rerun()
    batch.step(pair)
    if not batch.pending(pair):
        st.rerun()
    _progress(bar, batch, pair)
    pictures = "".join(
        f'<img src="{address}" alt="" width="56" height="56" style="border-radius: 8px">'
        for address in batch.thumbnails(pair)[-LATEST:]
    )
    st.html(
        f'<div style="display: flex; gap: 6px; height: 60px; overflow: hidden">{pictures}</div>'
    )


def _progress(bar: DeltaGenerator, batch: Batch, pair: Pair) -> None:
    count, left = len(batch.photos), batch.seconds_left(pair)
    done = count - len(batch.pending(pair))
    time = "" if left is None else f", about {_time(left)} left"
    bar.progress(done / count, text=f"{done:,} of {count:,} photos{time}")


def _time(seconds: float) -> str:
    minutes, rest = divmod(max(1, round(seconds)), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _go_on(batch: Batch) -> None:
    batch.stopped = False
