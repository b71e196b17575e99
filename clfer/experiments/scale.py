"""At which size an item is reproduced: the presets of ``clfer reproduce``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from clfer.config import Config, load_preset
from clfer.config.parameters import override
from clfer.data.registry import dataset_classes, needs_root
from clfer.errors import ConfigError
from clfer.expressions import BASIC_EXPRESSIONS
from clfer.paths import data_root
from clfer.runs.launch import Launch


class ItemSize(BaseModel):
    """How one item differs from the others of its size.

    Attributes:
        set: Values by dotted key, which win over those of the size.
        seeds: Its seeds; null for those of the size.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    set: dict[str, Any] = {}
    seeds: tuple[int, ...] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: str
    fixed: dict[str, Any] = {}
    datasets: tuple[str, ...] | None
    seeds: tuple[int, ...]
    many_seeds: tuple[int, ...]
    expressions: tuple[str, ...] = BASIC_EXPRESSIONS
    clusters: tuple[int, ...]
    transfers: tuple[tuple[str, str], ...]
    scn: dict[str, Any] = {}
    items: dict[str, ItemSize] = {}
    split: Literal["valid", "test"]
    precision: str = "32-true"
    threads: int | None = None


@dataclass(frozen=True)
class Scale:
    """One size of all experiments.

    Attributes:
        name: ``smoke``, ``cpu``, ``scratch`` or ``paper``.
        preset: The configuration that all runs start from.
        fixed: What differs from it in every run, by dotted key.
        own_datasets: The data sets that stand in for those of the paper; None for the paper's own.
        seeds: Seeds of an ordinary comparison.
        many_seeds: Seeds of Table VIII.
        expressions: The expressions that Table III takes away, one after the other.
        clusters: The numbers of clusters of Fig. 8.
        transfers: Pairs of data sets of which the first trains and the second tests.
        scn: What differs in the section ``scn`` where SCN is on, such as the first epoch after
            which it relabels.
        items: Items that differ from the others, by name; see :meth:`of`.
        split: The faces that are scored; the epoch is always chosen on the validation faces.
        launch: How the runs are executed.
        roots: Folders of the data sets, by name.
    """

    name: str
    preset: str
    fixed: Mapping[str, Any]
    own_datasets: tuple[str, ...] | None
    seeds: tuple[int, ...]
    many_seeds: tuple[int, ...]
    expressions: tuple[str, ...]
    clusters: tuple[int, ...]
    transfers: tuple[tuple[str, str], ...]
    scn: Mapping[str, Any]
    items: Mapping[str, ItemSize]
    split: Literal["valid", "test"]
    launch: Launch
    roots: Mapping[str, str] = field(default_factory=dict)

    def of(self, item: str) -> "Scale":
        """The size at which an item of that name is run."""
        own = self.items.get(item, ItemSize())
        fixed = {**self.fixed, **own.set}
        return replace(self, fixed=fixed, seeds=own.seeds or self.seeds)

    def datasets(self, of_the_paper: tuple[str, ...]) -> tuple[str, ...]:
        """The data sets of an item: the paper's, or what stands in for them at this size."""
        return self.own_datasets or of_the_paper

    @property
    def valid_count(self) -> int | None:
        """How many validation faces the runs choose their epoch by; None for all."""
        count: int | None = self.fixed.get("data.valid_count")
        return count

    def root(self, dataset: str) -> str | None:
        """Folder of a data set: as given, else of ``CLFER_<NAME>_ROOT``; None if unknown."""
        if not needs_root(dataset):
            return None
        return self.roots.get(dataset) or data_root(dataset)

    def config(self, dataset: str, changes: Mapping[str, Any], seed: int) -> Config:
        """The configuration of a run.

        Args:
            dataset: Name of the data set; its root is left open where it is not known.
            changes: Values by dotted key, which win over those of the scale.
            seed: Seed of the run.

        Raises:
            ConfigError: a key or value is refused.
        """
        values = {"data.name": dataset, "data.root": self.root(dataset), **self.fixed, **changes}
        if values.get("scn.enabled"):
            values = {**{f"scn.{key}": value for key, value in self.scn.items()}, **values}
        return load_preset(
            self.preset, [override(key, value) for key, value in values.items()] + [f"seed={seed}"]
        )

    def expressions_of(self, dataset: str) -> tuple[str, ...]:
        """The expressions of :attr:`expressions` that a data set has."""
        known = dataset_classes(dataset, self.root(dataset))
        return tuple(name for name in self.expressions if name in known)


def scale_names() -> tuple[str, ...]:
    """Names of all sizes, the smallest first."""
    return ("smoke", "cpu", "scratch", "paper")


def load_scale(name: str, roots: Mapping[str, str] | None = None) -> Scale:
    """Read a size by its name.

    Args:
        name: One of :func:`scale_names`.
        roots: Folders of data sets by name.

    Raises:
        ConfigError: there is no such size.
    """
    if name not in scale_names():
        raise ConfigError(
            f"There is no preset '{name}' for reproduction: choose one of "
            f"{', '.join(scale_names())}."
        )
    text = (resources.files("clfer.experiments") / "scales" / f"{name}.yaml").read_text("utf-8")
    values = yaml.safe_load(text)
    said = _File(fixed=values.pop("set", {}), **values)
    return Scale(
        name,
        said.preset,
        said.fixed,
        said.datasets,
        said.seeds,
        said.many_seeds,
        said.expressions,
        said.clusters,
        said.transfers,
        said.scn,
        said.items,
        said.split,
        Launch("auto", said.precision, said.threads),
        dict(roots or {}),
    )
