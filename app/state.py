"""Session state: every shared key in one place, the address, the theme, a memory per user.

Photos and all that is derived from them live here, in the memory of one user's session, and
nowhere else: not in Streamlit's shared caches, not in the address, not on disk.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar, cast

import streamlit as st
from streamlit.errors import StreamlitAPIException

Theme = Literal["light", "dark"]
Value = TypeVar("Value")
Arguments = ParamSpec("Arguments")

# Kept over a change of view and written to the address, so that a view can be shared.
MODEL_A = "a"
MODEL_B = "b"
DATASET = "data"
SPLIT = "split"
EPOCH = "epoch"
BLOCK = "block"
FACE = "face"
SAMPLE = "sample"
PANEL = "panel"
CELL = "cell"
SPACE = "space"
PROJECTION = "projection"
RUN = "run"
ITEM = "item"
PRESET = "preset"
ADDRESS = (
    MODEL_A,
    MODEL_B,
    DATASET,
    SPLIT,
    EPOCH,
    BLOCK,
    FACE,
    SAMPLE,
    PANEL,
    CELL,
    SPACE,
    PROJECTION,
    RUN,
    ITEM,
    PRESET,
)

# Kept over a change of view, but never in the address.
DEVICE = "device"
ROOTS = "roots"
SOURCE = "face.source"
REGION = "face.region"
ACROSS = "face.across"
DOWN = "face.down"
SIZE = "face.size"
PHOTO = "face.photo"
GIVEN = "face.given"
FACE_SEEN = "face.seen"
FACE_LEFT = "face.left"
WHAT_IF = {
    name: f"what_if.{name}"
    for name in (
        "rotation",
        "patch",
        "across",
        "down",
        "brightness",
        "contrast",
        "blur",
        "resolution",
        "side",
        "kind",
    )
}
EMBEDDINGS = {name: f"embeddings.{name}" for name in ("colour", "thumbnails", "arrows", "place")}
TRAIN = "train."
"""How the keys of the Train view's fields begin; all of them are kept."""

PICKED = "picked"
PICKED_WHY = "picked.why"
COLUMNS = "semantics.columns"
INTENSITY_LOSS = "intensity.loss"
INTENSITY_MEASURE = "intensity.measure"
INTENSITY_MORE = "intensity.more"
ATTENTION_FACES = "attention.faces"
ATTENTION_BY = "attention.by"
ATTENTION_WEIGHT = "attention.weight"
ATTENTION_CELL = "attention.cell"
CONFUSION_MEASURE = "confusion.measure"
CONFUSION_THRESHOLD = "confusion.threshold"
RUNS = {name: f"runs.{name}" for name in ("selected", "states", "methods", "datasets", "tags")}
KEPT = (
    DEVICE,
    ROOTS,
    SOURCE,
    REGION,
    ACROSS,
    DOWN,
    SIZE,
    PHOTO,
    GIVEN,
    FACE_SEEN,
    FACE_LEFT,
    PICKED,
    PICKED_WHY,
    COLUMNS,
    INTENSITY_LOSS,
    INTENSITY_MEASURE,
    INTENSITY_MORE,
    ATTENTION_FACES,
    ATTENTION_BY,
    ATTENTION_WEIGHT,
    ATTENTION_CELL,
    CONFUSION_MEASURE,
    CONFUSION_THRESHOLD,
    *EMBEDDINGS.values(),
    *RUNS.values(),
    *WHAT_IF.values(),
)

UPLOAD = "face.upload"
CAMERA = "face.camera"
NARROW = "narrow"
UNSETTLED = "address"
MEMORY = "memory"

REMEMBERED = 64
"""Results kept per session; the oldest goes first."""


def theme() -> Theme:
    """The theme the browser shows; light until it has said so."""
    return "dark" if st.context.theme.type == "dark" else "light"


def narrow() -> bool:
    """Whether the page is as narrow as a phone."""
    return bool(st.session_state.get(NARROW, False))


def remembered(key: Hashable, compute: Callable[[], Value], kept: int = REMEMBERED) -> Value:
    """The result of ``compute`` for this key, computed once per session.

    Args:
        key: All that the result depends on, the checkpoint's sha256 included.
        compute: Called when the session does not remember the key.
        kept: How many results whose key begins with the same word are kept; fewer where each
            takes much memory.
    """
    memory: OrderedDict[Hashable, object] = st.session_state.setdefault(MEMORY, OrderedDict())
    if key not in memory:
        memory[key] = compute()
    memory.move_to_end(key)
    alike = [old for old in memory if kept < REMEMBERED and _word(old) == _word(key)]
    for old in alike[:-kept]:
        del memory[old]
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
    return cast("Value", memory[key])


def _word(key: Hashable) -> Hashable:
    return key[0] if isinstance(key, tuple) else key


def keep() -> None:
    """Keep what was chosen although its widget is not on this view; called first in a run.

    Streamlit forgets the value of a widget that a run does not draw, unless it is set anew. A
    widget that this run has drawn already cannot be set, and need not be.
    """
    fields = [key for key in st.session_state if str(key).startswith(TRAIN)]
    for key in (*ADDRESS, *KEPT, *fields):
        if key in st.session_state:
            with suppress(StreamlitAPIException):
                st.session_state[key] = st.session_state[key]
    # A change of view empties the address; what no view has settled yet must outlive that.
    said = {key: value for key, value in st.query_params.to_dict().items() if key in ADDRESS}
    st.session_state[UNSETTLED] = st.session_state.get(UNSETTLED, {}) | said


def fragment(
    function: Callable[Arguments, None], run_every: float | None = None
) -> Callable[Arguments, None]:
    """``st.fragment`` for parts of a page with widgets whose choice outlives a change of view.

    Streamlit lets go of all widgets when the view changes, but for what the last run set, and
    that may have been a run of a fragment.
    """

    @wraps(function)
    def kept(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        keep()
        function(*args, **kwargs)

    return st.fragment(kept, run_every=run_every)


def adopt(key: str, allowed: Sequence[Any] | None, default: Any) -> Any:
    """Settle the value of a key before its widget is drawn, and return it.

    What the session holds comes first, then the address, then the default; a value that is not
    allowed gives way to the default.

    Args:
        key: One of :data:`ADDRESS` or :data:`KEPT`.
        allowed: The possible values; None for any text.
        default: Taken where nothing else is said.
    """
    value = st.session_state[key] if key in st.session_state else _from_address(key, allowed)
    possible = value is not None and (allowed is None or value in allowed)
    if not possible or key not in st.session_state:
        st.session_state[key] = value = value if possible else default
    return value


def share() -> None:
    """Write what was chosen to the address; called last in a run, and by widgets in fragments."""
    settled = {key: st.session_state[key] for key in ADDRESS if key in st.session_state}
    said = st.session_state.get(UNSETTLED, {}) | settled
    wanted = {key: str(value) for key, value in said.items() if value not in (None, "")}
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)


def _from_address(key: str, allowed: Sequence[Any] | None) -> Any:
    text = st.session_state.get(UNSETTLED, {}).get(key)
    if text is None or allowed is None:
        return text
    return next((value for value in allowed if str(value) == text), None)
