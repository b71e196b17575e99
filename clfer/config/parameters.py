"""The parameters that a form shows: where they lie, what they mean, what the paper chose."""

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from clfer.config.loading import load_preset
from clfer.config.run import Config

Values = Mapping[str, Any]
"""What a form holds, by :attr:`Parameter.name`."""


@dataclass(frozen=True)
class Parameter:
    """One field of a form.

    Attributes:
        key: Dotted key of the configuration.
        label: Short name, the paper's symbol where it has one.
        index: Which number of a key that holds three, counted from 0; None for the whole key.
        published: Whether the paper chose a value.
        note: The meaning where no section documents the key.
    """

    key: str
    label: str
    index: int | None = None
    published: bool = True
    note: str = ""

    @property
    def name(self) -> str:
        """Tells the fields apart: the key, with the number of the block where it has several."""
        return self.key if self.index is None else f"{self.key}.{self.index + 1}"

    @property
    def meaning(self) -> str:
        """What the parameter is, from the documentation of its section."""
        section, _, attribute = self.key.rpartition(".")
        return self.note or _meanings(section)[attribute]

    def value(self, config: Config) -> Any:
        """Its value in a configuration, as JSON has it."""
        whole = plain(config, self.key)
        return whole if self.index is None else whole[self.index]

    @property
    def help(self) -> str:
        """Meaning, the paper's value, and the key, in Markdown."""
        said = self.value(load_preset("paper")) if self.published else None
        paper = "" if said is None else f" Paper: {spoken(said)}."
        return f"{self.meaning}{paper} Key: `{self.key}`."


def _shallow(key: str, symbol: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(key, f"{symbol}{sub}", index) for index, sub in enumerate("₁₂₃"))


MSR = Parameter("model.msr", "MSR")
CLFM = Parameter("clfm.enabled", "CLFM")
CLBS = Parameter("clbs.enabled", "CLBS")
FD = Parameter("model.fd", "Dimension f_d")
CLUSTERS = Parameter("clfm.clusters", "Groups K")
ALPHA = _shallow("clfm.alpha", "α")
CLBS_FD = Parameter("clbs.fd", "Dimension f_d of the samples")
BETA = _shallow("clbs.beta", "β")
CENTRES = Parameter("clbs.centres", "Centres of CLBS")
SCN = Parameter("scn.enabled", "SCN", published=False)
SIMSIAM = Parameter("simsiam.enabled", "SimSiam", published=False)
RUL = Parameter("rul.enabled", "RUL", published=False)
EAC = Parameter("eac.enabled", "EAC", published=False)
MODE = Parameter("data.mode", "Label mode", published=False)
COUNT = Parameter("data.count", "Training faces", published=False)
SIZES = Parameter("train.sizes", "Image sizes, one phase a row: side x epochs")
BATCH = Parameter("train.batch", "Batch")
RATE = Parameter("train.learning_rate", "Learning rate")
SEED = Parameter(
    "seed",
    "Seed",
    published=False,
    note="Start of all random numbers: weights, order, augmentation, sample of the faces.",
)
PARAMETERS: tuple[Parameter, ...] = (
    *(MSR, CLFM, CLBS, FD, CLUSTERS, *ALPHA, CLBS_FD, *BETA, CENTRES, SCN, SIMSIAM, RUL, EAC),
    *(MODE, COUNT, SIZES, BATCH, RATE, SEED),
)
"""All fields, in the order of the form."""


def overrides(values: Values, base: Config) -> list[str]:
    """``key=value`` for every parameter that differs from a preset; see ``load_preset``.

    Args:
        values: A value for each of :data:`PARAMETERS`.
        base: The preset.
    """
    said: dict[str, Any] = {}
    for parameter in PARAMETERS:
        value = values[parameter.name]
        if parameter.index is None:
            said[parameter.key] = value
        else:
            said.setdefault(parameter.key, []).append(value)
    return [override(key, value) for key, value in said.items() if value != plain(base, key)]


def override(key: str, value: Any) -> str:
    """``key=value``, quoted so that YAML takes a path for nothing else."""
    return f"{key}={json.dumps(value, ensure_ascii=False)}"


def lines(text: str) -> list[str]:
    """The overrides in a text, one a line; empty lines and comments are left out."""
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def named(message: str) -> Parameter | None:
    """The field that a message speaks of first by its key, if any."""
    places = {}
    for parameter in reversed(PARAMETERS):
        found = re.search(rf"(?<![\w.]){re.escape(parameter.key)}(?!\w)", message)
        if found:
            places[found.start()] = parameter
    return places[min(places)] if places else None


def plain(config: Config, key: str) -> Any:
    """The value at a dotted key, as JSON has it."""
    value: Any = config.model_dump(mode="json")
    for part in key.split("."):
        value = value[part]
    return value


def spoken(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)


@cache
def _meanings(section: str) -> dict[str, str]:
    """The attributes of a section, as its documentation describes them, in Markdown."""
    _, _, text = (inspect.getdoc(Config.model_fields[section].annotation) or "").partition(
        "Attributes:\n"
    )
    found = re.findall(r"^    (\w+): (.*(?:\n        .*)*)", text, re.MULTILINE)
    return {name: " ".join(said.split()).replace("``", "`") for name, said in found}
