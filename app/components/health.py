"""The health line at the foot of the sidebar: models loaded, device, memory, open sessions."""

from functools import cache
from html import escape
from pathlib import Path

import psutil
import streamlit as st
from streamlit import runtime

import resources
import state
from shared import is_shared

GB = 2**30
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
_OPEN = "active_sessions"
"""What Streamlit's own figures call the browsers that are connected."""


def render() -> None:
    """Draw the line; called when the view is drawn, which loads the models."""
    with st.sidebar:
        st.html(_line())


def _line() -> str:
    names = resources.loaded()
    parts = [_models(names), _memory()]
    if is_shared():
        parts.append(_sessions())
    dot = "" if names else ' class="clfer-idle"'
    title = f"Loaded: {', '.join(names)}." if names else "A model is loaded when a view needs it."
    return (
        f'<p class="clfer-health" title="{escape(title)}"><i{dot}></i>'
        f"{escape(' · '.join(parts))}</p>"
    )


def _models(names: list[str]) -> str:
    """Which of A and B are in memory, and on what they run."""
    keys = {"A": state.MODEL_A, "B": state.MODEL_B}
    found = [side for side, key in keys.items() if st.session_state.get(key) in names]
    device = str(st.session_state.get(state.DEVICE, ""))
    where = "CPU" if device == "cpu" else device.replace("cuda:", "GPU ")
    return f"{', '.join(found)} on {where}" if found else "No model loaded"


def _memory() -> str:
    used = psutil.Process().memory_info().rss / GB
    return f"{used:.1f} of {_total() / GB:.0f} GB"


@cache
def _total() -> int:
    """Memory of this machine, or of the container that the app may use."""
    total = int(psutil.virtual_memory().total)
    try:
        return min(total, int(_CONTAINER_LIMIT.read_text("ascii")))
    except (OSError, ValueError):
        return total  # no container, or "max"


def _sessions() -> str:
    """How many browsers are connected."""
    figures = runtime.get_instance().stats_mgr.get_stats([_OPEN]) if runtime.exists() else {}
    count = sum(int(getattr(figure, "value", 0)) for figure in figures.get(_OPEN, ())) or 1
    return f"{count:,} session{'s' * (count != 1)}"
