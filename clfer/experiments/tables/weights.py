"""Table V: the weights of the two contrastive losses."""

from clfer.experiments.columns import OURS as MEASURED
from clfer.experiments.columns import ours, paper_column
from clfer.experiments.item import Item, Key, Planned, Product, planned
from clfer.experiments.paper import Setting, paper_table
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable
from clfer.experiments.variants import OURS, Changes

DATASETS = ("rafdb",)
SYMBOLS = ("α₁", "α₂", "α₃", "β₁", "β₂", "β₃")


class Weights(Item):
    """Table V."""

    name, where = "table5", "Table V"
    title = "Sensitivity to the weights of the contrastive losses"

    def plan(self, scale: Scale) -> list[Planned]:
        """Every setting of the paper."""
        return [
            run
            for dataset in scale.datasets(DATASETS)
            for setting in paper_table("table5").settings
            for run in planned(scale, dataset, _key(setting), _changes(setting))
        ]

    def produce(self, results: Results) -> Product:
        """A row per data set and setting."""
        paper = paper_table("table5")
        rows = [
            (
                dataset,
                *map(float, setting),
                paper.find(*setting, of="rafdb"),
                *ours(results.score(dataset, *_key(setting))),
            )
            for dataset in results.scale.datasets(DATASETS)
            for setting in paper.settings
        ]
        columns = (Column("data"), *map(Column, SYMBOLS), paper_column("rafdb"), *MEASURED)
        said = protocol(results, "RAF-DB, ResNet-18, one number each.")
        return Product((ResultTable(self.name, self.title, columns, tuple(rows)),), protocol=said)


def _key(setting: tuple[Setting, ...]) -> Key:
    alpha, beta = (",".join(f"{weight:g}" for weight in part) for part in _halves(setting))
    return f"α={alpha}", f"β={beta}"


def _changes(setting: tuple[Setting, ...]) -> Changes:
    alpha, beta = _halves(setting)
    return {**OURS, "clfm.alpha": alpha, "clbs.beta": beta}


def _halves(setting: tuple[Setting, ...]) -> tuple[list[float], list[float]]:
    weights = [float(weight) for weight in setting]
    return weights[:3], weights[3:]


ITEMS = (Weights(),)
