"""Choosing an epoch by a click on a curve: snapped to a kept snapshot, and said in words."""

from collections.abc import Callable, Sequence

import streamlit as st

import state
from clfer.analysis.histories import History
from clfer.analysis.shallow_gain import snapped
from clfer.figures.epoch_axis import EpochMarks
from components import chart, section
from selection import Selection
from views import learning_intensity_data as data

CLICKED = "intensity.clicked"
"""Epoch that was clicked last, and the kept one that it became."""

MOVED = "intensity.moved"
"""Set by a click in a fragment: the whole page must follow."""


def marks(chosen: Selection, histories: Sequence[History]) -> EpochMarks:
    """What the charts mark on their epoch axes."""
    return EpochMarks(data.chosen_epochs(chosen, histories), data.kept_epochs(chosen))


def clicked(key: str, chosen: Selection) -> Callable[[], None]:
    """The callback of a chart over epochs."""
    kept = data.kept_epochs(chosen)

    def choose() -> None:
        epochs = chart.selected(st.session_state[f"plot-{key}"])
        if not epochs or not kept:
            return
        wanted = int(epochs[0])
        st.session_state[state.EPOCH] = snapped(wanted, kept)
        st.session_state[CLICKED] = (wanted, st.session_state[state.EPOCH])
        st.session_state[MOVED] = True

    return choose


def follow() -> None:
    """Redraw the whole page after a click; called first in a fragment with a chart."""
    if st.session_state.pop(MOVED, False):
        st.rerun()


def say(chosen: Selection) -> None:
    """What the last click chose, as long as that epoch is looked at."""
    wanted, became = st.session_state.get(CLICKED, (None, None))
    if became is None or became != chosen.epoch:
        section.hint("A click on a point chooses its epoch, here and in the other views.")
    elif wanted == became:
        section.hint(f"Epoch {became} is looked at in all views that follow the epoch.")
    else:
        section.hint(
            f"No snapshot was kept after epoch {wanted}; the nearest one, epoch {became}, is "
            "looked at in all views that follow the epoch."
        )
