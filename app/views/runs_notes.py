"""What people write about a run, and its removal."""

import streamlit as st

import shared
import state
from clfer.errors import ClferError
from clfer.runs.control import delete
from clfer.runs.record import Notes, Run, save_notes
from components import section

DOOMED = "runs.doomed"
"""Name of the run whose removal waits for a second click."""


def render(run: Run) -> None:
    """Draw the fields and the button."""
    section.title("Notes", "Kept in the folder of the run; tags filter the table.")
    keys = {name: f"runs.{name}.{run.name}" for name in ("title", "tags", "text")}
    for name, key in keys.items():
        value = getattr(run.notes, name)
        st.session_state.setdefault(key, list(value) if name == "tags" else value)

    def save() -> None:
        title, tags, text = (st.session_state[key] for key in keys.values())
        try:
            shared.refuse(shared.RUNS)
            save_notes(run.path, Notes(title=title.strip(), text=text, tags=tuple(tags)))
        except ClferError as error:
            section.error(error)
        except OSError as error:
            section.error(f"The notes cannot be saved: {error.strerror}.")

    st.text_input("Title", key=keys["title"], placeholder=run.name, on_change=save)
    st.multiselect(
        "Tags",
        sorted({*run.notes.tags, *st.session_state[keys["tags"]]}),
        key=keys["tags"],
        accept_new_options=True,
        placeholder="Type a tag",
        on_change=save,
    )
    st.text_area("Notes", key=keys["text"], height=96, on_change=save)
    _delete(run)


def _delete(run: Run) -> None:
    if st.session_state.get(DOOMED) != run.name:
        if st.button(
            "Delete this run",
            icon=":material/delete:",
            key="runs.delete",
            disabled=run.status.live,
            help="Stop it first." if run.status.live else None,
        ):
            st.session_state[DOOMED] = run.name
            st.rerun()
        return
    section.hint(
        f"Delete {run.name} with all its epochs, metrics and notes? A checkpoint promoted from it "
        "stays."
    )
    with st.container(horizontal=True, key="run-delete"):
        if st.button("Delete for good", icon=":material/delete:", key="runs.delete.sure"):
            _remove(run)
        if st.button("Keep", key="runs.delete.keep"):
            st.session_state[DOOMED] = None
            st.rerun()


def _remove(run: Run) -> None:
    try:
        delete(run.path)
    except (ClferError, OSError) as error:
        section.error(error)
        return
    st.session_state[DOOMED] = st.session_state[state.RUN] = None
    st.rerun()
