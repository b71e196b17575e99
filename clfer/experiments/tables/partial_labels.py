"""Table II: a part of the labels, with and without the other faces."""

from clfer.experiments.columns import OURS as MEASURED
from clfer.experiments.columns import ours, paper_column
from clfer.experiments.findings import Finding, findings_table
from clfer.experiments.gains import GAINS_NOTE, all_gain, correct, gain_over
from clfer.experiments.item import Item, Key, Planned, Product, planned
from clfer.experiments.paper import ClaimedItem, Setting, paper_table
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable
from clfer.experiments.variants import BASELINE, OURS, SIMSIAM, TITLES, Changes

METHODS: dict[Setting, Changes] = {"baseline": BASELINE, "ours": OURS, "simsiam": SIMSIAM}
"""By the keys of the paper's table."""

DATASETS = ("rafdb", "affectnet7")


_FEW: tuple[Setting, ...] = ("ours", 0.2, True)
_COMPARED: tuple[tuple[str, tuple[Setting, ...], tuple[Setting, ...]], ...] = (
    ("the baseline", ("baseline", 0.2, False), ("ours", 0.2, False)),
    ("SimSiam", ("simsiam", 0.2, True), _FEW),
    ("the baseline with all labels", ("baseline", 1.0, False), _FEW),
)
"""What the paper compares: a name for A, and the settings A and B."""


class PartialLabels(Item):
    """Table II."""

    name: ClaimedItem = "table2"
    where = "Table II"
    title = "Accuracy with a part of the labels"

    def plan(self, scale: Scale) -> list[Planned]:
        """Every setting of the paper on every data set."""
        return [
            run
            for dataset in scale.datasets(DATASETS)
            for setting in paper_table("table2").settings
            for run in planned(scale, dataset, _key(setting), _changes(setting))
        ]

    def produce(self, results: Results) -> Product:
        """A row per data set and setting; the share of faces without label counts all others."""
        paper = paper_table("table2")
        rows = []
        for dataset in results.scale.datasets(DATASETS):
            for setting in paper.settings:
                method, labelled, unlabelled = setting
                share = 100 * float(labelled)
                printed = [paper.find(*setting, of=of) for of in DATASETS]
                score = results.score(dataset, *_key(setting))
                rest = (100 - share) * bool(unlabelled)
                named = TITLES.get(str(method), str(method))
                rows.append((dataset, named, share, rest, *printed, *ours(score)))
        columns = (
            *(Column("data"), Column("method")),
            *(Column("with label", 0, "%"), Column("without label", 0, "%")),
            *(*map(paper_column, DATASETS), *MEASURED),
        )
        said = protocol(
            results,
            "RAF-DB and AffectNet, ResNet-18; cross-entropy on 20 % of the training faces, a "
            "contrastive loss on the others.",
            "Labels are kept for the named share of every expression, chosen by the seed. Faces "
            "without label lie in the same batches and enter the losses that need none: CLFM and "
            "CLBS, or that of SimSiam, which joins the cross-entropy from the first step on.",
            "An epoch with 20 % of the faces has a fifth of the steps; the number of epochs is "
            "the same.",
        )
        table = ResultTable(self.name, self.title, columns, tuple(rows), paper.notes)
        findings = {d: _findings(results, d) for d in results.scale.datasets(DATASETS)}
        return Product(
            (table, findings_table(self.name, findings, results, GAINS_NOTE)), protocol=said
        )


def _findings(results: Results, dataset: str) -> list[Finding]:
    """Ours over the baseline with few labels, over SimSiam, and over the baseline with all."""
    found = []
    for what, a, b in _COMPARED:
        keys = [(dataset, *_key(setting)) for setting in (a, b)]
        gain = gain_over(f"ours over {what}", *(correct(results, *key) for key in keys))
        found.append(all_gain([gain], results, *keys))
    return found


def _key(setting: tuple[Setting, ...]) -> Key:
    method, labelled, unlabelled = setting
    return str(method), f"{labelled:g}", "unlabelled" if unlabelled else "alone"


def _changes(setting: tuple[Setting, ...]) -> Changes:
    method, labelled, unlabelled = setting
    return {**METHODS[method], "data.labelled": labelled, "data.unlabelled": unlabelled}


ITEMS = (PartialLabels(),)
