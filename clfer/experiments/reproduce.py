"""From an item to its files: which runs are missing, and what the finished ones show."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clfer.config.parameters import override
from clfer.experiments.item import Item, Planned, Product
from clfer.experiments.results import Results
from clfer.experiments.scale import Scale
from clfer.runs.grid import Grid, GridRun
from clfer.runs.launch import config_hash
from clfer.runs.missing import Step, known_runs, step_of


@dataclass(frozen=True)
class ItemState:
    """How far an item is.

    Attributes:
        item: The item.
        steps: What is to be done about each of its runs, each listed once.
    """

    item: Item
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """Runs that are done."""
        return sum(step.action == "done" for step in self.steps)

    @property
    def live(self) -> int:
        """Runs that are queued or running."""
        return sum(step.action == "live" for step in self.steps)


def states(items: Iterable[Item], scale: Scale) -> list[ItemState]:
    """How far items are at a size; nothing is started."""
    known = known_runs()
    return [
        ItemState(item, tuple(step_of(run, known) for run in grid_of([item], scale).runs))
        for item in items
    ]


def grid_of(items: Sequence[Item], scale: Scale) -> Grid:
    """The runs of items as a grid, each once, those of the first item first.

    Raises:
        ConfigError: a configuration is refused.
    """
    runs: dict[str, GridRun] = {}
    for item in items:
        for one in item.plan(scale.of(item.name)):
            identity = config_hash(one.config)
            run = runs.get(identity) or GridRun(one.config, {"setting": _label(one)}, identity)
            looked_into = run.needs_weights or _looks_into(item, scale)
            runs[identity] = replace(run, needs_weights=looked_into)
    source = f"clfer reproduce {' '.join(item.name for item in items)}"
    seeds = tuple(sorted({run.config.seed for run in runs.values()}))
    return Grid(source, scale.preset, ("setting",), seeds, scale.launch, tuple(runs.values()))


def produce(item: Item, scale: Scale) -> Product:
    """Tables and figures of an item from the runs that are done.

    Raises:
        ClferError: a run or the data cannot be read.
    """
    own, known = scale.of(item.name), known_runs()
    if _looks_into(item, scale):
        known = {identity: run for identity, run in known.items() if run.has_weights}
    return item.produce(Results(own, item.plan(own), known))


def differences(grid: Grid) -> list[tuple[GridRun, list[str]]]:
    """Every run with the values in which not all runs of the grid are alike, as ``key=value``."""
    flat = [dict(_leaves(run.config.model_dump(mode="json"))) for run in grid.runs]
    keys = [
        key
        for key in (flat[0] if flat else {})
        if key != "data.root" and any(values[key] != flat[0][key] for values in flat)
    ]
    return [
        (run, [override(key, values[key]) for key in keys])
        for run, values in zip(grid.runs, flat, strict=True)
    ]


def _looks_into(item: Item, scale: Scale) -> bool:
    """Whether the weights of the runs are needed: only validation faces are scored in training."""
    return item.needs_weights or scale.split != "valid"


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _label(one: Planned) -> str:
    return " ".join(one.key)
