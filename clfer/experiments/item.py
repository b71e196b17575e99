"""A table or figure of the paper: what it needs and what it yields."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from clfer.config import Config
from clfer.data.registry import needs_root
from clfer.experiments.scale import Scale
from clfer.experiments.table import ResultTable
from clfer.experiments.variants import Changes

if TYPE_CHECKING:
    from clfer.experiments.printed import PrintedFigure
    from clfer.experiments.results import Results

Key = tuple[str, ...]
"""Names the setting of a run within its item, e.g. ``("rafdb", "baseline")``."""


@dataclass(frozen=True)
class Planned:
    """A run that an item needs.

    Attributes:
        key: Its setting; runs of one setting differ in their seed alone.
        config: The whole configuration, by whose hash items share runs.
    """

    key: Key
    config: Config


@dataclass(frozen=True)
class Product:
    """What an item yields.

    Attributes:
        tables: Paper and ours side by side.
        figures: The same as pictures.
        protocol: Data, selection, seeds, and how it differs from the paper's, in Markdown.
    """

    tables: tuple[ResultTable, ...]
    figures: tuple["PrintedFigure", ...] = field(default=())
    protocol: str = ""

    def without_faces(self) -> "Product":
        """What may be given away: no figure shows a photograph of a data set.

        The licences of the data sets forbid to publish their faces; drawn ones stay. The protocol
        names what was left out.
        """
        kept = [one for one in self.figures if one.faces_of is None or not needs_root(one.faces_of)]
        if len(kept) == len(self.figures):
            return self
        line = "- Left out, since they show faces of a data set: " + ", ".join(
            f"{one.name} ({one.alt.rstrip('.')})" for one in self.figures if one not in kept
        )
        return replace(self, figures=tuple(kept), protocol=f"{self.protocol.rstrip()}\n{line}.")


class Item(ABC):
    """A table or figure of the paper.

    Attributes:
        name: On the command line, e.g. ``table3``.
        where: In the paper, e.g. ``Table III``.
        title: What it shows, one line.
        needs_weights: Whether it looks into the models; otherwise what they said of the scored
            faces is enough.
    """

    name: str
    where: str
    title: str
    needs_weights: bool = False

    @abstractmethod
    def plan(self, scale: Scale) -> list[Planned]:
        """The runs that it needs at a size, without looking at any data."""

    @abstractmethod
    def produce(self, results: "Results") -> Product:
        """Tables and figures from the runs that are done; a missing one leaves its cell empty.

        Raises:
            ClferError: the data or a run cannot be read.
        """


def planned(
    scale: Scale, dataset: str, key: Key, changes: Changes, seeds: Sequence[int] | None = None
) -> list[Planned]:
    """One run per seed of a setting on a data set; its key starts with the data set."""
    return [
        Planned((dataset, *key), scale.config(dataset, changes, seed))
        for seed in (scale.seeds if seeds is None else seeds)
    ]
