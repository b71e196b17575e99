"""What a grid of runs has found: one row per setting, over its seeds."""

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from clfer.runs.grid import Grid
from clfer.runs.launch import config_hash
from clfer.runs.record import Run
from clfer.spreadsheet import csv_text

NUMBERS = ("n", "mean", "std")


def sweep_table(grid: Grid, runs: Iterable[Run]) -> pd.DataFrame:
    """Validation accuracy of the best epoch, over the seeds of each setting.

    The best epoch is the one that would be published, the best at the last image side. It is
    chosen on the faces that it is scored on, so its accuracy is a little too high, for every
    setting alike.

    Args:
        grid: The settings and their order.
        runs: Runs of the grid in any order, one per configuration at most; only those that are
            done count.

    Returns:
        A column for each of ``grid.keys``, then ``n`` (seeds that are done), ``mean`` (fraction of
        the validation faces; NaN without a run) and ``std`` (of the sample, n - 1 in the
        denominator; NaN for fewer than two).
    """
    done = {
        config_hash(run.config): float(run.best["valid_accuracy"])
        for run in runs
        if run.status.state == "done" and run.best is not None
    }
    rows = [
        {"setting": _text(tuple(run.choice.values())), "accuracy": done.get(run.identity)}
        for run in grid.runs
    ]
    found = pd.DataFrame(rows).astype({"accuracy": "float64"}).groupby("setting", sort=False)
    numbers = found["accuracy"].agg(n="count", mean="mean", std="std").reset_index(drop=True)
    choices = {_text(tuple(run.choice.values())): run.choice for run in grid.runs}
    settings = pd.DataFrame(
        [list(choice.values()) for choice in choices.values()],
        columns=list(grid.keys),
        dtype=object,
        index=numbers.index,
    )
    return pd.concat([settings, numbers], axis=1)


def sweep_csv(table: pd.DataFrame) -> str:
    """The table as CSV with a header line: settings as in the file, numbers in full precision."""
    return csv_text(settings_as_text(table))


def settings_as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its settings as they can stand in the file of the grid."""
    keys = [name for name in table.columns if name not in NUMBERS]
    return table.assign(**{key: table[key].map(_text) for key in keys})


def sweep_markdown(grid: Grid, table: pd.DataFrame) -> str:
    """The table as Markdown, accuracies in percent, with a line that says what it shows."""
    header = [*(f"`{key}`" for key in grid.keys), "seeds", "mean, %", "SD, points"]
    align = [*("---" for _ in grid.keys), "--:", "--:", "--:"]
    rows = [
        [
            *(_text(row[key]) for key in grid.keys),
            f"{row['n']} of {len(grid.seeds)}",
            _percent(row["mean"]),
            _percent(row["std"]),
        ]
        for row in table.to_dict("records")
    ]
    lines = [_line(cells) for cells in (header, align, *rows)]
    said = (
        f"Validation accuracy of the best epoch, mean and sample standard deviation over seeds; "
        f"preset {grid.preset}, {len(grid.runs)} runs."
    )
    return "\n".join([*lines, "", said]) + "\n"


def _text(value: Any) -> str:
    """A value as it can stand in the file of the grid."""
    return value if isinstance(value, str) else json.dumps(value)


def _percent(fraction: float) -> str:
    return "" if math.isnan(fraction) else f"{100 * fraction:.2f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
