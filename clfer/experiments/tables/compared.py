"""Methods or options, each against the first of them on the same faces."""

from collections.abc import Mapping

from clfer.experiments.columns import GAIN, GAIN_NOTE, OURS, gain, ours
from clfer.experiments.item import Item, Planned, Product, planned
from clfer.experiments.pairs import paired
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable, Value
from clfer.experiments.variants import Changes


class Compared(Item):
    """A table of accuracies, and one of the gains over the first setting.

    Attributes:
        datasets: The paper's, or what takes their place.
        settings: Changes by name: the one to compare with, then the others.
        column: Title of the column of settings.
        tested: Title of the table of gains.
        notes: Of the table of accuracies.
        said: What the protocol says: of the paper, then of the runs here.
    """

    datasets: tuple[str, ...]
    settings: Mapping[str, Changes]
    column: str
    tested: str
    notes: tuple[str, ...] = ()
    said: tuple[str, ...]

    def plan(self, scale: Scale) -> list[Planned]:
        """Every setting on every data set."""
        return [
            run
            for dataset in scale.datasets(self.datasets)
            for name, changes in self.settings.items()
            for run in planned(scale, dataset, (name,), changes)
        ]

    def produce(self, results: Results) -> Product:
        """A row per data set and setting, and its test against the first."""
        datasets = results.scale.datasets(self.datasets)
        columns = (Column("data"), Column(self.column))
        rows = tuple(
            (dataset, name, *ours(results.score(dataset, name)))
            for dataset in datasets
            for name in self.settings
        )
        tests = tuple(row for dataset in datasets for row in self._gains(results, dataset))
        return Product(
            (
                ResultTable(self.name, self.title, (*columns, *OURS), rows, self.notes),
                ResultTable(
                    f"{self.name}-mcnemar", self.tested, (*columns, *GAIN), tests, (GAIN_NOTE,)
                ),
            ),
            protocol=protocol(results, *self.said),
        )

    def _gains(self, results: Results, dataset: str) -> list[tuple[Value, ...]]:
        reference, *others = self.settings
        first = results.by_seed(dataset, reference)
        found = {name: paired(first, results.by_seed(dataset, name)) for name in others}
        return [
            (dataset, name, *gain(None if pairs is None else pairs.pooled))
            for name, pairs in found.items()
        ]
