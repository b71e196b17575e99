"""A written table as a data frame that can be sorted, with the formats of its numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from clfer.experiments.column import Column, Value


@dataclass(frozen=True, eq=False)
class Frame:
    """A table for the screen.

    Attributes:
        data: A column per column of the table, named by its heading; gaps are missing values.
        formats: Of the columns of numbers, by heading: a ``printf`` format, or ``localized`` for
            long integers in groups of three digits.
    """

    data: pd.DataFrame
    formats: dict[str, str]


def frame_of(table: Mapping[str, Any]) -> Frame:
    """A table as :func:`~clfer.experiments.output.read_index` reads it."""
    columns = [Column(**said) for said in table["columns"]]
    data, formats = {}, {}
    for place, column in enumerate(columns):
        values = [row[place] for row in table["rows"]]
        data[column.heading] = _series(column, values)
        if not _is_text(values):
            formats[column.heading] = _format(column, values)
    return Frame(pd.DataFrame(data), formats)


def _is_text(values: Sequence[Value]) -> bool:
    return any(isinstance(value, str) for value in values)


def _series(column: Column, values: Sequence[Value]) -> "pd.Series[Any]":
    """Numbers as numbers; where words stand among them, all as they are printed."""
    if _is_text(values):
        shown = [None if value is None else column.shown(value) for value in values]
        return pd.Series(shown, dtype="object")
    whole = all(isinstance(value, int) for value in values if value is not None)
    return pd.Series(values, dtype="Int64" if whole and column.decimals is None else "float64")


def _format(column: Column, values: Sequence[Value]) -> str:
    if column.decimals is not None:
        return f"%.{column.decimals}f"
    numbers = [value for value in values if isinstance(value, int | float)]
    if not all(isinstance(value, int) for value in numbers):
        return "%g"
    return "localized" if any(abs(value) >= 10_000 for value in numbers) else "%d"
