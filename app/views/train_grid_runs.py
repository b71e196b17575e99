"""The right side of the grid: what it means, the queue of what is missing, and its table."""

import streamlit as st

import shared
import state
from clfer.analysis.grid_stand import GridStand, grid_in_words, grid_stand
from clfer.analysis.sweep_table import settings_as_text, sweep_csv
from clfer.errors import ClferError
from clfer.runs.grid import Grid
from clfer.runs.sweeps import Sweep, end_sweep, find_sweep, start_sweep
from components import section

LOOK = 1.5
"""Seconds between two looks at a grid under way."""

REFUSED = "train-grid-refused"
"""Why the queue could not be started; of this session."""


def render(grid: Grid | None, text: str) -> None:
    """Draw both cards.

    Args:
        grid: The grid; None while its text is refused.
        text: What it was read from.
    """
    if grid is None:
        with st.container(key="card-train-grid-run", border=True):
            section.title("What will run", "Mend what is marked, then it can start.")
        return
    going = _going(find_sweep(grid), grid_stand(grid))
    state.fragment(_stand, run_every=LOOK if going else None)(grid, text, going)


def _stand(grid: Grid, text: str, followed: bool) -> None:
    sweep, stand = find_sweep(grid), grid_stand(grid)
    if _going(sweep, stand) != followed:
        st.rerun()  # the whole page draws it anew
    with st.container(key="card-train-grid-run", border=True):
        count = len(grid.runs)
        section.title(f"{count:,} run{'s' * (count != 1)}", f"{grid_in_words(grid)}.")
        st.progress(stand.share, text=f"{stand.in_words}.")
        if stand.now:
            st.code("\n".join(stand.now), language=None)
        if sweep is not None and sweep.running:
            _queue(sweep)
        else:
            _offer(grid, text, stand, sweep)
    if stand.done:
        _table(stand)


def _going(sweep: Sweep | None, stand: GridStand) -> bool:
    return stand.live > 0 or (sweep is not None and sweep.running)


def _queue(sweep: Sweep) -> None:
    """The process that queues, as long as it lives."""
    if st.button("End the queue", icon=":material/stop:", key="end-grid"):
        end_sweep(sweep)
        st.rerun()
    section.hint(
        "One run is trained at a time and the next one waits, whether or not this page stays open."
        " At the end of the queue the runs that were started go on: stop them in Runs."
    )
    _open_runs()


def _offer(grid: Grid, text: str, stand: GridStand, sweep: Sweep | None) -> None:
    """The button for what is missing, and how the last queue ended."""
    count = stand.missing
    st.button(
        f"Queue {count:,} run{'s' * (count != 1)}" if count else "Nothing is missing",
        type="primary",
        key="start-grid",
        icon=":material/playlist_add:",
        disabled=not count,
        on_click=_begin,
        args=(grid, text),
    )
    refused = st.session_state.get(REFUSED) or (sweep.error if sweep and count else "")
    if refused:
        section.error(refused)
    elif sweep is not None and count:
        section.hint(
            f"The last queue ended before all was done (see {sweep.log}); a new one goes on with "
            "the rest."
        )
    elif count:
        section.hint(
            "They run in processes that outlive this page and the app, as many at a time as the "
            "machine suffices for."
        )
    if stand.done or stand.live:
        _open_runs()


def _begin(grid: Grid, text: str) -> None:
    st.session_state[REFUSED] = None
    try:
        shared.refuse(shared.TRAINING)
        start_sweep(grid, text)
    except ClferError as error:
        st.session_state[REFUSED] = str(error)


def _open_runs() -> None:
    page = st.Page(lambda: None, title="Runs", url_path="runs")
    st.page_link(page, label="Runs", icon=":material/list_alt:")


def _table(stand: GridStand) -> None:
    with st.container(key="card-train-grid-table", border=True):
        section.title(
            "Validation accuracy",
            "Of each run's best epoch: mean and standard deviation over the seeds that are done.",
        )
        st.dataframe(
            settings_as_text(stand.table),
            hide_index=True,
            placeholder="",
            key="grid-table",
            column_config={
                "n": st.column_config.NumberColumn("Seeds", help="Runs that are done."),
                "mean": st.column_config.NumberColumn("Mean", format="percent"),
                "std": st.column_config.NumberColumn(
                    "SD", format="percent", help="Of the sample; empty for fewer than two seeds."
                ),
            },
            alt=f"Validation accuracy of {len(stand.table)} settings.",
        )
        st.download_button(
            "CSV",
            sweep_csv(stand.table),
            file_name="grid.csv",
            mime="text/csv",
            key="grid-csv",
            icon=":material/download:",
        )
