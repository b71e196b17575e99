"""A column of a table and how its values are printed."""

from dataclasses import dataclass

Value = str | float | int | None
"""A cell: words, a number, or nothing (not measured, not published)."""

GAP = "–"
"""How a cell without a value is printed."""


@dataclass(frozen=True)
class Column:
    """A column: its title, the decimals its numbers are printed with, and their unit."""

    title: str
    decimals: int | None = None
    unit: str = ""

    @property
    def heading(self) -> str:
        """Title and unit, as the head of the table shows them."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def shown(self, value: Value) -> str:
        """A value as printed: rounded, long integers in groups of three digits, gaps as a dash."""
        if value is None:
            return GAP
        if isinstance(value, str):
            return value
        if isinstance(value, int):
            return f"{value:,}" if abs(value) >= 10_000 else str(value)
        return f"{value:g}" if self.decimals is None else f"{value:z.{self.decimals}f}"
