"""What the Reproduce view looks at: plans and runs, read once as long as nothing changes."""

from collections.abc import Hashable, Sequence
from pathlib import Path

import streamlit as st

import folders
from clfer.data import DATASETS, needs_root
from clfer.experiments.scale import Scale, load_scale
from clfer.experiments.standing import Standing, plans, runs_signature, standings_of
from clfer.runs.grid import Grid
from clfer.runs.missing import known_runs
from clfer.runs.record import Run


def standings(preset: str) -> list[Standing]:
    """Where every item stands at a size, in the order of the paper.

    Raises:
        ConfigError: a configuration is refused.
    """
    return standings_of(size(preset), planned(preset), _known(runs_signature()))


def size(preset: str) -> Scale:
    """A size, with the folders of the data sets as they are known."""
    return load_scale(preset, roots())


def planned(preset: str) -> dict[str, Grid]:
    """The runs of every item; see :func:`~clfer.experiments.standing.plans`."""
    return _planned(preset, tuple(roots().items()))


def roots() -> dict[str, str]:
    """Folders of the data sets that are known, by name."""
    found = {name: folders.root(name) for name in DATASETS if needs_root(name)}
    return {name: place for name, place in found.items() if place is not None}


def mark(found: Sequence[Standing]) -> Hashable:
    """Changes with everything that the page shows of the items."""
    return tuple(
        (one.item.name, one.running, one.written, tuple(step.action for step in one.steps))
        for one in found
    )


def content(path: Path) -> bytes | None:
    """A written file; None while it is being replaced."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


@st.cache_resource(max_entries=8, show_spinner="Planning the runs of all items")
def _planned(preset: str, places: tuple[tuple[str, str], ...]) -> dict[str, Grid]:
    return plans(load_scale(preset, dict(places)))


@st.cache_resource(max_entries=2, show_spinner=False)
def _known(signature: Hashable) -> dict[str, Run]:
    return known_runs()
