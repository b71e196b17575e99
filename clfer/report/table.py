"""A data frame as an HTML table whose first column heads the rows."""

from html import escape
from typing import Any

from clfer.report.blocks import Table


def table_html(table: Table) -> str:
    """The table with its caption; numbers are written as they are given."""
    columns = [str(name) for name in table.frame.columns]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(_row(list(row)) for row in table.frame.itertuples(index=False))
    caption = "" if table.folded else f"<caption>{escape(table.title)}</caption>"
    return (
        f'<div class="scroll"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(cells: list[Any]) -> str:
    first, *rest = (escape(str(cell)) for cell in cells)
    return (
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
    )
