"""Table III: one expression thinned out in training, with and without the rule for unseen ones."""

from collections.abc import Mapping

import numpy as np

from clfer.analysis.scored import ScoredFaces
from clfer.analysis.unseen import predicted_by_rule, unseen_accuracy
from clfer.experiments.columns import OURS as MEASURED
from clfer.experiments.columns import ours, paper_column
from clfer.experiments.findings import Finding, findings_table
from clfer.experiments.gains import GAINS_NOTE, Correct, Gain, all_gain, gain_over
from clfer.experiments.item import Item, Key, Planned, Product, planned
from clfer.experiments.paper import ClaimedItem, paper_table
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results, Score
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable, Value
from clfer.experiments.tables.removed_summary import means_table, methods_table
from clfer.experiments.variants import BASELINE, OURS, SCN, TITLES
from clfer.expressions import UNKNOWN_THRESHOLD

METHODS = {"baseline": BASELINE, "scn": SCN, "ours": OURS}
"""By the columns of the paper's table."""

KEPT = (0.0, 0.1, 0.3)
DATASETS = ("rafdb",)

COLUMNS = (
    *(Column("data"), Column("kept", 0, "%"), Column("expression"), Column("method")),
    Column("rule applied"),
    *(paper_column("rafdb"), *MEASURED),
    *(Column("recall", 2, "%"), Column(f"below {UNKNOWN_THRESHOLD:g}", 2, "%")),
)

_DETAILS = "Table III in detail: intervals, and the expression that was thinned out"
_MEANING = (
    f"Recall: of the faces of the expression. Below {UNKNOWN_THRESHOLD:g}: faces with a lower top "
    "probability, of which the rule speaks."
)
_RULED = "The rule for unseen expressions is applied, as in the paper."


class RemovedExpression(Item):
    """Table III."""

    name: ClaimedItem = "table3"
    where = "Table III"
    title = "Accuracy with one expression thinned out in training"

    def plan(self, scale: Scale) -> list[Planned]:
        """Every method with every expression reduced to every share."""
        return [
            run
            for dataset in scale.datasets(DATASETS)
            for kept in KEPT
            for expression in scale.expressions_of(dataset)
            for method, changes in METHODS.items()
            for run in planned(
                scale,
                dataset,
                _key(expression, kept, method),
                {**changes, "data.reduce": expression, "data.keep": kept},
            )
        ]

    def produce(self, results: Results) -> Product:
        """Every accuracy with the rule and without: as in the paper, in detail, and as means."""
        rows = [
            row
            for dataset in results.scale.datasets(DATASETS)
            for kept in KEPT
            for expression in results.scale.expressions_of(dataset)
            for method in METHODS
            for row in _rows(results, dataset, kept, expression, method)
        ]
        details = ResultTable(f"{self.name}-details", _DETAILS, COLUMNS, tuple(rows), (_MEANING,))
        said = protocol(
            results,
            "RAF-DB, ResNet-18; one expression is removed from training or thinned out to 10 % or "
            "30 %; tested on the whole test set.",
            f"The rule: a face whose top probability is below {UNKNOWN_THRESHOLD:g} counts as the "
            "expression that was thinned out. The paper states it for removed expressions; here "
            "every accuracy is given both ways.",
            "Validation and test faces are not thinned out.",
            *_relabelling(results),
        )
        table = methods_table(self.name, self.title, details, _notes())
        means = means_table(f"{self.name}-means", details)
        findings = {d: [_finding(results, d)] for d in results.scale.datasets(DATASETS)}
        claimed = findings_table(self.name, findings, results, GAINS_NOTE, _RULED)
        return Product((table, claimed, means, details), protocol=said)


def _finding(results: Results, dataset: str) -> Finding:
    """Ours over both others wherever no face of an expression was left, with the rule."""
    gains: list[Gain | None] = []
    keys: list[Key] = []
    for expression in results.scale.expressions_of(dataset):
        found = {m: (dataset, *_key(expression, KEPT[0], m)) for m in METHODS}
        right = {m: _by_rule(results, key, expression) for m, key in found.items()}
        gains += [
            gain_over(f"over {TITLES.get(m, m)} without {expression}", right[m], right["ours"])
            for m in METHODS
            if m != "ours"
        ]
        keys += found.values()
    return all_gain(gains, results, *keys, least=True)


def _by_rule(results: Results, key: Key, expression: str) -> Correct:
    """Whether each finished run is right where the rule names the expression."""
    return {
        seed: predicted_by_rule(one.logits, one.classes.index(expression)) == one.labels
        for seed, one in results.by_seed(*key).items()
    }


def _rows(
    results: Results, dataset: str, kept: float, expression: str, method: str
) -> list[tuple[Value, ...]]:
    found = results.by_seed(dataset, *_key(expression, kept, method))
    printed = paper_table("table3").find(kept, expression, of=method)
    rows = []
    for ruled in (False, True):
        # The paper means the rule where no face of the expression is left, and there alone.
        paper = printed if ruled == (kept == 0) else None
        shown = TITLES.get(method, method)
        named = (dataset, 100 * kept, expression, shown, "yes" if ruled else "no")
        rows.append((*named, paper, *_measured(found, expression, ruled=ruled)))
    return rows


def _measured(
    found: Mapping[int, ScoredFaces], expression: str, *, ruled: bool
) -> tuple[Value, ...]:
    if not found:
        return (None,) * (len(MEASURED) + 2)
    correct, recalls, below = {}, [], []
    for seed, scored in found.items():
        said = unseen_accuracy(scored, expression)
        removed = scored.classes.index(expression)
        predicted = predicted_by_rule(scored.logits, removed) if ruled else scored.predicted
        correct[seed] = predicted == scored.labels
        right = said.found_by_rule if ruled else said.found
        recalls += [100 * right / said.n_expression] if said.n_expression else []
        below.append(100 * said.ruled / said.n)
    recall = float(np.mean(recalls)) if recalls else None
    return (*ours(Score.of(correct)), recall, float(np.mean(below)))


def _relabelling(results: Results) -> list[str]:
    """From when SCN relabels, where it was planned."""
    for config in (one.config for one in results.planned):
        if config.scn.enabled:
            epochs = config.train.epochs
            return [f"SCN relabels after epoch {config.scn.relabel_from} of {epochs} and later."]
    return []


def _key(expression: str, kept: float, method: str) -> Key:
    return expression, f"{kept:g}", method


def _notes() -> tuple[str, ...]:
    return (
        *paper_table("table3").notes,
        "The paper's accuracy stands in the row with the rule where 0 % are kept, and in the row "
        "without it where 10 % or 30 % are.",
    )


ITEMS = (RemovedExpression(),)
