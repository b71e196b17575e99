"""A grid of runs, described in a YAML file: what is fixed, what varies, and the seeds.

.. code-block:: yaml

    preset: scratch
    set: {data.root: /data/FERPlus, train.batch: 64}      # the same in every run
    grid: {model.msr: [true, false], clfm.clusters: [2, 4, 8]}
    seeds: [0, 1, 2]
    device: auto                                          # how the runs are executed
    devices: 1
    precision: auto
    threads: 4

Keys may be dotted or nested as in a preset. The runs come seed by seed, so that a grid that is cut
short has compared all its settings; within a seed the keys are in alphabetical order, the last one
changing fastest, with their values as listed.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clfer.config import Config, load_preset
from clfer.config.parameters import override, plain
from clfer.config.yaml_text import read_yaml
from clfer.errors import ConfigError
from clfer.runs.launch import Launch, config_hash

OWN_KEYS = {"seed": "seeds: [0, 1]", "preset": "preset: smoke"}
"""Keys of a configuration that the file names at its top, with an example."""


@dataclass(frozen=True)
class GridRun:
    """One configuration of a grid.

    Attributes:
        config: The whole configuration.
        choice: Its values of the keys that vary, in the order of :attr:`Grid.keys`.
        identity: Its :func:`~clfer.runs.launch.config_hash`.
        needs_weights: Whether its weights are needed, so that a record of it does not do.
    """

    config: Config
    choice: dict[str, Any]
    identity: str
    needs_weights: bool = False

    @property
    def label(self) -> str:
        """What tells it from the others, e.g. ``clfm.clusters=4, seed=0``."""
        return _label(self.choice, self.config.seed)


@dataclass(frozen=True)
class Grid:
    """All runs of a file, every configuration validated.

    Attributes:
        source: Name of the file.
        preset: What all runs start from.
        keys: The keys that vary, in alphabetical order.
        seeds: In the order of the file.
        launch: How the runs are executed.
        runs: Seed by seed; see the module for the order.
    """

    source: str
    preset: str
    keys: tuple[str, ...]
    seeds: tuple[int, ...]
    launch: Launch
    runs: tuple[GridRun, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: str
    fixed: dict[str, Any] = Field({}, alias="set")
    varied: dict[str, Any] = Field({}, alias="grid")
    seeds: tuple[Annotated[int, Field(ge=0, lt=2**31)], ...] = Field((0,), min_length=1)
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    devices: int = Field(1, ge=1)
    precision: str = "32-true"
    threads: int | None = Field(None, ge=1)


def read_grid(path: Path) -> Grid:
    """Read a grid from a file.

    Raises:
        ConfigError: as for :func:`parse_grid`, or the file cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path} cannot be read: it does not exist; give the YAML file of a grid."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as UTF-8 text.") from error
    return parse_grid(text, str(path))


def parse_grid(text: str, source: str) -> Grid:
    """The grid that a YAML text describes; ``source`` names it in errors.

    Raises:
        ConfigError: the text is no such file, a key or value is refused (the sentence names it and
            the run), or two runs are the same.
    """
    said = _validated(text, source)
    fixed, varied = dict(_flat(said.fixed)), dict(_flat(said.varied))
    _check_keys(fixed, varied, source)
    keys = sorted(varied)
    moving = tuple(key for key in keys if len(varied[key]) > 1)
    runs: dict[str, GridRun] = {}
    for seed, *values in itertools.product(said.seeds, *(varied[key] for key in keys)):
        chosen = dict(zip(keys, values, strict=True))
        run = _grid_run(said.preset, fixed | chosen, seed, moving, source)
        if run.identity in runs:
            raise ConfigError(f"{source} holds the run {run.label} twice: list every value once.")
        runs[run.identity] = run
    launch = Launch(said.device, said.precision, said.threads, said.devices)
    return Grid(source, said.preset, moving, said.seeds, launch, tuple(runs.values()))


def _validated(text: str, source: str) -> _File:
    try:
        value = read_yaml(text)
    except yaml.YAMLError as error:
        detail = " ".join(str(error).split())
        raise ConfigError(f"{source} is not valid YAML: {detail}.") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{source} must be a mapping with the keys preset, set, grid and seeds.")
    try:
        return _File.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(field.alias or name for name, field in _File.model_fields.items())
            raise ConfigError(f"{source}: {key} is not a key of a grid ({known}).") from error
        if first["type"] == "missing":
            raise ConfigError(f"{source}: {key} is missing, e.g. {key}: smoke.") from error
        raise ConfigError(f"{source}: {key} is refused: {first['msg']}.") from error


def _flat(values: Mapping[Any, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Nested sections as dotted keys: a section must not replace that of the preset."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _check_keys(fixed: Mapping[str, Any], varied: Mapping[str, Any], source: str) -> None:
    for part, key in [("set", key) for key in fixed] + [("grid", key) for key in varied]:
        if key in OWN_KEYS:
            raise ConfigError(
                f"{source}: {part}.{key} belongs to the top of the file, e.g. {OWN_KEYS[key]}."
            )
    for key, values in varied.items():
        if key in fixed:
            raise ConfigError(f"{source}: {key} stands in both set and grid: keep one of them.")
        if not isinstance(values, list) or not values:
            raise ConfigError(f"{source}: grid.{key} must be a list of values, e.g. [2, 4].")
        if any(isinstance(value, dict) for value in values):
            raise ConfigError(
                f"{source}: grid.{key} lists a section: list the values of one key, e.g. "
                "clfm.clusters: [2, 4]."
            )


def _grid_run(
    preset: str, values: Mapping[str, Any], seed: int, moving: tuple[str, ...], source: str
) -> GridRun:
    # In one order whatever that of the file, so that a key within a value is always refused.
    overrides = [override(key, values[key]) for key in sorted(values)]
    try:
        config = load_preset(preset, [*overrides, override("seed", seed)])
    except ConfigError as error:
        label = _label({key: values[key] for key in moving}, seed)
        raise ConfigError(f"{source}, run {label}: {error}") from error
    choice = {key: plain(config, key) for key in moving}
    return GridRun(config, choice, config_hash(config))


def _label(choice: Mapping[str, Any], seed: int) -> str:
    return ", ".join([*(override(key, value) for key, value in choice.items()), f"seed={seed}"])
