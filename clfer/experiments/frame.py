"""A written table as a data frame that can be sorted, with the formats of its numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from clfer.experiments.column import Column, Value

LINE = 36
"""Characters of a text that stand in one line."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A table for the screen.

    Attributes:
        data: A column per column of the table, named by its heading; gaps are missing values.
        formats: Of the columns of numbers, by heading: a ``printf`` format, or ``localized`` for
            long integers in groups of three digits.
        lines: Of the columns whose texts do not fit into one line, by heading: lines of the longest
            text.
    """

    data: pd.DataFrame
    formats: dict[str, str]
    lines: dict[str, int]


def frame_of(table: Mapping[str, Any]) -> Frame:
    """A table as :func:`~clfer.experiments.output.read_index` reads it."""
    columns = [Column(**said) for said in table["columns"]]
    data, formats, lines = {}, {}, {}
    for place, column in enumerate(columns):
        values = [row[place] for row in table["rows"]]
        data[column.heading] = _series(column, values)
        if not _is_text(values):
            formats[column.heading] = _format(column, values)
        longest = max((len(value) for value in values if isinstance(value, str)), default=0)
        if longest > LINE:
            lines[column.heading] = math.ceil(longest / LINE)
    return Frame(pd.DataFrame(data), formats, lines)


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
