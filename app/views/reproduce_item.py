"""One item: the folders it needs, start and stop, how far it is, and what it yielded."""

import streamlit as st

import shared
import state
from clfer.errors import ClferError
from clfer.experiments import background
from clfer.experiments.size_words import training_in_words
from clfer.experiments.standing import Standing
from clfer.work.forecasting import forecast_of, forecast_request
from components import root, section, work
from components.sidebar import dataset_title
from views import reproduce_data, reproduce_results

PULSE = 1.0
"""Seconds between two looks at the item that is shown."""

LOG_LINES = 7
LOG_HEIGHT = 190
REFUSED, STOPPED = "reproduce.refused", "reproduce.stopped"
"""The item that could not be started, with the reason, and the one asked to stop; of this
session."""


def render(one: Standing) -> None:
    """Draw the cards of an item."""
    with st.container(key="card-reproduce-item", border=True):
        section.title(f"{one.item.where}: {one.item.title}", f"{_capital(one.in_words)}.")
        if one.of_its_own_size:
            config = one.steps[0].run.config
            section.hint(f"Its runs: {training_in_words(config)}, {config.data.mode} labels.")
        absent = [] if shared.is_shared() else _folders(one)
        if one.running or one.live:
            state.fragment(_pulse, run_every=PULSE)(one)
        if shared.is_shared():
            section.hint(shared.ITEMS)
        elif not one.running:
            _start(one, absent)
        st.code(_command(one), language="bash", wrap_lines=True)
    reproduce_results.render(one)


def _folders(one: Standing) -> list[str]:
    """Fields for the data sets of its runs; returns those of which no folder is known."""
    known = reproduce_data.roots()
    columns = st.columns(2, gap="medium") if len(one.folders_of) > 1 else [st.container()]
    for place, name in enumerate(one.folders_of):
        with columns[place % len(columns)]:
            title = dataset_title(name)
            section.hint(
                f"{title}:" if name in known else f"{title} is missing: say where it lies to start."
            )
            root.ask(name, "reproduce")
    return [name for name in one.folders_of if name not in known]


def _pulse(one: Standing) -> None:
    """Progress and log: all that changes between two runs."""
    with st.container(horizontal=True, vertical_alignment="center", key="reproduce-progress"):
        runs = f"{one.done} of {one.total} runs done"
        st.progress(one.share, text=runs if one.done < one.total else "Scoring and writing")
        if one.running and not shared.is_shared():
            asked = st.session_state.get(STOPPED) == _which(one)
            st.button(
                "Stop",
                icon=":material/stop:",
                key="reproduce-stop",
                disabled=asked,
                help="After the running step." if asked else None,
                on_click=_stop,
                args=(one,),
            )
    if one.now:
        st.code("\n".join(one.now), language=None, wrap_lines=True)
    if one.running:
        _log(one)
    elif one.live:
        section.hint("These runs go on in processes of their own: stop them in Runs.")
        _open_runs()


def _start(one: Standing, absent: list[str]) -> None:
    """The button, and how the last process ended."""
    st.button(
        _label(one),
        type="primary" if one.missing or one.written is None else "secondary",
        icon=":material/play_arrow:",
        key="reproduce-start",
        disabled=bool(absent),
        on_click=_begin,
        args=(one,),
    )
    item, refused = st.session_state.get(REFUSED) or (None, "")
    if item == _which(one):
        section.error(refused)
    elif one.failure:
        section.error(one.failure)
        _log(one)
    if one.missing and not absent:
        section.hint("They run in a process that outlives this page.")
        _estimate(one)


def _estimate(one: Standing) -> None:
    """Time and memory of what is missing; until this machine was probed, the button for it."""
    arrays = work.result(
        forecast_request(one, reproduce_data.roots()),
        "Timing some steps on this machine",
        button="Estimate time and memory",
        key="forecast",
    )
    if arrays is not None:
        section.hint(forecast_of(arrays).sentence)


def _log(one: Standing) -> None:
    lines = background.log_tail(*_which(one), LOG_LINES)
    text = shared.without_paths("\n".join(lines)) or "Nothing logged yet."
    st.code(text, language=None, height=LOG_HEIGHT, wrap_lines=True)


def _label(one: Standing) -> str:
    if not one.missing:
        return "Write" if one.written is None else "Write again"
    if one.missing < one.total:
        return f"Train the other {one.missing} and write"
    return f"Train {one.total} run{'s' * (one.total > 1)} and write"


def _begin(one: Standing) -> None:
    st.session_state[REFUSED] = st.session_state[STOPPED] = None
    try:
        shared.refuse(shared.ITEMS)
        background.start(*_which(one), reproduce_data.roots())
    except ClferError as error:
        st.session_state[REFUSED] = (_which(one), str(error))


def _stop(one: Standing) -> None:
    if shared.is_shared():
        return
    st.session_state[STOPPED] = _which(one)
    background.stop(*_which(one))


def _which(one: Standing) -> tuple[str, str]:
    return one.item.name, one.scale


def _command(one: Standing) -> str:
    known = {} if shared.is_shared() else reproduce_data.roots()
    roots = "".join(f" --root {name}={known.get(name, 'FOLDER')}" for name in one.folders_of)
    return f"clfer reproduce {one.item.name} --preset {one.scale}{roots}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _open_runs() -> None:
    page = st.Page(lambda: None, title="Runs", url_path="runs")
    st.page_link(page, label="Runs", icon=":material/list_alt:")
