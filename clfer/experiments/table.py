"""A table of results, and the same table as Markdown, CSV and LaTeX."""

import csv
import io
import math
import re
from collections.abc import Collection
from dataclasses import dataclass

from clfer.experiments.column import Column, Value
from clfer.experiments.latex import escaped
from clfer.spreadsheet import safe_cell

__all__ = ["Column", "ResultTable", "Value", "to_csv", "to_latex", "to_markdown"]

_FILE_STEM = re.compile(r"[a-z0-9][a-z0-9_-]*")
_MARKDOWN = re.compile(r"[\\`*|<~$\[\]]|(?<!\w)_|_(?!\w)")
_COLUMN = 250.0
"""Points of one column of an IEEE page."""

_PACKAGES = r"\usepackage[T1]{fontenc} \usepackage{amssymb,booktabs,graphicx}"
_FIT = r"\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi"


@dataclass(frozen=True)
class ResultTable:
    """A table as it is printed.

    Attributes:
        name: Stem of files and of the LaTeX label: lower case, digits, ``_`` and ``-``.
        caption: What the table shows, from how many faces and seeds.
        columns: At least one, with distinct titles.
        rows: One tuple of values per row, as long as ``columns``.
        notes: Sentences printed under the table.

    Raises:
        ValueError: the name is no file stem, titles repeat, a row has another length than the
            columns, or a number is not finite (``None`` marks what is missing).
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _FILE_STEM.fullmatch(self.name):
            raise ValueError(f"The name of a table is a file stem, not {self.name!r}.")
        titles = [column.title for column in self.columns]
        if not titles or len(set(titles)) < len(titles):
            raise ValueError(f"Table {self.name} needs columns with distinct titles: {titles}.")
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(titles):
                raise ValueError(
                    f"Row {number} of table {self.name} has {len(row)} values for "
                    f"{len(titles)} columns."
                )
            if any(isinstance(value, float) and not math.isfinite(value) for value in row):
                raise ValueError(f"Row {number} of table {self.name} has a number without a value.")

    def column(self, title: str) -> tuple[Value, ...]:
        """The values of one column from top to bottom.

        Raises:
            KeyError: no column has this title.
        """
        position = self._position(title)
        return tuple(row[position] for row in self.rows)

    def _position(self, title: str) -> int:
        for position, column in enumerate(self.columns):
            if column.title == title:
                return position
        raise KeyError(title)

    def _numeric(self, position: int) -> bool:
        values = [row[position] for row in self.rows if row[position] is not None]
        return bool(values) and not any(isinstance(value, str) for value in values)

    def _best(self, titles: Collection[str]) -> set[tuple[int, int]]:
        """Cells (row, column) with the highest number of the named columns, as printed."""
        found: set[tuple[int, int]] = set()
        for position in map(self._position, titles):
            numbers = [
                (row[position], i)
                for i, row in enumerate(self.rows)
                if isinstance(row[position], int | float)
            ]
            if numbers:
                shown = self.columns[position].shown
                highest = shown(max(value for value, _ in numbers))  # type: ignore[type-var]
                found |= {(i, position) for value, i in numbers if shown(value) == highest}
        return found


def to_csv(table: ResultTable) -> str:
    """The table as CSV (RFC 4180): one header line, full precision, gaps as empty cells."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe_cell(column.heading) for column in table.columns])
    writer.writerows([safe_cell(value) for value in row] for row in table.rows)
    return text.getvalue()


def to_markdown(table: ResultTable, best: Collection[str] = ()) -> str:
    """The table as GitHub Markdown with its caption above and its notes below.

    Args:
        table: What to print.
        best: Titles of columns whose highest number is printed in bold.

    Raises:
        KeyError: ``best`` names a column that the table lacks.
    """
    bold = table._best(best)
    places = range(len(table.columns))
    lines = [[_markdown(column.heading) for column in table.columns]]
    lines.append(["---:" if table._numeric(place) else "---" for place in places])
    for i, row in enumerate(table.rows):
        cells = [_markdown(c.shown(value)) for c, value in zip(table.columns, row, strict=True)]
        lines.append([f"**{c}**" if (i, j) in bold else c for j, c in enumerate(cells)])
    grid = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    notes = "\n".join(f"- {_markdown(note)}" for note in table.notes)
    return "\n\n".join(part for part in (_markdown(table.caption), grid, notes) if part) + "\n"


def to_latex(table: ResultTable, best: Collection[str] = ()) -> str:
    """The table as a LaTeX float for pdflatex; a wide table spans both columns of a page.

    A table that is wider still is scaled down to the page. The packages stand in its first line.

    Args:
        table: What to print.
        best: Titles of columns whose highest number is printed in bold.

    Raises:
        KeyError: ``best`` names a column that the table lacks.
        LatexError: a text has a character that pdflatex cannot set.
    """
    bold = table._best(best)
    rows = [" & ".join(escaped(column.heading) for column in table.columns)]
    for i, row in enumerate(table.rows):
        cells = [_latex(c, value) for c, value in zip(table.columns, row, strict=True)]
        rows.append(
            " & ".join(rf"\textbf{{{c}}}" if (i, j) in bold else c for j, c in enumerate(cells))
        )
    float_name = "table*" if _points(table) > _COLUMN else "table"
    places = range(len(table.columns))
    body = "".join(f"{row} \\\\\n" for row in rows[1:])
    notes = "".join(f"\\par {escaped(note)}\n" for note in table.notes)
    return (
        f"% {_PACKAGES}\n"
        f"\\begin{{{float_name}}}[t]\n\\centering\n\\caption{{{escaped(table.caption)}}}\n"
        f"\\label{{tab:{table.name}}}\n\\footnotesize\n\\setlength{{\\tabcolsep}}{{4pt}}\n"
        "\\sbox0{%\n"
        f"\\begin{{tabular}}{{{''.join('r' if table._numeric(p) else 'l' for p in places)}}}\n"
        f"\\toprule\n{rows[0]} \\\\\n\\midrule\n{body}\\bottomrule\n\\end{{tabular}}}}%\n{_FIT}\n"
        + (f"\\par\\smallskip\n\\raggedright\n{notes}" if notes else "")
        + f"\\end{{{float_name}}}\n"
    )


def _latex(column: Column, value: Value) -> str:
    """A cell as LaTeX source; a number's hyphen becomes a minus sign."""
    shown = column.shown(value)
    return escaped(shown if isinstance(value, str) else shown.replace("-", "−"))


def _points(table: ResultTable) -> float:
    """About how wide the table is set: a letter of 8 pt type takes 4.2 pt, a column 8 pt more."""
    total = 0.0
    for place, column in enumerate(table.columns):
        cells = [column.heading, *(column.shown(row[place]) for row in table.rows)]
        total += 8.0 + 4.2 * max(map(len, cells))
    return total


def _markdown(text: str) -> str:
    """Text whose characters Markdown would read as marks are escaped; one line."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))
