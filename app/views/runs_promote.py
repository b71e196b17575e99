"""From a run to a checkpoint, and from there into the pickers A and B."""

import streamlit as st

import folders
import resources
import state
from clfer.data import needs_root
from clfer.errors import ClferError
from clfer.models.library import CheckpointSummary
from clfer.runs.record import Run
from clfer.sides import Side
from clfer.training.run_folder import CONFIG
from clfer.work.promotion import forget, promote_request, promoted_folder
from clfer.work.results import find_result
from components import section, work
from components.sidebar import accuracy, dataset_title

OPENED = "runs.opened"
"""Run and side that were opened last."""

KEYS: dict[Side, str] = {"A": state.MODEL_A, "B": state.MODEL_B}


def render(run: Run) -> None:
    """Draw what the run can become, or became."""
    if run.best is None:
        section.title(
            "Checkpoint", "A run can be promoted to a checkpoint once its first epoch has ended."
        )
        return
    if run.is_record:
        section.title(
            "Checkpoint", "A record has no weights to make a checkpoint of. This trains it anew:"
        )
        command = f"clfer train --preset {run.path / CONFIG} --run FOLDER"
        place = " --root DATA" if needs_root(run.config.data.name) else ""
        st.code(command + place, language=None, wrap_lines=True)
        return
    # Asked before the checkpoint, which is in its place earlier than the result is on disk.
    done = find_result(promote_request(run)) is not None
    promoted = _promoted(run)
    best = run.best["epoch"]
    section.title(
        "Checkpoint",
        f"Epoch {best} is the best so far"
        + (
            "; promote it to open it as A or B in every view."
            if promoted is None
            else f"; epoch {promoted.card.epoch} was promoted."
        ),
    )
    if promoted is None or promoted.card.epoch != best:
        _offer(run, promoted, done)
    if promoted is not None:
        _open(run, promoted)


def _promoted(run: Run) -> CheckpointSummary | None:
    found = resources.installed().sound.get(run.name)
    return found if found is not None and found.folder == promoted_folder(run) else None


def _offer(run: Run, promoted: CheckpointSummary | None, done: bool) -> None:
    """The button for it; what was done before and is gone since can be done once more."""
    request = promote_request(run)
    if done:
        forget(request)
    found = work.result(
        request,
        "Promoting: reference centroids, evaluation, tables",
        button="Promote to a checkpoint" if promoted is None else "Promote the best epoch",
        key="promote",
    )
    if found is not None:
        st.rerun()  # it was promoted just now


def _open(run: Run, promoted: CheckpointSummary) -> None:
    share = accuracy(promoted.card.metrics.get("accuracy"))
    data = dataset_title(promoted.card.dataset)
    section.hint(f"{promoted.folder.name}: {share} on {data} validation.")
    with st.container(horizontal=True, key="run-open"):
        for side in KEYS:
            st.button(
                f"Open as {side}",
                icon=":material/open_in_new:",
                key=f"runs.open.{side}",
                on_click=_pick,
                args=(run, promoted, side),
            )
    name, side = st.session_state.get(OPENED, ("", ""))
    if name == run.name:
        section.hint(f"It is {side} now, on {data} valid; look at it in any view.")
        page = st.Page(lambda: None, title="Confusion", url_path="confusion")
        st.page_link(page, label="Confusion", icon=":material/grid_on:")


def _pick(run: Run, promoted: CheckpointSummary, side: Side) -> None:
    """Make it the model of a side, on the faces that it was validated on."""
    data = run.config.data
    session = st.session_state
    session[KEYS[side]] = promoted.folder.name
    session[state.DATASET], session[state.SPLIT] = data.name, "valid"
    session[OPENED] = (run.name, side)
    if needs_root(data.name) and data.root is not None:
        try:
            folders.set_root(data.name, data.root)
        except (ClferError, OSError) as error:
            section.error(error)
