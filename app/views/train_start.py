"""The right side of the Train view: what will run, what it takes, the start, and config.yaml."""

import psutil
import streamlit as st

import shared
import state
from clfer.config import Config
from clfer.config.written import differences, marked_yaml
from clfer.errors import ClferError
from clfer.runs.launch import Launch, config_hash, start
from clfer.runs.record import Run, list_runs
from clfer.training.estimate import Estimate, spoken_memory, spoken_time
from clfer.training.face_counts import FaceCounts
from clfer.training.probe import probe_request
from components import facts, section, work
from components.plain import plain
from components.sidebar import dataset_title
from views import train_setup
from views.train_setup import Setup, spoken_epochs

STARTED, REFUSED = "train-started", "train-refused"
"""Name of the run started last, and why a start was refused; of this session."""

CODE_HEIGHT = 430


def render(setup: Setup) -> None:
    """Draw both cards."""
    config = setup.config
    with st.container(key="card-train-run", border=True):
        if config is None:
            section.title("What will run", "Mend the field that is marked, then it can start.")
        else:
            section.title(config.method, _line(config, None if setup.problem else setup.counts))
        if setup.problem and not setup.card:
            st.info(plain(setup.problem), icon=":material/info:")
        if config is not None and setup.counts is not None and not setup.problem:
            _estimate(config, setup.counts, train_setup.launch())
        _start(setup)
    if config is not None:
        _file(config, setup.base)


def _line(config: Config, counts: FaceCounts | None) -> str:
    name, train = dataset_title(config.data.name), config.train
    said = f"{name}: {spoken_epochs(train.epochs)}, the last at {train.final_side} px"
    if counts is None:
        return f"{said}."
    return f"{said}, {counts.steps(config):,} steps of {train.batch} faces in each."


def _estimate(config: Config, counts: FaceCounts, launch: Launch) -> None:
    """Time and memory; until this machine was probed, the button for it."""
    request = probe_request(config, counts.classes, launch.device, launch.precision, launch.threads)
    arrays = work.result(
        request, "Timing some steps on this machine", button="Estimate", key="probe"
    )
    if arrays is None:
        section.hint("Time and memory, from a few real steps: half a minute or less.")
        return
    found = Estimate.of(arrays, config, counts)
    rows = [
        ("Time", f"{spoken_time(found.seconds)} ({found.range_in_words})"),
        ("Memory", spoken_memory(found.memory)),
        ("A step", found.steps_in_words),
    ]
    if found.device_memory:
        rows.insert(2, ("GPU memory", spoken_memory(found.device_memory)))
    facts.show(rows, label="Estimate of time and memory")
    section.hint(found.source)
    shortage = found.shortage(psutil.virtual_memory().available)
    if shortage:
        st.warning(shortage, icon=":material/memory:")


def _start(setup: Setup) -> None:
    same = [] if setup.config is None else _same(setup.config)
    st.button(
        "Start once more" if same else "Start",
        type="primary",
        key="start-train",
        icon=":material/play_arrow:",
        disabled=bool(setup.problem),
        on_click=_begin,
        args=(setup.config, train_setup.launch(), len(same)),
    )
    refused = st.session_state.get(REFUSED)
    if refused:
        section.error(refused)
    if not same:
        section.hint("It runs in a process of its own, whether or not this page stays open.")
        return
    run = same[0]
    if run.name == st.session_state.get(STARTED):
        st.success(f"{plain(run.name)} is {run.status.state}.", icon=":material/check:")
    else:
        section.hint(f"Exactly this was started before: {run.name}, {run.status.state}.")
    if st.button("Open it in Runs", key="open-run", icon=":material/list_alt:"):
        st.session_state[state.RUN] = run.name
        # Streamlit tells pages by their path in the address alone.
        st.switch_page(st.Page(lambda: None, title="Runs", url_path="runs"))


def _begin(config: Config, launch: Launch, known: int) -> None:
    """Start, unless a second click on the same button has done so already."""
    st.session_state[REFUSED] = None
    if len(_same(config)) != known:
        return
    try:
        shared.refuse(shared.TRAINING)
        st.session_state[STARTED] = start(config, launch).name
    except ClferError as error:
        st.session_state[REFUSED] = str(error)


def _same(config: Config) -> list[Run]:
    """Runs of exactly this configuration, the newest first."""
    wanted = config_hash(config)
    return [run for run in list_runs()[0] if config_hash(run.config) == wanted]


def _file(config: Config, base: Config) -> None:
    changed = differences(config, base)
    count = len(changed)
    line = f"As preset {base.preset} has it."
    if count:
        line = f"{count} value{'s' * (count > 1)} other than preset {base.preset}, marked by #."
    with st.container(key="card-train-file", border=True):
        section.title("config.yaml", line)
        st.code(marked_yaml(config, base), language="yaml", height=CODE_HEIGHT)
