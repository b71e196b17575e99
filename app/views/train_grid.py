"""The grid of the Train view: lists of values, or the file that ``clfer sweep`` reads."""

from collections.abc import Mapping

import streamlit as st

import state
from clfer.config import Config
from clfer.config.parameters import CLBS, CLFM, CLUSTERS, FD, MSR, RATE, Parameter, plain
from clfer.errors import ClferError
from clfer.runs.grid import Grid, parse_grid
from clfer.runs.grid_text import grid_text
from components import section
from views import train_grid_runs, train_setup
from views.train_setup import Setup, field, key

LISTS, FILE = "Lists of values", "File of clfer sweep"
KIND, TEXT, WRITTEN = "grid.kind", "grid.text", "grid.written"
"""How the grid is said, the text of the file, and the text that the lists gave last."""

SEEDS = "grid.seeds"
SWITCHES = (MSR, CLFM, CLBS)
WEIGHTS = {"clfm.alpha": "α₁, α₂, α₃", "clbs.beta": "β₁, β₂, β₃"}
NUMBERS: Mapping[str, str] = {part.key: part.label for part in (CLUSTERS, FD, RATE)} | WEIGHTS
EXAMPLES = {
    CLUSTERS.key: "2, 4, 8",
    FD.key: "32, 64",
    RATE.key: "0.001, 0.002",
    "clfm.alpha": "[0.2, 0.1, 0.05], [0, 0, 0]",
    "clbs.beta": "[0.2, 0.1, 0.05], [0, 0, 0]",
}
SOURCE = "The grid"
FILE_HEIGHT = 330


def render(setup: Setup) -> None:
    """Draw the grid, and beside it what it means and how far it is."""
    _adopt()
    said, meant = st.columns([1.55, 1], gap="medium")
    with said, st.container(key="card-train-grid", border=True):
        section.title(
            "Grid of runs", "Every combination of the listed values is trained with every seed."
        )
        st.segmented_control(
            "How the grid is said",
            (LISTS, FILE),
            key=key(KIND),
            required=True,
            on_change=_hand_over,
            label_visibility="collapsed",
        )
        text = _lists(setup) if field(KIND) == LISTS else _file()
        grid = None if text is None else _read(text)
    with meant:
        train_grid_runs.render(grid, text or "")


def _adopt() -> None:
    names = (SEEDS, TEXT, WRITTEN, *(_of(name) for name in NUMBERS))
    first: dict[str, object] = (
        {KIND: LISTS} | dict.fromkeys(names, "") | {_of(s.key): [] for s in SWITCHES}
    )
    for name, value in first.items():
        st.session_state.setdefault(key(name), value)


def _of(name: str) -> str:
    """Name of the field that lists the values of a configuration key."""
    return f"grid.{name}"


def _lists(setup: Setup) -> str | None:
    """The fields; returns the file that they make, None while the one run has a problem."""
    config = setup.config
    if config is None or setup.problem:
        section.hint("What all runs have in common is set under One run, and that is refused yet:")
        section.error(setup.problem)
        return None
    section.hint("What is left empty keeps its value of One run, where all else is set as well.")
    _switches(config)
    columns = st.columns(2, gap="medium")
    for i, (name, label) in enumerate(NUMBERS.items()):
        columns[i % 2].text_input(
            label,
            key=key(_of(name)),
            placeholder=f"{plain(config, name)}",
            help=f"Values with commas between them, e.g. `{EXAMPLES[name]}`. Key: `{name}`.",
        )
    columns[1].text_input(
        "Seeds",
        key=key(SEEDS),
        placeholder=f"{config.seed}",
        help="Whole numbers with commas between them, e.g. `0, 1, 2`.",
    )
    varied = {s.key: ", ".join(map(str.lower, field(_of(s.key)))) for s in SWITCHES}
    varied |= {name: field(_of(name)) for name in NUMBERS}
    text = grid_text(config, setup.base, varied, field(SEEDS), train_setup.launch())
    st.session_state[key(WRITTEN)] = text
    st.code(text, language="yaml")
    return text


def _switches(config: Config) -> None:
    for column, part in zip(st.columns(3, gap="medium"), SWITCHES, strict=True):
        column.pills(
            _switch_label(part, config),
            ("True", "False"),
            key=key(_of(part.key)),
            selection_mode="multi",
            format_func={"True": "on", "False": "off"}.__getitem__,
            help=part.help,
        )


def _switch_label(part: Parameter, config: Config) -> str:
    return f"{part.label} ({'on' if plain(config, part.key) else 'off'})"


def _file() -> str:
    section.hint("Any key of config.yaml can vary: the same text is a file for 'clfer sweep FILE'.")
    text: str = st.text_area(
        "File of the grid", key=key(TEXT), height=FILE_HEIGHT, label_visibility="collapsed"
    )
    st.button(
        "Take the lists again",
        key="reset-grid",
        icon=":material/restart_alt:",
        on_click=_hand_over,
        args=(True,),
        disabled=text == field(WRITTEN),
    )
    return text


def _hand_over(again: bool = False) -> None:
    """Begin the file with what the lists say, unless it was edited."""
    session = st.session_state
    if again or session[key(TEXT)] in ("", session.get(_TAKEN, "")):
        session[key(TEXT)] = session[_TAKEN] = session[key(WRITTEN)]


_TAKEN = key("grid.taken")


def _read(text: str) -> Grid | None:
    """The grid, every configuration checked; else the sentence on what is refused."""
    try:
        return state.remembered(("grid", text), lambda: parse_grid(text, SOURCE))
    except ClferError as error:
        section.error(error)
        return None
