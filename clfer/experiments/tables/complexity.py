"""Table I: parameters and operations."""

from functools import cache

from clfer.analysis.cost import PAPER_SIDE, Cost, method_cost
from clfer.config import load_preset
from clfer.config.parameters import override
from clfer.experiments.item import Item, Planned, Product
from clfer.experiments.paper import paper_table
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable, Value
from clfer.experiments.variants import BASELINE, EAC, OURS, RUL, SCN, SIMSIAM
from clfer.models.complexity import Complexity

METHODS = {
    **{"SCN": SCN, "SimSiam": SIMSIAM, "RUL": RUL, "EAC": EAC},
    **{"baseline": BASELINE, "ours": OURS},
}
"""What is implemented here, by the keys of the paper's table."""

CLASSES = 7

COLUMNS = (
    Column("method"),
    Column("source"),
    Column("paper, parameters", 1, "M"),
    Column("paper, FLOPs", 2, "G"),
    Column("ours, training parameters", 2, "M"),
    Column("ours, training FLOPs", 2, "G"),
    Column("ours, inference parameters", 2, "M"),
    Column("ours, inference FLOPs", 2, "G"),
)


class Complexities(Item):
    """Table I."""

    name, where = "table1", "Table I"
    title = "Parameters and operations per face"

    def plan(self, scale: Scale) -> list[Planned]:
        """Nothing is trained for it."""
        return []

    def produce(self, results: Results) -> Product:
        """A row per method of the paper, a method implemented here, or a part listed apart."""
        said = protocol(
            results,
            "parameters and FLOPs of training; those of other methods as published.",
            f"Here: counted for the paper's configuration, {CLASSES} expressions and one face of "
            f"{PAPER_SIDE} × {PAPER_SIDE} px, whatever the preset; nothing is trained. Training "
            "holds the heads of the losses and the clustering, shared by a batch of 32; inference "
            "is the network alone.",
        )
        table = ResultTable(self.name, self.title, COLUMNS, tuple(_rows()), _notes())
        return Product((table,), protocol=said)


def _rows() -> list[tuple[Value, ...]]:
    paper = paper_table("table1")
    names = [str(name) for (name,) in paper.settings]
    extra = [name for name in METHODS if name not in names]
    rows = []
    for name in (*names[:-2], *extra, *names[-2:]):
        printed = (paper.find(name, of="params"), paper.find(name, of="flops"))
        rows.append((name, paper.references.get(name), *printed, *_counted(name)))
        if paper.find(name, of="ldg_params") is not None:
            apart = (paper.find(name, of="ldg_params"), paper.find(name, of="ldg_flops"))
            rows.append((f"{name}, LDG", paper.references.get(name), *apart, *(None,) * 4))
    return rows


def _counted(name: str) -> tuple[Value, ...]:
    if name not in METHODS:
        return (None,) * 4
    cost = _cost(name)
    return (*_millions(cost.training), *_millions(cost.inference))


def _millions(found: Complexity) -> tuple[float, float]:
    return found.parameters / 1e6, found.macs / 1e9


@cache
def _cost(name: str) -> Cost:
    changes = [override(key, value) for key, value in METHODS[name].items()]
    return method_cost(load_preset("paper", changes), CLASSES, PAPER_SIDE)


def _notes() -> tuple[str, ...]:
    return (
        *paper_table("table1").notes,
        "SimSiam and EAC see two views of every face in training, and both count.",
    )


ITEMS = (Complexities(),)
