"""The comparison methods, all trained by the same engine under the same recipe."""

from clfer.experiments.item import Item, Planned, Product, planned
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.scale import Scale
from clfer.experiments.tables.compared import compared
from clfer.experiments.variants import BASELINE, EAC, OURS, RUL, SCN, SIMSIAM

DATASETS = ("rafdb", "ferplus")
"""Those of Table VII on which the authors of SCN, RUL and EAC report."""

SETTINGS = {
    "baseline": BASELINE,
    "SCN": SCN,
    "SimSiam": SIMSIAM,
    "RUL": RUL,
    "EAC": EAC,
    "ours": OURS,
}


class Methods(Item):
    """Comparison methods."""

    name, where = "methods", "Sec. IV"
    title = "Comparison methods trained here, under one recipe"

    def plan(self, scale: Scale) -> list[Planned]:
        """Every method on every data set."""
        return [
            run
            for dataset in scale.datasets(DATASETS)
            for name, changes in SETTINGS.items()
            for run in planned(scale, dataset, (name,), changes)
        ]

    def produce(self, results: Results) -> Product:
        """A row per data set and method, and its test against the baseline."""
        datasets = results.scale.datasets(DATASETS)
        said = protocol(
            results,
            "As published by the authors of each method, under protocols of their own (table7).",
            "SCN, RUL and EAC act on the pooled head of the baseline; EAC erases a part of every "
            "face; SimSiam joins the cross-entropy. Weights are the published ones, for networks "
            "that are pre-trained; nothing is tuned for any of them.",
        )
        tested = "Every method against the baseline on the same faces"
        return Product(
            compared(self, results, datasets, tuple(SETTINGS), "method", tested), protocol=said
        )


ITEMS = (Methods(),)
