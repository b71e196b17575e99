"""The paper's list of future work (Sec. V): each option switched on alone."""

from clfer.experiments.item import Item, Planned, Product, planned
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.scale import Scale
from clfer.experiments.tables.compared import compared
from clfer.experiments.variants import OPTIONS
from clfer.experiments.variants import OURS as FULL

DATASETS = ("ferplus",)
"""The paper gives no values; its ablation (Table IV) is the widest on this data set."""

WHOLE = "none (the paper's method)"
SETTINGS = {WHOLE: FULL, **OPTIONS}
NOTE = (
    "The paper names these as future work and gives no values; supervised layers are our addition."
)


class Options(Item):
    """Future work."""

    name, where = "options", "Sec. V"
    title = "The paper's future work, each option alone"

    def plan(self, scale: Scale) -> list[Planned]:
        """The whole method, and every option on every data set."""
        return [
            run
            for dataset in scale.datasets(DATASETS)
            for name, changes in SETTINGS.items()
            for run in planned(scale, dataset, (name,), changes)
        ]

    def produce(self, results: Results) -> Product:
        """A row per data set and option, and its test against the method without it."""
        datasets = results.scale.datasets(DATASETS)
        said = protocol(
            results,
            "Names the options and gives no values.",
            "An option is on in CLFM and CLBS alike, where both have it; all else is the whole "
            "method, MSR + CLFM + CLBS.",
        )
        tested = "Every option against the whole method on the same faces"
        return Product(
            compared(self, results, datasets, tuple(SETTINGS), "option", tested, NOTE),
            protocol=said,
        )


ITEMS = (Options(),)
