"""Methods or options, each against the first of them on the same faces."""

from collections.abc import Sequence

from clfer.experiments.columns import GAIN, GAIN_NOTE, OURS, gain, ours
from clfer.experiments.item import Item
from clfer.experiments.pairs import paired
from clfer.experiments.results import Results
from clfer.experiments.table import Column, ResultTable, Value


def compared(
    item: Item,
    results: Results,
    datasets: Sequence[str],
    settings: Sequence[str],
    column: str,
    tested: str,
    *notes: str,
) -> tuple[ResultTable, ResultTable]:
    """A table of accuracies, and one of the gains over the first setting.

    Args:
        item: Gives both tables their names.
        results: Finished runs, with the keys (data set, setting).
        datasets: Names of the data sets.
        settings: The one to compare with, then the others.
        column: Title of the column of settings.
        tested: Title of the second table.
        notes: Of the first table.
    """
    columns = (Column("data"), Column(column))
    rows = tuple(
        (dataset, name, *ours(results.score(dataset, name)))
        for dataset in datasets
        for name in settings
    )
    tests: list[tuple[Value, ...]] = []
    for dataset in datasets:
        first = results.by_seed(dataset, settings[0])
        for name in settings[1:]:
            pairs = paired(first, results.by_seed(dataset, name))
            tests.append((dataset, name, *gain(None if pairs is None else pairs.pooled)))
    return (
        ResultTable(item.name, item.title, (*columns, *OURS), rows, notes),
        ResultTable(f"{item.name}-mcnemar", tested, (*columns, *GAIN), tuple(tests), (GAIN_NOTE,)),
    )
