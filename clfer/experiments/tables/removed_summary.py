"""Table III as the paper prints it, a column per method, and its means over the expressions."""

from collections.abc import Sequence
from statistics import fmean

from clfer.experiments.columns import paper_column
from clfer.experiments.table import Column, ResultTable, Value

_PAPER = paper_column("rafdb").title

Row = dict[str, Value]
"""A row of the details by the titles of its columns."""

_SETTING = ("data", "kept", "expression", "rule applied")
_MEANS = (
    *(Column("data"), Column("kept", 0, "%"), Column("method"), Column("rule applied")),
    *(paper_column("rafdb"), Column("ours", 2, "%"), Column("expressions")),
)


def methods_table(
    name: str, title: str, details: ResultTable, notes: tuple[str, ...]
) -> ResultTable:
    """A row per setting, with the accuracies of the paper and of here for every method."""
    settings: dict[tuple[Value, ...], dict[str, Row]] = {}
    for row in _rows(details):
        setting = tuple(row[part] for part in _SETTING)
        settings.setdefault(setting, {})[str(row["method"])] = row
    methods = list(dict.fromkeys(method for found in settings.values() for method in found))
    columns = (
        *(Column("data"), Column("kept", 0, "%"), Column("expression"), Column("rule applied")),
        *(Column(f"{m}, {whose}", 2, "%") for m in methods for whose in ("paper", "here")),
    )
    rows = tuple(
        (*setting, *(found[m][of] for m in methods for of in (_PAPER, "ours")))
        for setting, found in settings.items()
    )
    return ResultTable(name, title, columns, rows, notes)


def means_table(name: str, details: ResultTable) -> ResultTable:
    """Mean accuracies over the expressions; empty while one of them has not been measured."""
    groups: dict[tuple[Value, ...], list[Row]] = {}
    for row in _rows(details):
        named = (row["data"], row["kept"], row["method"], row["rule applied"])
        groups.setdefault(named, []).append(row)
    rows = tuple(
        (*named, *(_mean([row[of] for row in found]) for of in (_PAPER, "ours")), len(found))
        for named, found in groups.items()
    )
    return ResultTable(name, "Mean over the expressions that were thinned out", _MEANS, rows)


def _rows(table: ResultTable) -> list[Row]:
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, row, strict=True)) for row in table.rows]


def _mean(values: Sequence[Value]) -> float | None:
    numbers = [float(value) for value in values if isinstance(value, float)]
    return fmean(numbers) if len(numbers) == len(values) else None
