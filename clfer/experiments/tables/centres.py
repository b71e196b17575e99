"""Table VI: class centres (Eq. 12) against clustering."""

from clfer.experiments.columns import OURS, ours, paper_column
from clfer.experiments.findings import Finding, findings_table
from clfer.experiments.gains import GAINS_NOTE, all_gain, correct, gain_over
from clfer.experiments.item import Item, Planned, Product, planned
from clfer.experiments.paper import ClaimedItem, paper_table
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable
from clfer.experiments.variants import BASELINE, CLASS_CENTRES
from clfer.experiments.variants import OURS as CLUSTERING

STRATEGIES = {"baseline": BASELINE, "classes": CLASS_CENTRES, "clusters": CLUSTERING}
"""By the keys of the paper's table."""

DATASETS = ("rafdb", "affectnet7")


class Centres(Item):
    """Table VI."""

    name: ClaimedItem = "table6"
    where = "Table VI"
    title = "Class centres (Eq. 12) against clustering"

    def plan(self, scale: Scale) -> list[Planned]:
        """Every strategy on every data set."""
        return [
            run
            for dataset in scale.datasets(DATASETS)
            for name, changes in STRATEGIES.items()
            for run in planned(scale, dataset, (name,), changes)
        ]

    def produce(self, results: Results) -> Product:
        """A row per data set and strategy."""
        paper = paper_table("table6")
        rows = [
            (dataset, name, *(paper.find(name, of=of) for of in DATASETS), *ours(score))
            for dataset in results.scale.datasets(DATASETS)
            for name in STRATEGIES
            for score in [results.score(dataset, name)]
        ]
        columns = (Column("data"), Column("centres"), *map(paper_column, DATASETS), *OURS)
        said = protocol(
            results,
            "RAF-DB and AffectNet, ResNet-18, one number each.",
            "Class centres stand in for the clusters of CLBS; CLFM is off there, since a channel "
            "of a feature map has no label.",
        )
        findings = {d: _findings(results, d) for d in results.scale.datasets(DATASETS)}
        tables = (
            ResultTable(self.name, self.title, columns, tuple(rows)),
            findings_table(self.name, findings, results, GAINS_NOTE),
        )
        return Product(tables, protocol=said)


def _findings(results: Results, dataset: str) -> list[Finding]:
    gain = gain_over(
        "clusters over class centres",
        correct(results, dataset, "classes"),
        correct(results, dataset, "clusters"),
    )
    return [all_gain([gain], results, (dataset, "classes"), (dataset, "clusters"))]


ITEMS = (Centres(),)
