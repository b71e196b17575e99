"""Fig. 6: confusion matrices."""

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.confusion import normalised
from clfer.analysis.metrics import confusion_matrix
from clfer.analysis.scored import ScoredFaces
from clfer.experiments.columns import GAIN, OURS, gain, ours, paper_column
from clfer.experiments.difference import both, improved
from clfer.experiments.drawings.pair import PairItem, faces_said
from clfer.experiments.findings import Finding, findings_table, judged, nothing
from clfer.experiments.item import Product
from clfer.experiments.pairs import Pairs, paired
from clfer.experiments.paper import paper_table
from clfer.experiments.printed import TWO_COLUMNS, Heatmap, PrintedFigure, heatmaps
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results, Score
from clfer.experiments.table import Column, ResultTable, Value

RAISED = ("neutral", "sadness")
DRAWS = 2000
"""Resamples of the faces behind "on most expressions"."""

BySeed = dict[int, ScoredFaces]

COLUMNS = (
    *(Column("data"), Column("expression"), Column("method"), paper_column("rafdb")),
    *(*OURS, *GAIN),
)


class Confusions(PairItem):
    """Fig. 6."""

    name, where = "fig6", "Fig. 6"
    title = "Confusion matrices and recalls"
    datasets = ("rafdb", "sfew", "ferplus", "affectnet7")

    def produce(self, results: Results) -> Product:
        """Matrices of baseline, ours and their difference, and all recalls."""
        findings, figures, rows = {}, [], []
        for dataset in results.scale.datasets(self.datasets):
            found = {method: results.by_seed(dataset, method) for method in self.methods}
            rows += _recalls(dataset, found)
            pairs = paired(found["baseline"], found["ours"])
            if pairs is None:
                findings[dataset] = nothing(self.name)
                continue
            keys = ((dataset, "baseline"), (dataset, "ours"))
            findings[dataset] = [
                judged(one, results, *keys) for one in (_most(pairs), _raised(dataset, pairs))
            ]
            figures.append(_figure(dataset, pairs))
        notes = (
            "On most expressions: holds if ours has the higher recall on more than half of them in "
            f"97.5 % of {DRAWS} resamples of the faces of each expression, and does not if in at "
            "most 2.5 %.",
            "Neutral and sadness: McNemar's exact test on the faces of each, at 5 %.",
            *paper_table("fig6").notes,
        )
        recalls = ResultTable(f"{self.name}-recalls", "Recall of every expression", COLUMNS,
                              tuple(rows))  # fmt: skip
        tables = (findings_table(self.name, findings, results, *notes), recalls)
        said = protocol(
            results, "test faces of RAF-DB, FERPlus and AffectNet, validation faces of SFEW."
        )
        return Product(tables, tuple(figures), said)


def _recalls(dataset: str, found: dict[str, BySeed]) -> list[tuple[Value, ...]]:
    """A row per expression and method; none while nothing is done."""
    classes = next((one.classes for of in found.values() for one in of.values()), ())
    rows = []
    for position, name in enumerate(classes):
        faces = {method: _of_class(of, position) for method, of in found.items()}
        pairs = paired(faces["baseline"], faces["ours"])
        for method, of in faces.items():
            score = Score.of({seed: one.correct for seed, one in of.items()})
            paper = paper_table("fig6").find("rafdb", name, of=method)
            test = pairs.pooled if pairs is not None and method == "ours" else None
            rows.append((dataset, name, method, paper, *ours(score), *gain(test)))
    return rows


def _of_class(found: BySeed, position: int) -> BySeed:
    """The faces of one expression; nothing if there are none."""
    subsets = {s: one.subset(np.flatnonzero(one.labels == position)) for s, one in found.items()}
    return {seed: one for seed, one in subsets.items() if len(one)}


def _pairs_of(pairs: Pairs, position: int) -> Pairs | None:
    both_sides = pairs.comparisons.items()
    return paired(
        _of_class({seed: one.a for seed, one in both_sides}, position),
        _of_class({seed: one.b for seed, one in both_sides}, position),
    )


def _most(pairs: Pairs) -> Finding:
    """Whether ours has the higher recall on most expressions."""
    first = next(iter(pairs.comparisons.values()))
    gains = np.mean(
        [one.b.correct.astype(float) - one.a.correct for one in pairs.comparisons.values()], axis=0
    )
    by_class = [gains[first.labels == c] for c in range(len(first.classes))]
    by_class = [one for one in by_class if len(one)]
    higher = sum(one.mean() > 0 for one in by_class)
    share = _resampled(by_class)
    holds = True if share >= 0.975 else False if share <= 0.025 else None
    text = (
        f"higher recall on {higher} of {len(by_class)} expressions; on more than half of them in "
        f"{100 * share:.1f} % of the resamples"
    )
    return Finding(text, holds, len(first), len(pairs.comparisons))


def _resampled(gains: list[NDArray[np.float64]]) -> float:
    """Share of the resamples of each expression's faces in which most expressions gain."""
    rng = np.random.default_rng(0)
    higher = np.zeros(DRAWS)
    for one in gains:
        # How often each face is drawn, by the number of distinct gains alone: few are possible.
        values, counts = np.unique(one, return_counts=True)
        drawn = rng.multinomial(len(one), counts / len(one), size=DRAWS)
        higher += drawn @ values > 1e-12
    return float((higher > len(gains) / 2).mean())


def _raised(dataset: str, pairs: Pairs) -> Finding:
    """Whether neutral and sadness have a higher recall in ours."""
    classes = next(iter(pairs.comparisons.values())).classes
    said, verdicts, n = [], [], 0
    for name in RAISED:
        own = _pairs_of(pairs, classes.index(name)) if name in classes else None
        if own is None:
            return Finding(f"no face of {name}")
        test = own.pooled
        recalls = [100 * (test.right + wins) / test.n for wins in (test.broken, test.fixed)]
        paper = [paper_table("fig6").find(dataset, name, of=of) for of in ("baseline", "ours")]
        printed = f", paper {paper[0]:g} % → {paper[1]:g} %" if None not in paper else ""
        said.append(
            f"{name} {recalls[0]:.1f} % → {recalls[1]:.1f} % (p = {test.p_value:.2g}{printed})"
        )
        verdicts.append(improved(test))
        n += len(next(iter(own.comparisons.values())))
    return Finding("; ".join(said), both(verdicts), n, len(pairs.comparisons))


def _figure(dataset: str, pairs: Pairs) -> PrintedFigure:
    comparisons = list(pairs.comparisons.values())
    classes = comparisons[0].classes
    shares = []
    for side in ("a", "b"):
        scored = [getattr(one, side) for one in comparisons]
        total = sum((confusion_matrix(one.logits, one.labels) for one in scored),
                    np.zeros((len(classes), len(classes)), np.int64))  # fmt: skip
        shares.append(normalised(total, "rows"))
    panels = [
        Heatmap(shares[0], classes, classes, "(a) baseline"),
        Heatmap(shares[1], classes, classes, "(b) ours"),
        Heatmap(shares[1] - shares[0], classes, classes, "(c) ours − baseline", difference=True),
    ]
    n, seeds = len(comparisons[0]), len(comparisons)
    caption = (
        f"{dataset}: per cent of the true expression, {n} {faces_said(comparisons[0].split)}, "
        f"{seeds} seed{'s' * (seeds > 1)}; on the diagonal the recall; (c) in points (Fig. 6)."
    )
    alt = f"Confusion matrices of baseline and ours on {dataset}, and their difference."
    return PrintedFigure(
        f"fig6-{dataset}",
        caption,
        alt,
        lambda: heatmaps(panels, highest=100, x="predicted", y="true", width=TWO_COLUMNS, across=3),
    )


ITEMS = (Confusions(),)
