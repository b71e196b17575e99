"""Runs as rows of a table, filtered by state, method, data set and tag; one run in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from clfer.runs.launch import Launch
from clfer.runs.record import Run
from clfer.training.machine import in_words, machines_of


@dataclass(frozen=True)
class RunFilter:
    """What runs must be; an empty tuple asks for nothing.

    Attributes:
        states: One of these states.
        methods: One of these methods.
        datasets: On one of these data sets.
        tags: With at least one of these tags.
    """

    states: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def passes(self, run: Run) -> bool:
        """Whether a run is what is asked for."""
        return all(
            not wanted or not set(wanted).isdisjoint(own)
            for wanted, own in (
                (self.states, (run.status.state,)),
                (self.methods, (run.config.method,)),
                (self.datasets, (run.config.data.name,)),
                (self.tags, run.notes.tags),
            )
        )


def filter_choices(runs: Sequence[Run]) -> RunFilter:
    """All that can be asked for: what occurs among the runs, sorted."""
    return RunFilter(
        states=_sorted(run.status.state for run in runs),
        methods=_sorted(run.config.method for run in runs),
        datasets=_sorted(run.config.data.name for run in runs),
        tags=_sorted(tag for run in runs for tag in run.notes.tags),
    )


def run_table(runs: Sequence[Run], titles: Mapping[str, str]) -> pd.DataFrame:
    """One row per run, in their order; accuracy in percent, NaN before the first epoch.

    Args:
        runs: The runs.
        titles: Data sets as people write them, by their registry names.
    """
    rows = [
        {
            "Run": run.notes.title or run.name,
            "State": run.status.state,
            "Method": run.config.method,
            "Data": titles.get(run.config.data.name, run.config.data.name),
            "Seed": run.config.seed,
            "Epochs": f"{len(run.history)} / {run.config.train.epochs}",
            "Best validation": None if run.best is None else 100 * run.best["valid_accuracy"],
            "Time": duration(seconds_trained(run)),
            "Tags": ", ".join(run.notes.tags),
        }
        for run in runs
    ]
    table = pd.DataFrame(rows)
    return table.astype({"Best validation": "float64"}) if rows else table


def seconds_trained(run: Run) -> float:
    """Time that the finished epochs of a run took."""
    return sum(float(row["seconds"]) for row in run.history)


def duration(seconds: float) -> str:
    """A time in its two largest units, e.g. ``3 min 05 s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def run_facts(run: Run) -> list[tuple[str, str]]:
    """What is trained and how, as titles with their texts."""
    config = run.config
    train = config.train
    sizes = ", ".join(f"{epochs} at {side} px" for side, epochs in train.sizes)
    best = run.best
    facts = [
        ("Method", config.method),
        ("Preset, seed", f"{config.preset}, {config.seed}"),
        ("Epochs", sizes),
        ("Batch, learning rate", f"{train.batch}, {train.learning_rate:g} ({train.schedule})"),
        ("Device", _device(run)),
        ("Trained for", duration(seconds_trained(run))),
    ]
    if best is not None:
        accuracy = f"{best['valid_accuracy']:.1%}".replace("%", " %")
        facts.append(("Best validation", f"{accuracy} after epoch {best['epoch']}"))
    return [*facts, ("Folder", str(run.path))]


def _device(run: Run) -> str:
    """On what it was trained; before its first start, on what it shall be."""
    if used := in_words(machines_of(run.path)):
        return used
    launch = Launch.of(run.path)
    return f"{launch.device}, {launch.precision}"


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
