"""Table VII: published methods, with ours among them, and newer results."""

from collections.abc import Sequence

from clfer.experiments.findings import Finding, findings_table
from clfer.experiments.gains import GAINS_NOTE, all_gain, correct, gain_over
from clfer.experiments.item import Item, Planned, Product, planned
from clfer.experiments.paper import DATA_SETS, ClaimedItem
from clfer.experiments.protocol import protocol
from clfer.experiments.published import PublishedMethod, table7
from clfer.experiments.results import Results
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable, Value
from clfer.experiments.tables.newer import newer_table
from clfer.experiments.variants import BASELINE, OURS

METHODS = {"baseline": BASELINE, "ours": OURS}
DATASETS = ("rafdb", "sfew", "ferplus", "affectnet7")

_HEAD = (
    *(Column("method"), Column("network"), Column("pre-training"), Column("extra data")),
    *(Column("oversampling"), Column("optimiser"), Column("year")),
)


class Published(Item):
    """Table VII."""

    name: ClaimedItem = "table7"
    where = "Table VII"
    title = "Comparison with published methods"

    def plan(self, scale: Scale) -> list[Planned]:
        """Baseline and ours on every data set."""
        return [
            run
            for dataset in scale.datasets(DATASETS)
            for method, changes in METHODS.items()
            for run in planned(scale, dataset, (method,), changes)
        ]

    def produce(self, results: Results) -> Product:
        """The methods of the paper, then what was measured here, then newer results apart."""
        places = tuple(dict.fromkeys((*DATASETS, *results.scale.datasets(DATASETS))))
        columns = (
            *_HEAD,
            *(Column(DATA_SETS.get(place, place), 2, "%") for place in places),
            Column("source"),
        )
        rows = [
            *(_published(method, places) for method in table7().methods),
            *(_measured(results, method, places) for method in METHODS),
        ]
        notes = (*table7().notes, *_numbers(results))
        table = ResultTable(self.name, self.title, columns, tuple(rows), notes)
        said = protocol(
            results,
            "the splits of the data sets as published, ResNet-18 from ImageNet; other methods as "
            "their authors report them.",
            "The rows of here were not run under the protocol of the other rows unless the preset "
            "is `paper`.",
        )
        findings = {d: _findings(results, d) for d in results.scale.datasets(DATASETS)}
        claimed = findings_table(self.name, findings, results, GAINS_NOTE)
        return Product((table, claimed, newer_table(f"{self.name}-newer")), protocol=said)


def _findings(results: Results, dataset: str) -> list[Finding]:
    keys = [(dataset, method) for method in METHODS]
    gain = gain_over("ours over the baseline", *(correct(results, *key) for key in keys))
    return [all_gain([gain], results, *keys)]


def _published(method: PublishedMethod, places: Sequence[str]) -> tuple[Value, ...]:
    accuracy = {str(name): value for name, value in method.accuracy.items()}
    return (
        *(f"{method.method}, paper" if method.method in METHODS else method.method,),
        *(method.network, method.pretraining, _mark(method.extra_data)),
        *(_mark(method.oversampling), method.optimiser, method.year),
        *(accuracy.get(place) for place in places),
        method.reference,
    )


def _measured(results: Results, method: str, places: Sequence[str]) -> tuple[Value, ...]:
    scores = {place: results.score(place, method) for place in places}
    config = next(one.config for one in results.planned if one.key[-1] == method)
    start = {"scratch": "none", "imagenet": "ImageNet"}.get(config.model.init, config.model.init)
    optimiser = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"}[config.train.optimiser]
    accuracies = (None if score is None else 100 * score.mean for score in scores.values())
    head = (f"{method}, here", "ResNet-18", start, None, None, optimiser, None)
    return (*head, *accuracies, f"preset {results.scale.name}")


def _numbers(results: Results) -> list[str]:
    """How sure the accuracies of here are."""
    said = []
    for dataset in results.scale.datasets(DATASETS):
        for method in METHODS:
            score = results.score(dataset, method)
            if score is not None:
                low, high = (100 * end for end in score.interval)
                seeds = f"{len(score.seeds)} seed{'s' * (len(score.seeds) > 1)}"
                said.append(
                    f"{method.capitalize()}, here, on {DATA_SETS.get(dataset, dataset)}: "
                    f"{100 * score.mean:.2f} %, 95 % interval {low:.2f} to {high:.2f} %, "
                    f"{score.n:,} {results.scale.split} faces, {seeds}."
                )
    return said


def _mark(on: bool) -> str | None:
    return "✓" if on else None


ITEMS = (Published(),)
