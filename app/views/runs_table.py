"""The table of all runs with its filters; what is selected in it lies in the session."""

from collections.abc import Sequence

import streamlit as st

import state
from clfer.analysis.run_list import RunFilter, filter_choices, run_table
from clfer.runs.record import Run
from components import section
from components.sidebar import DATASET_TITLES, dataset_title

FILTERS = {"states": "State", "methods": "Method", "datasets": "Data", "tags": "Tag"}


def render(runs: Sequence[Run]) -> list[Run]:
    """Draw the filters and the table; returns the selected runs, whatever the filters hide."""
    section.title(
        "All runs",
        f"{len(runs)} in all; select one to look at it, several to lay their curves over each "
        "other.",
    )
    wanted = _filters(runs)
    shown = [run for run in runs if wanted.passes(run)]
    selected = _selected(runs)
    if not shown:
        section.hint("No run passes these filters: clear one of them.")
        return selected
    _table(shown, [run.name for run in selected])
    return selected


def _filters(runs: Sequence[Run]) -> RunFilter:
    choices = filter_choices(runs)
    found = {}
    with st.container(key="runs-filters", horizontal=True, gap="small"):
        for name, label in FILTERS.items():
            key, options = state.RUNS[name], getattr(choices, name)
            known = [value for value in state.adopt(key, None, []) if value in options]
            st.session_state[key] = known
            chosen = st.multiselect(
                label,
                options,
                key=key,
                disabled=not options,
                placeholder="All",
                format_func=dataset_title,
                width=150 if state.narrow() else 230,
            )
            found[name] = tuple(chosen)
    return RunFilter(**found)


def _selected(runs: Sequence[Run]) -> list[Run]:
    """The run of the address, else those that were selected together."""
    names = [run.name for run in runs]
    one = state.adopt(state.RUN, names, None)
    several = state.adopt(state.RUNS["selected"], None, [])
    wanted = [one] if one is not None else several
    return [run for run in runs if run.name in wanted]


def _table(shown: Sequence[Run], selected: list[str]) -> None:
    names = [run.name for run in shown]
    # Rows are selected by their place: other rows are another table.
    key = f"runs.table.{hash(tuple(names))}"

    def take() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        hidden = [name for name in selected if name not in names]
        chosen = [*hidden, *(names[row] for row in rows)]
        st.session_state[state.RUN] = chosen[0] if len(chosen) == 1 else None
        st.session_state[state.RUNS["selected"]] = chosen if len(chosen) > 1 else []

    st.dataframe(
        run_table(shown, DATASET_TITLES),
        hide_index=True,
        key=key,
        on_select=take,
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [i for i, name in enumerate(names) if name in selected]}
        },
        column_config={
            "Best validation": st.column_config.NumberColumn(
                format="%.2f %%", help="Accuracy on the validation faces after the best epoch."
            ),
            "Time": st.column_config.TextColumn(help="Of the finished epochs."),
        },
        alt=f"{len(shown)} runs with state, method, data, epochs and best validation accuracy.",
    )
