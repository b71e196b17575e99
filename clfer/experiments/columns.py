"""The columns in which our accuracies stand beside the paper's, alike in all tables."""

from clfer.analysis.mcnemar import McNemar
from clfer.experiments.paper import DATA_SETS
from clfer.experiments.results import Score
from clfer.experiments.table import Column, Value

PAPER = "paper"
OURS = (
    Column("ours", 2, "%"),
    Column("low", 2, "%"),
    Column("high", 2, "%"),
    Column("n"),
    Column("seeds"),
)
"""Mean accuracy, its interval (see :attr:`~.results.Score.interval`), faces and seeds."""

GAIN = (
    Column("gain", 2, "points"),
    Column("gain low", 2, "points"),
    Column("gain high", 2, "points"),
    Column("fixed"),
    Column("broken"),
    Column("p"),
    Column("pairs"),
)
"""McNemar's exact test against another setting: difference of the accuracies with its 95 %
interval, faces that only this or only the other gets right, p value, and faces times seeds."""

GAIN_NOTE = (
    "Gain, fixed, broken and p: McNemar's exact test on the same faces, pooled over the seeds; "
    "pairs are faces times seeds. With several seeds p is too small, since a face counts once for "
    "each."
)


def paper_column(dataset: str) -> Column:
    """The paper's accuracy on one of its data sets, by its name in the registry."""
    return Column(f"{PAPER}, {DATA_SETS[dataset]}", 2, "%")


def ours(score: Score | None) -> tuple[Value, ...]:
    """Values of :data:`OURS`; all empty while nothing has been measured."""
    if score is None:
        return (None,) * len(OURS)
    low, high = score.interval
    shown = (100 * score.mean, 100 * low, 100 * high)
    return (*shown, score.n, len(score.seeds))


def gain(test: McNemar | None) -> tuple[Value, ...]:
    """Values of :data:`GAIN`; all empty while there is nothing to compare."""
    if test is None:
        return (None,) * len(GAIN)
    low, high = test.interval()
    shown = (100 * test.difference, 100 * low, 100 * high)
    return (*shown, test.fixed, test.broken, readable(test.p_value), test.n)


def readable(p_value: float | None) -> float | None:
    """A p value to three significant digits."""
    return None if p_value is None else float(f"{p_value:.3g}")
