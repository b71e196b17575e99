"""Fig. 7: feature maps for faces of an expression that was removed from training."""

import numpy as np

from clfer.analysis.block_maps import block_maps
from clfer.analysis.map_statistics import MapStatistics, map_statistics
from clfer.analysis.regions import area_share
from clfer.experiments.difference import Difference, both, positive
from clfer.experiments.drawings.pair import METHODS, faces_said, models, picture, sample
from clfer.experiments.findings import Finding, findings_table, judged
from clfer.experiments.item import Item, Planned, Product, planned
from clfer.experiments.printed import PrintedFigure, image_grid
from clfer.experiments.printed.images import Picture
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.run_scores import best_model
from clfer.experiments.scale import Scale
from clfer.experiments.table import Column, ResultTable, Value

DATASETS = ("rafdb",)
BLOCKS = (1, 2)
FACES = 30
"""Faces of each removed expression, at most."""

COLUMNS = (
    *(Column("data"), Column("removed"), Column("block"), Column("baseline", 1, "%")),
    *(Column("ours", 1, "%"), Column("alike everywhere", 1, "%"), Column("n"), Column("seeds")),
)

Both = dict[str, MapStatistics]


class RemovedMaps(Item):
    """Fig. 7."""

    needs_weights = True
    name, where = "fig7", "Fig. 7"
    title = "Feature maps for faces of an expression removed from training"

    def plan(self, scale: Scale) -> list[Planned]:
        """Baseline and ours without each of the expressions, as in Table III."""
        return [
            run
            for dataset in scale.datasets(DATASETS)
            for expression in scale.expressions_of(dataset)
            for method, changes in METHODS.items()
            for run in planned(
                scale,
                dataset,
                (expression, method),
                {**changes, "data.reduce": expression, "data.keep": 0.0},
            )
        ]

    def produce(self, results: Results) -> Product:
        """A face of every removed expression, and how the maps of all of them respond."""
        findings, figures, rows = {}, [], []
        for dataset in results.scale.datasets(DATASETS):
            found = _measured(results, dataset)
            rows += [
                row for name, one in found.items() for row in _rows(results, dataset, name, one)
            ]
            findings[dataset] = [_finding(results, dataset, found)]
            if found:
                figures.append(_figure(results, dataset, tuple(found)))
        notes = (
            "Expression-related regions: brows with eyes, and mouth, at fixed places of the crop, "
            f"which cover {100 * area_share():.1f} % of it. Holds if the share of the response in "
            "them exceeds that of their area in ours and is larger than the baseline's, in both "
            f"blocks. At most {FACES} faces of each expression.",
            "Intervals are 95 %, over the faces; they do not hold the difference between "
            "trainings.",
        )
        title = "Share of the response around brows, eyes and mouth"
        table = ResultTable(f"{self.name}-response", title, COLUMNS, tuple(rows))
        tables = (findings_table("fig7", findings, results, *notes), table)
        said = protocol(
            results, "RAF-DB, faces of happiness, surprise, anger and sadness, one map of each."
        )
        return Product(tables, tuple(figures), said)


def _measured(results: Results, dataset: str) -> dict[str, Both]:
    """By expression, where both methods have a run."""
    measured = {}
    for expression in results.scale.expressions_of(dataset):
        if not all(results.runs(dataset, expression, method) for method in METHODS):
            continue
        faces = sample(results, dataset, FACES, expression)
        found = {m: map_statistics(models(results, dataset, expression, m), faces.images)
                 for m in METHODS}  # fmt: skip
        measured[expression] = {m: one for m, one in found.items() if one is not None}
    return measured


def _rows(results: Results, dataset: str, expression: str, found: Both) -> list[tuple[Value, ...]]:
    seeds = min(len(results.runs(dataset, expression, method)) for method in METHODS)
    shares = {method: 100 * np.nanmean(one.focus, axis=0) for method, one in found.items()}
    return [
        (
            *(dataset, expression, block),
            *(float(shares[method][block - 1]) for method in METHODS),
            *(100 * area_share(), len(found["ours"].focus), seeds),
        )
        for block in BLOCKS
    ]


def _finding(results: Results, dataset: str, found: dict[str, Both]) -> Finding:
    if not found:
        return Finding("nothing: its runs are not finished")
    said, verdicts = [], []
    for block in BLOCKS:
        focus = {
            method: 100
            * np.concatenate([one[method].focus[:, block - 1] for one in found.values()])
            for method in METHODS
        }
        means = {method: float(np.nanmean(values)) for method, values in focus.items()}
        above = Difference.of(focus["ours"] - 100 * area_share())
        change = Difference.of(focus["ours"] - focus["baseline"])
        verdicts += [positive(above), positive(change)]
        said.append(
            f"block {block}: {means['baseline']:.1f} → {means['ours']:.1f} %"
            + (f", {change.said()}" if change else "")
        )
    text = (
        f"share of the response in the regions, whose area is {100 * area_share():.1f} %; "
        + "; ".join(said)
    )
    n = sum(len(one["ours"].focus) for one in found.values())
    seeds = min(len(results.runs(dataset, e, method)) for e in found for method in METHODS)
    keys = [(dataset, expression, method) for expression in found for method in METHODS]
    return judged(Finding(text, both(verdicts), n, seeds), results, *keys)


def _figure(results: Results, dataset: str, expressions: tuple[str, ...]) -> PrintedFigure:
    """Rows: removed expressions; columns: the face, then blocks 1 and 2 of both models."""
    rows: list[list[Picture | None]] = []
    for expression in expressions:
        faces = sample(results, dataset, 1, expression)
        maps = {
            method: block_maps(
                best_model(results.runs(dataset, expression, method)[0]), faces.images[0]
            ).maps
            for method in METHODS
        }
        shown = [maps[method][block - 1] for block in BLOCKS for method in METHODS]
        rows.append([picture(faces), *shown])
    columns = ["face", *(f"{m}, block\u00a0{block}" for block in BLOCKS for m in METHODS)]
    caption = (
        f"{dataset}: mean over the channels of blocks 1 and 2 on a "
        f"{faces_said(results.scale.split, 1)} of "
        "each expression that was removed from training, each map up to its maximum (Fig. 7)."
    )
    alt = f"Where blocks 1 and 2 respond to faces of removed expressions: {', '.join(expressions)}."
    return PrintedFigure(
        f"fig7-{dataset}",
        caption,
        alt,
        lambda: image_grid(rows, list(expressions), columns),
        dataset,
    )


ITEMS = (RemovedMaps(),)
