"""The columns in which our accuracies stand beside the paper's, alike in all tables."""

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
