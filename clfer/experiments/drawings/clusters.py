"""Fig. 8: accuracy against the number of clusters."""

from clfer.data.registry import dataset_classes
from clfer.experiments.columns import OURS as MEASURED
from clfer.experiments.columns import ours
from clfer.experiments.difference import LEVEL
from clfer.experiments.drawings.pair import faces_said
from clfer.experiments.findings import Finding, findings_table, judged
from clfer.experiments.item import Item, Planned, Product, planned
from clfer.experiments.pairs import paired
from clfer.experiments.paper import paper_table
from clfer.experiments.printed import TWO_COLUMNS, Line, LinePanel, PrintedFigure, line_panels
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results, Score
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable
from clfer.experiments.variants import BASELINE, OURS, Changes

DATASETS = ("rafdb", "sfew")
MODULES = {"clfm": "CLFM", "clbs": "CLBS"}

COLUMNS = (
    *(Column("data"), Column("module"), Column("clusters K")),
    *(Column("highest in the paper"), *MEASURED),
)


class Clusters(Item):
    """Fig. 8."""

    name, where = "fig8", "Fig. 8"
    title = "Accuracy against the number of clusters"

    def plan(self, scale: Scale) -> list[Planned]:
        """The baseline, and ours with every K of one module, the other's at its default."""
        runs = []
        for dataset in scale.datasets(DATASETS):
            runs += planned(scale, dataset, ("baseline",), BASELINE)
            for module in MODULES:
                for clusters in _numbers(scale, dataset, module):
                    changes = _changes(scale, dataset, module, clusters)
                    runs += planned(scale, dataset, (module, str(clusters)), changes)
        return runs

    def produce(self, results: Results) -> Product:
        """Both curves of every data set."""
        scale, rows, findings, figures = results.scale, [], {}, []
        for dataset in scale.datasets(DATASETS):
            scores = {
                module: {k: results.score(dataset, module, str(k))
                         for k in _numbers(scale, dataset, module)}
                for module in MODULES
            }  # fmt: skip
            findings[dataset] = [_finding(results, dataset, module) for module in MODULES]
            rows += [
                (dataset, MODULES[module], k, _mark(module, k), *ours(score))
                for module, found in scores.items()
                for k, score in found.items()
            ]
            if any(score for found in scores.values() for score in found.values()):
                baseline = results.score(dataset, "baseline")
                figures.append(_figure(scale, dataset, baseline, scores))
        notes = (
            "Ours with all modules; K of one module varies, the other keeps its default: 4 for "
            "CLFM, the number of expressions for CLBS.",
            "The best K is compared with the next best one by McNemar's exact test at 5 %; the "
            "best of several settings on the faces that are scored is a little too high.",
        )
        table = ResultTable(self.name, self.title, COLUMNS, tuple(rows))
        tables = (findings_table("fig8", findings, results, *notes), table)
        said = protocol(results, "RAF-DB and SFEW, ResNet-18; the curves are printed as a picture.")
        return Product(tables, tuple(figures), said)


def _default(scale: Scale, dataset: str, module: str) -> int:
    if module == "clbs":
        return len(dataset_classes(dataset, scale.root(dataset)))
    return scale.config(dataset, OURS, scale.seeds[0]).clfm.clusters


def _numbers(scale: Scale, dataset: str, module: str) -> list[int]:
    """The K of the size, and the module's default."""
    return sorted({*scale.clusters, _default(scale, dataset, module)})


def _changes(scale: Scale, dataset: str, module: str, clusters: int) -> Changes:
    """At its default a module is left alone, so that the run is that of ours."""
    if clusters == _default(scale, dataset, module):
        return OURS
    return {**OURS, f"{module}.clusters": clusters}


def _finding(results: Results, dataset: str, module: str) -> Finding:
    """Whether the paper's K has the highest accuracy; for CLBS the number of expressions."""
    numbers = _numbers(results.scale, dataset, module)
    scores = {k: results.score(dataset, module, str(k)) for k in numbers}
    known = {k: score for k, score in scores.items() if score is not None}
    expected = _default(results.scale, dataset, module)
    if expected not in known or len(known) < 2:
        return Finding("nothing: its runs are not finished")
    others = [k for k in known if k != expected]
    rival = max(others, key=lambda k: known[k].mean)
    pairs = paired(
        results.by_seed(dataset, module, str(rival)),
        results.by_seed(dataset, module, str(expected)),
    )
    if pairs is None:
        return Finding("nothing: no seed is finished for both numbers of clusters")
    test = pairs.pooled
    holds = None if test.p_value >= LEVEL else test.difference > 0
    text = (
        f"K = {expected}: {_said(known[expected])}; highest of the others K = {rival}: "
        f"{_said(known[rival])}; p = {test.p_value:.2g}"
    )
    found = Finding(text, holds, known[expected].n, len(known[expected].seeds))
    return judged(found, results, *((dataset, module, str(k)) for k in (expected, rival)))


def _said(score: Score) -> str:
    low, high = score.interval
    return f"{100 * score.mean:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def _mark(module: str, clusters: int) -> str | None:
    return "yes" if clusters == paper_table("fig8").find(module, of="clusters") else None


def _figure(
    scale: Scale,
    dataset: str,
    baseline: Score | None,
    scores: dict[str, dict[int, Score | None]],
) -> PrintedFigure:
    panels = []
    for letter, (module, found) in zip("ab", scores.items(), strict=True):
        known = {k: score for k, score in found.items() if score is not None}
        if not known:
            continue
        ks = [float(k) for k in known]
        low, high = zip(*(score.interval for score in known.values()), strict=True)
        lines = [
            Line("ours", ks, [100 * score.mean for score in known.values()],
                 [100 * value for value in low], [100 * value for value in high])
        ]  # fmt: skip
        if baseline is not None:
            level = 100 * baseline.mean
            ends = [float(min(found)), float(max(found))]
            lines.insert(0, Line("baseline", ends, [level, level]))
        best = paper_table("fig8").find(module, of="clusters")
        marks = [] if best is None else [(best, "best in the paper")]
        panels.append(
            LinePanel(lines, f"clusters K of {MODULES[module]}", "accuracy (%)",
                      f"({letter}) {MODULES[module]}", marks=marks, ticks=ks)
        )  # fmt: skip
    n = next(s.n for found in scores.values() for s in found.values() if s is not None)
    caption = (
        f"{dataset}: accuracy on {n} {faces_said(scale.split)} against the number of clusters "
        "of one module, the other's at its default; bands are 95 % intervals (Fig. 8)."
    )
    alt = f"Accuracy against the number of clusters of CLFM and of CLBS on {dataset}."
    return PrintedFigure(
        f"fig8-{dataset}", caption, alt, lambda: line_panels(panels, width=TWO_COLUMNS, height=2.1)
    )


ITEMS = (Clusters(),)
