"""What the paper publishes, as data: its tables, and what it says of its figures.

The numbers lie in the YAML files of the folder ``paper``; ``published.py`` reads Table VII.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

PaperTableName = Literal[
    "table1", "table2", "table3", "table4", "table5", "table6", "table8", "fig6", "fig8"
]
ClaimedItem = Literal[
    "table2", "table3", "table4", "table6", "table7",
    "fig1", "fig5", "fig6", "fig7", "fig8", "fig9", "fig10", "fig11", "fig12", "robustness",
]  # fmt: skip
"""Items of which the paper says something that can be measured."""
Setting = bool | int | float | str
"""One part of the key of a row: a switch, a fraction, a weight or a name."""

DATA_SETS: Mapping[str, str] = {
    "rafdb": "RAF-DB",
    "sfew": "SFEW",
    "ferplus": "FERPlus",
    "affectnet7": "AffectNet",
    "affectnet": "AffectNet (8)",
}
"""Data sets by the names of the registry, as the paper spells them; AffectNet has 7 classes."""


class PaperRecord(BaseModel):
    """A frozen record without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PaperValue(PaperRecord):
    """A column of published numbers.

    Attributes:
        title: As the paper heads it.
        unit: ``%``, ``M``, ``G`` or none.
        decimals: As the paper prints them.
        meaning: What the number says.
    """

    title: str
    unit: str = ""
    decimals: int
    meaning: str


class PaperTable(PaperRecord):
    """A table of the paper: settings, and the numbers published for them.

    Attributes:
        where: ``Table IV``, or the figure whose numbers the text names.
        title: What it shows, one line.
        keys: The parts of a row's key in order, each with its meaning.
        values: The published columns by name.
        cells: The numbers of every row, by its key; None where the paper prints none.
        references: Bibliographic references of names that occur in keys or columns.
        notes: Sentences on how to read it.
    """

    where: str
    title: str
    keys: dict[str, str]
    values: dict[str, PaperValue]
    cells: dict[tuple[Setting, ...], dict[str, float | None]]
    references: dict[str, str]
    notes: tuple[str, ...]

    @property
    def settings(self) -> tuple[tuple[Setting, ...], ...]:
        """The keys of the rows, in the order of the paper."""
        return tuple(self.cells)

    def value(self, *key: Setting, of: str) -> float | None:
        """The published number of one setting, e.g. ``value(True, True, False, of="rafdb")``.

        Raises:
            KeyError: the paper has no such setting or no such column.
        """
        return self.cells[key][of]

    def find(self, *key: Setting, of: str) -> float | None:
        """Like :meth:`value`, but None for a setting or column that the paper does not have."""
        return self.cells.get(key, {}).get(of)


class Claim(PaperRecord):
    """What the paper says of one of its figures.

    Attributes:
        section: Where it says so.
        text: The statement in our words.
    """

    section: str
    text: str


def paper_file(name: str) -> Any:
    """The content of a YAML file of the folder ``paper``."""
    path = resources.files("clfer") / "experiments" / "paper" / f"{name}.yaml"
    return yaml.safe_load(path.read_text("utf-8"))


@cache
def references() -> dict[int, str]:
    """The paper's numbered references that its tables use, short."""
    numbered: dict[int, str] = paper_file("references")
    return numbered


@cache
def paper_table(name: PaperTableName) -> PaperTable:
    """A table of the paper; ``fig6`` and ``fig8`` hold the numbers that the text names.

    Keys of the rows and names of the columns:

    - ``table1``: (method) -> params, flops, ldg_params, ldg_flops
    - ``table2``: (method, labelled, unlabelled) -> rafdb, affectnet7
    - ``table3``: (kept, expression) -> baseline, scn, ours
    - ``table4``: (msr, clfm, clbs) -> rafdb, affectnet7, ferplus
    - ``table5``: (α₁, α₂, α₃, β₁, β₂, β₃) -> rafdb
    - ``table6``: ("baseline" | "classes" | "clusters") -> rafdb, affectnet7
    - ``table8``: (data set) -> mean, deviation, rival
    - ``fig6``: (data set, expression) -> baseline, ours
    - ``fig8``: ("clfm" | "clbs") -> clusters
    """
    content = paper_file(name)
    keys, values = content["keys"], content["values"]
    cells = {}
    for row in content["rows"]:
        numbers = row[len(keys) :]
        cells[tuple(row[: len(keys)])] = dict(zip(values, numbers, strict=True))
    return PaperTable(
        where=content["where"],
        title=content["title"],
        keys=keys,
        values={column: PaperValue(**told) for column, told in values.items()},
        cells=cells,
        references={who: references()[n] for who, n in content.get("references", {}).items()},
        notes=tuple(content.get("notes", ())),
    )


@cache
def claims(item: ClaimedItem) -> tuple[Claim, ...]:
    """What the paper says of an item, and in which section."""
    return tuple(Claim(**told) for told in paper_file("claims")[item])
