"""What the fields of the Train view say: a configuration, or the sentence that is in the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

import folders
import resources
import state
from clfer.config import Config, DataConfig, load_preset
from clfer.config.parameters import MODE, PARAMETERS, SIZES, lines, named, override, overrides
from clfer.config.written import read_sizes, write_sizes
from clfer.data import needs_root
from clfer.errors import ClferError
from clfer.runs.launch import Launch
from clfer.training.face_counts import FaceCounts, count_faces
from components.sidebar import dataset_title

PRESET, DATASET, MORE = "preset", "dataset", "more"
DEVICE, PRECISION, THREADS = "device", "precision", "threads"
FIRST_PRESET = "quick"
PRECISIONS = {
    "auto": "chosen by the device",
    "32-true": "float32",
    "bf16-mixed": "bfloat16, mixed",
    "16-mixed": "float16, mixed",
}
_METHOD = ("model", "clfm", "clbs", "scn", "simsiam", "rul", "eac")
CARDS = {"data": "data"} | dict.fromkeys(_METHOD, "method")
"""Card of the form by section; the rest lies in "training"."""


@dataclass(frozen=True)
class Setup:
    """What the form holds.

    Attributes:
        base: The preset.
        config: The configuration; None while a field is refused.
        counts: The faces of the run; None while they cannot be counted.
        problem: The sentence that is in the way of a start; empty if nothing is.
        card: The card of the form that the sentence belongs to; empty for none.
    """

    base: Config
    config: Config | None
    counts: FaceCounts | None
    problem: str = ""
    card: str = ""

    def problem_of(self, card: str) -> str:
        """The sentence to show in a card; empty if it belongs elsewhere."""
        return self.problem if self.card == card else ""


def key(name: str) -> str:
    """The key of a field in the session; such keys outlive a change of view."""
    return f"{state.TRAIN}{name}"


def field(name: str) -> Any:
    """What a field holds."""
    return st.session_state[key(name)]


def adopt() -> None:
    """Fill the fields that hold nothing yet: at first all of them."""
    device = resources.devices()[0]
    first = {PRESET: FIRST_PRESET, DEVICE: device, PRECISION: "32-true", THREADS: None}
    for name, value in first.items():
        st.session_state.setdefault(key(name), value)
    for name, value in _preset_values().items():
        st.session_state.setdefault(key(name), value)


def fill() -> None:
    """Set all fields back to what the chosen preset says."""
    for name, value in _preset_values().items():
        st.session_state[key(name)] = value


def launch() -> Launch:
    """How the run is executed."""
    return Launch(field(DEVICE), field(PRECISION), field(THREADS))


def current() -> Setup:
    """The configuration that the fields describe, checked on the spot."""
    base, more = load_preset(field(PRESET)), lines(field(MORE))
    counts: FaceCounts | None = None
    try:
        config = load_preset(field(PRESET), [*overrides(_values(), base), *_data(), *more])
    except ClferError as error:
        return Setup(base, None, None, *_explained(error))
    if config.data.root is None and needs_root(config.data.name):
        title = dataset_title(config.data.name)
        return Setup(base, config, None, f"Choose the {title} folder in the card Data to start.")
    try:
        stamp = folders.stamp(config.data.root)
        counts = _counts(config.data.model_dump_json(), config.seed, stamp)
        counts.steps(config)
    except ClferError as error:
        said, card = _explained(error)
        return Setup(base, config, counts, said, card if counts else "data")
    return Setup(base, config, counts)


def spoken_epochs(count: int) -> str:
    """A number of epochs in words."""
    return f"{count:,} epoch{'s' * (count != 1)}"


def _preset_values() -> dict[str, Any]:
    base = load_preset(field(PRESET))
    values = {parameter.name: parameter.value(base) for parameter in PARAMETERS}
    written = {SIZES.name: write_sizes(values[SIZES.name])}
    return values | written | {DATASET: base.data.name, MORE: ""}


def _values() -> Mapping[str, Any]:
    values = {parameter.name: field(parameter.name) for parameter in PARAMETERS}
    values[SIZES.name] = read_sizes(values[SIZES.name])
    if field(DATASET) != "ferplus":
        values[MODE.name] = "majority"  # no other data set has votes, and no field is drawn
    return values


def _data() -> list[str]:
    name = field(DATASET)
    return [override("data.name", name), override("data.root", folders.root(name))]


def _explained(error: ClferError) -> tuple[str, str]:
    """The sentence of an error, the field's label first, and the card that the field lies in."""
    said = str(error).removeprefix(f"Configuration '{field(PRESET)}': ")
    parameter = named(said)
    if parameter is None:
        return said, "more" if field(MORE).strip() else ""
    card = CARDS.get(parameter.key.split(".")[0], "training")
    return f"{parameter.label.split(',')[0]}: {said}", card


@st.cache_resource(max_entries=16, show_spinner="Counting the faces")
def _counts(data: str, seed: int, stamp: int) -> FaceCounts:
    return count_faces(DataConfig.model_validate_json(data), seed)
