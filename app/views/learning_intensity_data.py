"""Histories for the Learning intensity view: of A, B and what was added, in shared caches."""

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

import resources
import selection
import state
from clfer.analysis.curves import Curve, checkpoint_curve, find_runs, run_curve
from clfer.analysis.histories import MOST, History, compared
from clfer.errors import ClferError
from clfer.models.card import Card
from clfer.models.checkpoint import Checkpoint
from clfer.models.library import CheckpointSummary
from clfer.paths import runs_dir
from clfer.training.run_folder import METRICS
from components import section
from selection import Selection
from shared import is_shared

CHECKPOINT, RUN = "checkpoint ", "run "


def pick_more(chosen: Selection) -> list[Curve]:
    """Draw the field for further trainings, and read those that were chosen."""
    shown = {chosen.pair.a.folder.name, chosen.pair.b.folder.name}
    checkpoints = {
        f"{CHECKPOINT}{name}": summary
        for name, summary in resources.installed().sound.items()
        if name not in shown and (summary.folder / "history.parquet").is_file()
    }
    runs = {f"{RUN}{name}": folder for name, folder in find_runs(runs_dir()).items()}
    options = [*checkpoints, *runs]
    known = [label for label in state.adopt(state.INTENSITY_MORE, None, []) if label in options]
    st.session_state[state.INTENSITY_MORE] = known
    labels = st.multiselect(
        "More trainings",
        options,
        key=state.INTENSITY_MORE,
        max_selections=MOST,
        disabled=not options,
        placeholder="Add checkpoints or runs" if options else "No other training with a history",
        help="Trainings that differ in the seed alone are drawn as their mean with a band; two "
        "methods are never mixed." + ("" if is_shared() else f" Runs lie in {runs_dir()}."),
    )
    return list(_read(labels, checkpoints, runs))


def histories(chosen: Selection, more: list[Curve]) -> tuple[History, ...]:
    """A, B and further histories; draws a sentence for each model that has none."""
    own: dict[str, Curve | None] = {}
    for side, model in (("A", chosen.pair.a), ("B", chosen.pair.b)):
        own[side] = _of_model(model)
        if own[side] is None:
            section.hint(
                f"{side} ({model.card.title}) carries no history of its training: choose another "
                f"model {side} in the sidebar, or add a run under More trainings."
            )
    return compared(own["A"], own["B"], more)


def chosen_epochs(chosen: Selection, shown: Iterable[History]) -> dict[str, int]:
    """The epoch marked in each history: the one its model shows, or the one looked at."""
    marks = {side: selection.epoch_of(chosen, side) for side in ("A", "B")}
    if chosen.epoch is not None:
        marks |= {h.letter: chosen.epoch for h in shown if h.letter not in marks}
    return marks


def kept_epochs(chosen: Selection) -> tuple[int, ...]:
    """Epochs that the other views can show."""
    return selection.epochs(chosen.pair, chosen.dataset, chosen.split)


def _of_model(model: Checkpoint) -> Curve | None:
    try:
        return _checkpoint(str(model.folder), _stamp(model.folder, "history.parquet"), model.card)
    except ClferError as error:
        section.error(error)
        return None


def _read(
    labels: list[str], checkpoints: dict[str, CheckpointSummary], runs: dict[str, Path]
) -> Iterable[Curve]:
    for label in labels:
        try:
            if label in runs:
                name = label.removeprefix(RUN)
                yield _run(str(runs[label]), name, _stamp(runs[label], METRICS))
                continue
            summary = checkpoints[label]
            stamp = _stamp(summary.folder, "history.parquet")
            curve = _checkpoint(str(summary.folder), stamp, summary.card)
            if curve is not None:
                yield curve
        except ClferError as error:
            section.error(error)


def _stamp(folder: Path, name: str) -> int:
    """Changes with the file: a running training adds rows."""
    path = folder / name
    return path.stat().st_mtime_ns if path.is_file() else 0


@st.cache_resource(max_entries=32, show_spinner=False)
def _checkpoint(folder: str, stamp: int, _card: Card) -> Curve | None:
    return checkpoint_curve(Path(folder), _card)


@st.cache_resource(max_entries=64, show_spinner=False)
def _run(folder: str, name: str, stamp: int) -> Curve:
    return run_curve(Path(folder), name)
