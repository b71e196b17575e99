"""All claims of the paper that the written items judge, in one table."""

from collections import Counter
from typing import Any

from clfer.experiments.findings import COLUMNS, HOLDS
from clfer.experiments.output import find_written
from clfer.experiments.registry import find_items
from clfer.experiments.table import Column, ResultTable, Value

NAME = "claims"
TITLE = "Which claims of the paper hold"


def claims_table(scale: str) -> ResultTable:
    """A row per claim and data set, in the order of the paper.

    Items count as they were written on this machine, else as they ship with CLFER; others are left
    out.

    Args:
        scale: Name of the size.

    Raises:
        ConfigError: a written item is damaged.
    """
    rows: list[tuple[Value, ...]] = []
    for item in find_items("all"):
        found = find_written(scale, item.name)
        tables = [] if found is None else found.content["tables"]
        for table in tables:
            if table["name"] == f"{item.name}-claims":
                rows += [(item.where, *row) for row in _ordered(table)]
    notes = () if rows else ("No item was written at this size.",)
    return ResultTable(NAME, TITLE, (Column("item"), *COLUMNS), tuple(rows), notes)


def verdict_in_words(table: ResultTable) -> str:
    """How many of the claims hold, e.g. ``Of 14 claims 5 hold, 4 do not, 5 are open.``"""
    count = Counter(table.column("holds"))
    yes, no, unknown = (count[HOLDS[verdict]] for verdict in (True, False, None))
    total = len(table.rows)
    return (
        f"Of {total} claim{'s' * (total != 1)} {yes} hold{'s' * (yes == 1)}, "
        f"{no} do{'es' * (no == 1)} not, {unknown} {'is' if unknown == 1 else 'are'} open."
    )


def _ordered(table: dict[str, Any]) -> list[tuple[Value, ...]]:
    """The rows of a written table, its columns as :data:`COLUMNS` has them."""
    titles = [column["title"] for column in table["columns"]]
    places = [titles.index(column.title) for column in COLUMNS]
    return [tuple(row[place] for place in places) for row in table["rows"]]
