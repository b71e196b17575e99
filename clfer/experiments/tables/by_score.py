"""Ours against the baseline by every score that is usual, each face counted once."""

from collections.abc import Sequence

import numpy as np

from clfer.analysis.per_class import overall
from clfer.analysis.score_changes import Change
from clfer.experiments.columns import readable
from clfer.experiments.pairs import paired
from clfer.experiments.results import Results
from clfer.experiments.table import Column, ResultTable, Value

SCORES = {
    "accuracy": "accuracy",
    "mean class accuracy": "mean_class_accuracy",
    "macro-F1": "macro_f1",
}
COLUMNS = (
    *(Column("data"), Column("score"), Column("baseline", 2, "%"), Column("ours", 2, "%")),
    *(Column("gain", 2, "points"), Column("low", 2, "points"), Column("high", 2, "points")),
    *(Column("p"), Column("n"), Column("seeds")),
)


def by_score(name: str, results: Results, datasets: Sequence[str]) -> ResultTable:
    """A row for every data set and score; gaps while no seed has both runs.

    Args:
        name: Of the table.
        results: With runs of the settings (data set, method).
        datasets: The data sets.
    """
    return ResultTable(
        name,
        "Ours against the baseline on the same faces, by score",
        COLUMNS,
        tuple(row for dataset in datasets for row in _rows(results, dataset)),
        (
            "Means over the seeds. p: permutation test, the two methods exchanged at random on "
            "every face, for all seeds at once, so that a face counts once. Like the 95 % "
            "intervals, low to high, it tells how far a gain hangs on the faces, not on the seeds.",
        ),
    )


def _rows(results: Results, dataset: str) -> list[tuple[Value, ...]]:
    pairs = paired(results.by_seed(dataset, "baseline"), results.by_seed(dataset, "ours"))
    if pairs is None:
        return [(dataset, title, *(None,) * (len(COLUMNS) - 2)) for title in SCORES]
    both, changes = list(pairs.comparisons.values()), pairs.changes
    models = [overall(one.a) for one in both], [overall(one.b) for one in both]
    rows: list[tuple[Value, ...]] = []
    for title, name in SCORES.items():
        gain: Change = getattr(changes, name)
        means = (float(np.mean([getattr(one, name) for one in model])) for model in models)
        shares = (100 * value for value in (*means, gain.value, gain.low, gain.high))
        p = readable(gain.p_value)
        rows.append((dataset, title, *shares, p, len(both[0]), len(both)))
    return rows
