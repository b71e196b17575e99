"""The configuration of a run: validated sections, presets, and `key=value` overrides.

One YAML file per published setting lies in ``clfer/presets``. Unknown keys and impossible values
are refused with a sentence that names the key, the value and the allowed range.
"""

from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from clfer.errors import ConfigError

BLOCK_CHANNELS = (64, 128, 256, 512)
"""Channels C_j of the four blocks of ResNet-18."""

ShallowWeights = tuple[
    Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]
]
Multiple = Annotated[int, Field(ge=32, le=512, multiple_of=32)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelConfig(_Section):
    """Which network is built.

    Attributes:
        stem: ``imagenet`` (7×7, stride 2) or ``small`` (3×3, stride 1), each before max-pooling.
        init: ``scratch``, ``imagenet`` (torchvision weights) or the path of a checkpoint folder.
        msr: Multi-scale representation head (Sec. III-C) instead of the pooled head.
        fd: Dimension of f'_{i,j} and F_i (Eq. 8, 9).
        normalise_fusion: LayerNorm on f' and W = 0 at the start, so that μ cannot trade its scale
            with ‖f'‖; off in the literal reading of the paper.
    """

    stem: Literal["imagenet", "small"] = "imagenet"
    init: str = "scratch"
    msr: bool = True
    fd: int = Field(128, ge=1, le=2048)
    normalise_fusion: bool = False


class ClfmConfig(_Section):
    """Contrastive learning based on feature maps (Sec. III-B1, Eq. 1–6).

    Attributes:
        enabled: Whether L_fm is part of the joint loss.
        alpha: Weights α_1, α_2, α_3 of the shallow blocks (Table V).
        clusters: Number K of semantic groups (Fig. 8).
        scope: Cluster the channels of each ``image``, or those of the whole ``batch`` at once.
        coding: ``soft`` position maps (differentiable) or integer ``peaks`` (no gradient).
        temperature: Temperature of the softmax over the 16 cells of a soft code.
        iterations: Lloyd iterations of K-means.
        stop_gradient: Whether the deep centroids are constants for the gradient.
    """

    enabled: bool = True
    alpha: ShallowWeights = (0.0, 0.1, 0.0)
    clusters: int = Field(4, ge=2, le=BLOCK_CHANNELS[-1])
    scope: Literal["image", "batch"] = "image"
    coding: Literal["soft", "peaks"] = "soft"
    temperature: float = Field(0.5, gt=0, le=100)
    iterations: int = Field(5, ge=1, le=100)
    stop_gradient: bool = False


class ClbsConfig(_Section):
    """Contrastive learning based on batch samples (Sec. III-B2, Eq. 7).

    Attributes:
        enabled: Whether L_bs is part of the joint loss.
        beta: Weights β_1, β_2, β_3 of the shallow blocks (Table V).
        clusters: Number K of clusters; null for the number of expression classes.
        fd: Dimension of the sample features, fd_bs.
        centre: Subtract the batch mean before the cosine; ReLU features are all positive.
        iterations: Lloyd iterations of K-means.
        stop_gradient: Whether the deep centroids are constants for the gradient.
    """

    enabled: bool = True
    beta: ShallowWeights = (0.0, 0.1, 0.0)
    clusters: int | None = Field(None, ge=2, le=1000)
    fd: int = Field(128, ge=1, le=2048)
    centre: bool = True
    iterations: int = Field(5, ge=1, le=100)
    stop_gradient: bool = False


class DataConfig(_Section):
    """Which faces are read.

    Attributes:
        name: Registry name of the data set.
        root: Folder or ``.zip`` of the data set in its official layout; null for ``synthetic``.
        mode: Label mode of FER+: ``majority``, ``crossentropy`` or ``probability``.
        colour: ``grey`` or ``rgb``: what the network is shown.
        count: Use only this many training faces (seeded, stratified); null for all.
    """

    name: str = "synthetic"
    root: str | None = None
    mode: Literal["majority", "crossentropy", "probability"] = "majority"
    colour: Literal["grey", "rgb"] = "rgb"
    count: int | None = Field(None, ge=2)


class AugmentConfig(_Section):
    """Random changes to training faces, drawn per face.

    Attributes:
        flip: Probability of a horizontal mirror.
        rotate: Largest rotation in degrees.
        scale: Largest relative change of size.
        shift: Largest shift as a fraction of the side.
        light: Largest change of brightness and relative change of contrast, in units of [0, 1].
        erase: Probability of erasing a rectangle.
        erase_area: Smallest and largest erased fraction of the area.
    """

    flip: float = Field(0.5, ge=0, le=1)
    rotate: float = Field(0.0, ge=0, le=180)
    scale: float = Field(0.0, ge=0, lt=1)
    shift: float = Field(0.0, ge=0, lt=1)
    light: float = Field(0.0, ge=0, lt=1)
    erase: float = Field(0.0, ge=0, le=1)
    erase_area: tuple[float, float] = (0.02, 0.2)

    @model_validator(mode="after")
    def _area_in_order(self) -> Self:
        low, high = self.erase_area
        if not 0 < low <= high < 1:
            raise ValueError("erase_area must be two fractions with 0 < smallest ≤ largest < 1")
        return self


class TrainConfig(_Section):
    """How the network learns.

    Attributes:
        sizes: Image side per phase as ``[side, epochs]`` pairs; sides are multiples of 32.
        batch: Faces per step; a last short batch is dropped.
        optimiser: ``adam``, ``adamw`` or ``sgd`` (Nesterov).
        learning_rate: Peak rate.
        weight_decay: L2 weight (Adam) or decoupled decay (AdamW); not applied to 1-D tensors
            by AdamW and SGD.
        schedule: ``exponential`` (×gamma an epoch), ``one-cycle`` or ``constant``.
        gamma: Factor of the exponential schedule.
        warmup: Share of all steps in which ``one-cycle`` rises.
        label_smoothing: Mass spread evenly over the classes.
        average: Decay of the exponential moving average of the weights; 0 for none.
    """

    sizes: tuple[tuple[Multiple, Annotated[int, Field(ge=1)]], ...] = ((224, 100),)
    batch: int = Field(64, ge=2)
    optimiser: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(1e-4, ge=0)
    schedule: Literal["exponential", "one-cycle", "constant"] = "exponential"
    gamma: float = Field(0.9, gt=0, le=1)
    warmup: float = Field(0.15, gt=0, lt=1)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    average: float = Field(0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _has_a_phase(self) -> Self:
        if not self.sizes:
            raise ValueError("sizes needs at least one [side, epochs] pair")
        return self

    @property
    def epochs(self) -> int:
        """Epochs over all phases."""
        return sum(epochs for _, epochs in self.sizes)

    @property
    def final_side(self) -> int:
        """Image side of the last phase in pixels: the input size of the finished model."""
        return self.sizes[-1][0]

    def side_at(self, epoch: int) -> int:
        """Image side in pixels of an epoch, counted from 0."""
        for side, epochs in self.sizes:
            if epoch < epochs:
                return side
            epoch -= epochs
        return self.final_side


class Config(_Section):
    """Everything that defines a run."""

    preset: str = "custom"
    seed: int = Field(0, ge=0, lt=2**31)
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    clfm: ClfmConfig = ClfmConfig()
    clbs: ClbsConfig = ClbsConfig()
    augment: AugmentConfig = AugmentConfig()
    train: TrainConfig = TrainConfig()

    @model_validator(mode="after")
    def _deep_map_has_cells(self) -> Self:
        smallest = 64 if self.model.stem == "imagenet" else 32
        for side, _ in self.train.sizes:
            if side < smallest:
                raise ValueError(
                    f"train.sizes: {side} px leaves the deepest block a single cell, which has no "
                    f"code; with model.stem = {self.model.stem} the side must be {smallest} or more"
                )
        return self

    @property
    def method(self) -> str:
        """Short name of the method: ``baseline``, or its parts joined by ``+``."""
        parts = {"MSR": self.model.msr, "CLFM": self.clfm.enabled, "CLBS": self.clbs.enabled}
        return "+".join(name for name, on in parts.items() if on) or "baseline"


def preset_names() -> list[str]:
    """Names of the presets that ship with the package."""
    folder = resources.files("clfer") / "presets"
    return sorted(
        p.name.removesuffix(".yaml") for p in folder.iterdir() if p.name.endswith(".yaml")
    )


def load_preset(name: str, overrides: Iterable[str] = ()) -> Config:
    """Read a preset by name, or a YAML file by path, and apply ``key=value`` overrides.

    Raises:
        ConfigError: no such preset, the file is no YAML mapping, or a key or value is refused.
    """
    return _validated(_with_overrides(_read(name), overrides), name)


def parse_config(text: str, source: str) -> Config:
    """Validate a configuration from YAML text; ``source`` names it in errors.

    Raises:
        ConfigError: as for :func:`load_preset`.
    """
    return _validated(_mapping(text, source), source)


def dump_config(config: Config) -> str:
    """The configuration as YAML, every key written out."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)


def _read(name: str) -> dict[str, Any]:
    if name in preset_names():
        text = (resources.files("clfer") / "presets" / f"{name}.yaml").read_text("utf-8")
        return {"preset": name, **_mapping(text, name)}
    path = Path(name)
    if not path.is_file():
        raise ConfigError(
            f"There is no preset or configuration file '{name}': "
            f"choose one of {', '.join(preset_names())} or give the path of a YAML file."
        )
    return _mapping(path.read_text("utf-8"), name)


def _mapping(text: str, source: str) -> dict[str, Any]:
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        detail = " ".join(str(error).split())
        raise ConfigError(f"Configuration '{source}' is not valid YAML: {detail}.") from error
    if not isinstance(value, dict):
        raise ConfigError(f"Configuration '{source}' must be a mapping of sections to keys.")
    return value


def _with_overrides(values: dict[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    for item in overrides:
        key, separator, text = item.partition("=")
        if not separator or not key.strip():
            raise ConfigError(
                f"Override '{item}' must have the form key=value, e.g. train.batch=32."
            )
        *sections, last = key.strip().split(".")
        target = values
        for section in sections:
            target = target.setdefault(section, {})
            if not isinstance(target, dict):
                raise ConfigError(f"Override '{item}': '{section}' is a value, not a section.")
        try:
            target[last] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ConfigError(f"Override '{item}': the value is not valid YAML.") from error
    return values


def _validated(values: dict[str, Any], source: str) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the configuration"
        if first["type"] == "extra_forbidden":
            reason = f"{key} is not a known key"
        else:
            cause = first["msg"].removeprefix("Value error, ")
            shown = "" if isinstance(first["input"], dict | _Section) else f" = {first['input']!r}"
            reason = f"{key}{shown} is refused: {cause}"
        raise ConfigError(f"Configuration '{source}': {reason}.") from error
