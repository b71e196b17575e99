"""Tables as CSV text that a spreadsheet program opens without running anything."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_STARTS = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""A cell that begins so is a formula to spreadsheet programs, the full-width signs included."""


def csv_text(table: "pd.DataFrame") -> str:
    """A table as CSV text with a header line; numbers in full precision.

    A text that a spreadsheet program would take for a formula gets an apostrophe before it:
    names of files, expressions and runs may hold anything.
    """
    import pandas as pd

    safe = table.copy(deep=False)
    for name, column in table.select_dtypes(include=["object", "string", "category"]).items():
        safe[name] = pd.Series([safe_cell(value) for value in column], table.index, dtype=object)
    return safe.rename(columns=safe_cell).to_csv(index=False)


def safe_cell(value: object) -> object:
    """A cell as :func:`csv_text` writes it: only texts are changed, and few of them."""
    if not isinstance(value, str):
        return value
    # A carriage return alone is not quoted, and what follows it would be a row of its own.
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    formula = text.strip(" ").startswith(_STARTS) and not _is_number(text)
    return f"'{text}" if formula else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text.strip() in ("-", "+")
    return True
