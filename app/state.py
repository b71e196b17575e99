"""Session state: every key in one place, the chosen theme, and a bounded memory per user.

Photos and all that is derived from them live here, in the memory of one user's session, and
nowhere else: not in Streamlit's shared caches, not in the address, not on disk.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Literal, TypeVar, cast

import streamlit as st

Theme = Literal["light", "dark"]
Value = TypeVar("Value")

# Keys bound to the address: what was chosen survives a reload and can be shared.
MODEL_A = "a"
MODEL_B = "b"
DEVICE = "device"
PANEL = "panel"
BLOCK = "block"
SAMPLE = "sample"

# Keys of this session alone.
SOURCE = "face.source"
UPLOAD = "face.upload"
CAMERA = "face.camera"
REGION = "face.region"
PHOTO = "face.photo"
NARROW = "narrow"
MEMORY = "memory"

REMEMBERED = 48
"""Results kept per session; the oldest goes first."""


def theme() -> Theme:
    """The theme the browser shows; light until it has said so."""
    return "dark" if st.context.theme.type == "dark" else "light"


def narrow() -> bool:
    """Whether the page is as narrow as a phone."""
    return bool(st.session_state.get(NARROW, False))


def remembered(key: Hashable, compute: Callable[[], Value]) -> Value:
    """The result of ``compute`` for this key, computed once per session.

    Args:
        key: All that the result depends on, the checkpoint's sha256 included.
        compute: Called when the session does not remember the key.
    """
    memory: OrderedDict[Hashable, object] = st.session_state.setdefault(MEMORY, OrderedDict())
    if key not in memory:
        memory[key] = compute()
    memory.move_to_end(key)
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
    return cast("Value", memory[key])


def from_address(key: str, allowed: list[str], default: str) -> str:
    """A value of the address, if it is one of the allowed ones."""
    value = st.query_params.get(key, default)
    return value if value in allowed else default
