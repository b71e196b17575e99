"""Fig. 10: channels of block 1 by semantic group."""

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.encoded_faces import encode_faces
from clfer.analysis.group_likeness import group_likeness
from clfer.analysis.groups import semantic_groups
from clfer.analysis.semantics import STRONGEST
from clfer.data.faceset import FaceSet
from clfer.experiments.difference import Difference
from clfer.experiments.drawings.pair import PairItem, example, faces_said, models, picture, sample
from clfer.experiments.findings import Finding, findings_table, judged, nothing
from clfer.experiments.item import Product
from clfer.experiments.printed import TWO_COLUMNS, PrintedFigure, image_grid
from clfer.experiments.printed.images import Picture
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.run_scores import best_model
from clfer.experiments.table import Column, ResultTable
from clfer.models.checkpoint import Checkpoint

BLOCK = 1
FACES = 70
"""Faces on which the groups are measured, at most."""

COLUMNS = (
    *(Column("data"), Column("method"), Column("within a group", 3)),
    *(Column("between groups", 3), Column("difference", 3), Column("low", 3), Column("high", 3)),
    *(Column("n"), Column("seeds")),
)


class GroupMaps(PairItem):
    """Fig. 10."""

    needs_weights = True
    name, where = "fig10", "Fig. 10"
    title = "Channels of block 1 by semantic group"

    def produce(self, results: Results) -> Product:
        """The strongest channels of each group on a face, and how alike they are on many."""
        findings, figures, rows = {}, [], []
        for dataset in results.scale.datasets(self.datasets):
            if not self.complete(results, dataset):
                findings[dataset] = nothing(self.name)
                continue
            faces = sample(results, dataset, FACES)
            for method in self.methods:
                likeness = _likeness(models(results, dataset, method), faces)
                change = Difference.of(likeness[:, 0] - likeness[:, 1])
                seeds = len(results.runs(dataset, method))
                means = _means(likeness)
                ends = (None,) * 3 if change is None else (change.mean, change.low, change.high)
                rows.append((dataset, method, *means, *ends, len(faces), seeds))
                if method == "ours":
                    found = _finding(means, change, len(faces), seeds)
                    findings[dataset] = [judged(found, results, (dataset, method))]
            figures.append(_figure(results, dataset))
        notes = (
            "Mean correlation of two channel maps of a face, over the pairs within a group and "
            "over those between groups. Largely different: maps of one group are more alike than "
            "maps of two groups. Channels are grouped by codes of these very maps, so that some "
            "difference is to be expected; the baseline shows how much.",
            f"At most {FACES} {faces_said(results.scale.split)}, as many of each expression; the "
            "interval is 95 %, over the faces.",
        )
        table = ResultTable(f"{self.name}-likeness", "Likeness of channel maps", COLUMNS,
                            tuple(rows))  # fmt: skip
        tables = (findings_table(self.name, findings, results, *notes), table)
        said = protocol(results, "RAF-DB, ResNet-18; four maps of each of four groups, ours alone.")
        return Product(tables, tuple(figures), said)


def _likeness(found: list[Checkpoint], faces: FaceSet) -> NDArray[np.float64]:
    """Within and between groups on each face, mean over the models: ``[N, 2]``."""
    return np.asarray(np.mean([_of_model(model, faces) for model in found], axis=0))


def _of_model(model: Checkpoint, faces: FaceSet) -> NDArray[np.float64]:
    features = encode_faces(model, list(faces.images)).features
    assignment = semantic_groups(model, features).assignment[BLOCK - 1]
    maps = features[BLOCK - 1].cpu().numpy()
    return np.array([group_likeness(*pair) for pair in zip(maps, assignment, strict=True)])


def _means(likeness: NDArray[np.float64]) -> tuple[float | None, float | None]:
    within, between = (
        float(np.nanmean(column)) if np.isfinite(column).any() else None for column in likeness.T
    )
    return within, between


def _finding(
    means: tuple[float | None, float | None], change: Difference | None, n: int, seeds: int
) -> Finding:
    if change is None or None in means:
        return Finding("one group alone has channels", None, n, seeds)
    text = (
        f"ours: correlation {means[0]:.3f} within a group, {means[1]:.3f} between groups, "
        f"{change.said(3, '')}"
    )
    return Finding(text, change.positive, n, seeds)


def _figure(results: Results, dataset: str) -> PrintedFigure:
    """Rows: groups; columns: the strongest channels of the baseline, then of ours."""
    faces = example(results, dataset, "ours")
    maps = {}
    for method in PairItem.methods:
        model = best_model(results.runs(dataset, method)[0])
        maps[method] = encode_faces(model, list(faces.images)).groups(model, 0, BLOCK).strongest
    count = max(map(len, maps.values()))
    rows: list[list[Picture | None]] = []
    for group in range(count):
        row: list[Picture | None] = [picture(faces) if group == 0 else None]
        for strongest in maps.values():
            shown = [one.map for one in strongest[group]] if group < len(strongest) else []
            row += [*shown, *([None] * (STRONGEST - len(shown)))]
        rows.append(row)
    columns = ["face", *(f"{m}, {i + 1}" for m in maps for i in range(STRONGEST))]
    name = faces.classes[faces.labels[0]]
    caption = (
        f"{dataset}: the {STRONGEST} most active channels of each semantic group of block {BLOCK} "
        f"on a {faces_said(faces.split, 1)} of {name}, each map up to its maximum (Fig. 10)."
    )
    alt = f"Channel maps of block {BLOCK} by semantic group, baseline and ours."
    titles = [f"group {group + 1}" for group in range(count)]
    return PrintedFigure(
        f"fig10-{dataset}",
        caption,
        alt,
        lambda: image_grid(rows, titles, columns, width=TWO_COLUMNS),
        dataset,
    )


ITEMS = (GroupMaps(),)
