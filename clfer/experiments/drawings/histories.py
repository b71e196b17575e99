"""The epochs of a setting, over its seeds."""

from clfer.analysis.curves import curve_of_rows
from clfer.analysis.histories import History, over_seeds
from clfer.experiments.printed import Line
from clfer.experiments.results import Results


def history(results: Results, dataset: str, method: str) -> History | None:
    """Mean and band of the epochs over the finished runs of a setting; None without any.

    Raises:
        DataError: a run lacks a column of its history.
    """
    runs = results.runs(dataset, method)
    if not runs:
        return None
    return over_seeds(
        method, [curve_of_rows(run.path, run.name, run.config, run.history) for run in runs]
    )


def epoch_ticks(found: History) -> tuple[float, ...]:
    """Marks of the axis where the epochs are few; none leaves them to the drawing library."""
    return tuple(map(float, found.epochs)) if len(found.epochs) <= 6 else ()


def epochs_said(count: int) -> str:
    """A number of epochs with its noun."""
    return f"{count} epoch{'s' * (count != 1)}"


def line(found: History, column: str, name: str, colour: str | None = None) -> Line:
    """A column over the epochs, with its band where there are several seeds."""
    epochs = [float(epoch) for epoch in found.epochs]
    low, high = found.low[column].tolist(), found.high[column].tolist()
    banded = found.band != "none"
    values = found.mean[column].tolist()
    return Line(name, epochs, values, low if banded else (), high if banded else (), colour)
