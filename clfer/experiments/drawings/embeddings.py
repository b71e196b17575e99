"""Fig. 9: t-SNE of the embedding at several epochs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances, silhouette_samples

from clfer.analysis.projection import SMALLEST, tsne
from clfer.analysis.scored import ScoredFaces
from clfer.experiments.difference import Difference, both, positive
from clfer.experiments.drawings.pair import PairItem, balanced_rows
from clfer.experiments.findings import Finding, findings_table, judged, nothing
from clfer.experiments.item import Product
from clfer.experiments.printed import PrintedFigure, Scatter, scatter_grid
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.run_scores import score_run
from clfer.experiments.table import Column, ResultTable, Value

EPOCHS = 4
"""Epochs that are shown, at most: the first, the last, and some evenly between them."""

FACES = 210
"""Validation faces that are drawn and measured, at most."""

COLUMNS = (
    *(Column("data"), Column("epoch"), Column("method"), Column("silhouette", 4)),
    *(Column("silhouette of neutral", 4), Column("nearer to another centre", 1, "%")),
    *(Column("n"), Column("seeds")),
)


@dataclass(frozen=True, eq=False)
class Gathering:
    """How a method gathers the expressions after an epoch, mean over its seeds.

    Attributes:
        silhouette: Of every face, ``[N]``; NaN where it is undefined.
        far: Share of the seeds in which a face lies nearer to another class's centre, ``[N]``.
        labels: True expressions, ``[N]``.
    """

    silhouette: NDArray[np.float64]
    far: NDArray[np.float64]
    labels: NDArray[np.int64]


Measured = dict[tuple[int, str], Gathering]
"""By epoch and method."""


class Embeddings(PairItem):
    """Fig. 9."""

    needs_weights = True
    name, where = "fig9", "Fig. 9"
    title = "t-SNE of the embedding at several epochs"

    def produce(self, results: Results) -> Product:
        """Pictures of the first seed and silhouettes of all."""
        findings, figures, rows = {}, [], []
        for dataset in results.scale.datasets(self.datasets):
            if not self.complete(results, dataset):
                findings[dataset] = nothing(self.name)
                continue
            epochs = _epochs(results, dataset)
            scored = {
                (epoch, method): _scored(results, dataset, method, epoch)
                for epoch in epochs
                for method in self.methods
            }
            measured = {key: _gathering(found) for key, found in scored.items()}
            seeds = min(map(len, scored.values()))
            first = scored[epochs[0], "baseline"][0]
            keys = ((dataset, "baseline"), (dataset, "ours"))
            findings[dataset] = [
                judged(one, results, *keys)
                for one in _findings(measured, epochs, first.classes, seeds)
            ]
            rows += _rows(dataset, measured, first.classes, seeds)
            figures.append(_figure(dataset, {key: found[0] for key, found in scored.items()}))
        notes = (
            f"Measured in the embedding itself, not in its picture, on {FACES} validation faces at "
            "most, as many of each expression; only of these every epoch is kept.",
            "The silhouette (Rousseeuw, 1987) is 1 where a face lies far nearer to its own "
            "expression than to any other, -1 in the opposite case; it does not depend on scale.",
            "Intervals are 95 %, of the paired difference over the faces; they do not hold the "
            "difference between trainings.",
        )
        table = ResultTable(f"{self.name}-silhouettes", "Separation by epoch", COLUMNS, tuple(rows))
        tables = (findings_table(self.name, findings, results, *notes), table)
        return Product(tables, tuple(figures), protocol(results, "test faces of RAF-DB."))


def _epochs(results: Results, dataset: str) -> list[int]:
    """Epochs that all runs have finished: the first, the last, some between."""
    runs = [run for method in PairItem.methods for run in results.runs(dataset, method)]
    last = min(int(run.history[-1]["epoch"]) for run in runs)
    return sorted({round(float(at)) for at in np.linspace(1, last, min(EPOCHS, last))})


def _scored(results: Results, dataset: str, method: str, epoch: int) -> list[ScoredFaces]:
    """The sampled validation faces after an epoch, by seed."""
    found = [
        score_run(run, "valid", results.scale.root, epoch=epoch)
        for run in results.runs(dataset, method)
    ]
    return [one.subset(balanced_rows(one.labels, FACES)) for one in found]


def _gathering(found: list[ScoredFaces]) -> Gathering:
    values = [_silhouettes(one) for one in found]
    far = [_far(one) for one in found]
    return Gathering(np.mean(values, axis=0), np.mean(far, axis=0), found[0].labels)


def _silhouettes(one: ScoredFaces) -> NDArray[np.float64]:
    if not 1 < len(np.unique(one.labels)) < len(one):
        return np.full(len(one), np.nan)
    return np.asarray(silhouette_samples(one.embedding.astype(np.float64), one.labels))


def _far(one: ScoredFaces) -> NDArray[np.float64]:
    """Whether each face lies nearer to the mean of another expression than to that of its own."""
    present = np.unique(one.labels)
    points = one.embedding.astype(np.float64)
    centres = np.stack([points[one.labels == label].mean(axis=0) for label in present])
    nearest = present[pairwise_distances(points, centres).argmin(axis=1)]
    return np.asarray(nearest != one.labels, dtype=np.float64)


def _findings(
    measured: Measured, epochs: list[int], classes: tuple[str, ...], seeds: int
) -> list[Finding]:
    first, last = epochs[0], epochs[-1]
    gains = {
        epoch: measured[epoch, "ours"].silhouette - measured[epoch, "baseline"].silhouette
        for epoch in (first, last)
    }
    labels = measured[last, "ours"].labels
    later = Difference.of(gains[last])
    growth = Difference.of(gains[last] - gains[first]) if last > first else None
    words = f"silhouette, ours less baseline, after epoch {last}: {_said(later)}"
    words += f"; change since epoch {first}: {_said(growth)}" if last > first else ", the only one"
    separation = Finding(words, both([positive(later), positive(growth)]), len(labels), seeds)
    neutral = np.flatnonzero(labels == _neutral(classes))
    own = Difference.of(gains[last][neutral])
    stands_out = Finding(
        f"silhouette of neutral, ours less baseline, after epoch {last}: {_said(own)}",
        positive(own),
        len(neutral),
        seeds,
    )
    return [separation, stands_out, _hard(measured, first, last, seeds)]


def _neutral(classes: tuple[str, ...]) -> int:
    """Label of neutral; that of no face where the data set has none."""
    return classes.index("neutral") if "neutral" in classes else -1


def _hard(measured: Measured, first: int, last: int, seeds: int) -> Finding:
    """Whether more faces lie far from their centre at first than at last, in ours."""
    early, late = (measured[epoch, "ours"].far for epoch in (first, last))
    text = f"ours, nearer to another centre after epoch {first}: {100 * early.mean():.1f} %"
    if first == last:
        return Finding(f"{text}, the only one", None, len(early), seeds)
    change = Difference.of(100 * (early - late))
    text += f"; after epoch {last}: {100 * late.mean():.1f} %, less by {change and change.said()}"
    return Finding(text, positive(change), len(early), seeds)


def _said(change: Difference | None) -> str:
    return "undefined" if change is None else change.said(4, "")


def _rows(
    dataset: str, measured: Measured, classes: tuple[str, ...], seeds: int
) -> list[tuple[Value, ...]]:
    neutral = _neutral(classes)
    return [
        (
            *(dataset, epoch, method, _mean(found.silhouette)),
            *(_mean(found.silhouette[found.labels == neutral]), 100 * float(found.far.mean())),
            *(len(found.labels), seeds),
        )
        for (epoch, method), found in measured.items()
    ]


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) and np.isfinite(values).all() else None


def _figure(dataset: str, scored: dict[tuple[int, str], ScoredFaces]) -> PrintedFigure:
    epochs = sorted({epoch for epoch, _ in scored})
    cells = [[_cell(scored[epoch, method]) for epoch in epochs] for method in PairItem.methods]
    n = len(next(iter(scored.values())))
    caption = (
        f"{dataset}: t-SNE of the embedding of {n} validation faces, one picture each, the first "
        "seed (Fig. 9). Distances between groups and their sizes mean nothing."
    )
    alt = f"Embeddings of baseline and ours after epochs {', '.join(map(str, epochs))}."
    # One or two pictures across a page would be needlessly large.
    width = 0.5 + min(1.66 * len(epochs), 6.66)
    return PrintedFigure(
        f"fig9-{dataset}",
        caption,
        alt,
        lambda: scatter_grid(
            cells, list(PairItem.methods), [f"epoch {e}" for e in epochs], width=width, size=5.0
        ),
    )


def _cell(one: ScoredFaces) -> Scatter | None:
    if len(one) < SMALLEST:
        return None
    return Scatter(tsne(one.embedding), [one.classes[label] for label in one.labels])


ITEMS = (Embeddings(),)
