"""Fig. 11: where each block responds, by variant."""

from clfer.analysis.block_maps import SALIENT, block_maps
from clfer.analysis.map_statistics import MapStatistics, map_statistics
from clfer.experiments.difference import Difference, both, positive
from clfer.experiments.drawings.pair import PairItem, faces_said, models, picture, sample
from clfer.experiments.findings import Finding, findings_table, judged, nothing
from clfer.experiments.item import Product
from clfer.experiments.printed import TWO_COLUMNS, PrintedFigure, image_grid
from clfer.experiments.printed.images import Picture
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.run_scores import best_model
from clfer.experiments.table import Column, ResultTable
from clfer.experiments.variants import BASELINE, OURS, parts

VARIANTS = {
    "baseline": BASELINE,
    "MSR": parts(msr=True, clfm=False, clbs=False),
    "CL+MSR": OURS,
}
BLOCKS = (1, 2, 3, 4)
SHALLOW = (1, 2)
FACES = 70
"""Faces on which the breadth is measured, at most."""

SHOWN = 3
"""Faces in the figure."""

COLUMNS = (
    *(Column("data"), Column("method"), Column("block"), Column("breadth", 1, "%")),
    *(Column("low", 1, "%"), Column("high", 1, "%"), Column("peak", 4)),
    *(Column("n"), Column("seeds")),
)


class BlockMaps(PairItem):
    """Fig. 11."""

    needs_weights = True
    name, where = "fig11", "Fig. 11"
    title = "Where each block responds: baseline, MSR and CL+MSR"
    methods = VARIANTS

    def produce(self, results: Results) -> Product:
        """Maps of three faces, and breadth and level on many."""
        findings, figures, rows = {}, [], []
        for dataset in results.scale.datasets(self.datasets):
            if not self.complete(results, dataset):
                findings[dataset] = nothing(self.name)
                continue
            faces = sample(results, dataset, FACES)
            measured = {m: map_statistics(models(results, dataset, m), faces.images)
                        for m in VARIANTS}  # fmt: skip
            found = {method: one for method, one in measured.items() if one is not None}
            seeds = {method: len(results.runs(dataset, method)) for method in VARIANTS}
            keys = [(dataset, method) for method in VARIANTS]
            findings[dataset] = [judged(_finding(found, min(seeds.values())), results, *keys)]
            rows += [
                (dataset, method, block, *_breadth(one, block), _level(one, block), len(faces),
                 seeds[method])
                for method, one in found.items()
                for block in BLOCKS
            ]  # fmt: skip
            figures.append(_figure(results, dataset))
        notes = (
            f"Breadth: share of the face's cells at which the mean over the channels exceeds "
            f"{SALIENT:g} of its peak, with the 95 % interval over the faces, at most {FACES}, as "
            "many of each expression. Peak: in the units of the features, which the next block "
            "normalises, so that models may differ in it without consequence.",
            "Holds if CL+MSR is broader than both others over all blocks, and its peak is higher "
            "at blocks 1 and 2.",
        )
        table = ResultTable(f"{self.name}-breadth", "Breadth and level of the response", COLUMNS,
                            tuple(rows))  # fmt: skip
        tables = (findings_table(self.name, findings, results, *notes), table)
        return Product(tables, tuple(figures), protocol(results, "RAF-DB, ResNet-18; three faces."))


def _breadth(found: MapStatistics, block: int) -> tuple[float | None, ...]:
    mean = Difference.of(100 * found.breadth[:, block - 1])
    if mean is None:
        return (None,) * 3
    return mean.mean, max(0.0, mean.low), min(100.0, mean.high)


def _level(found: MapStatistics, block: int) -> float:
    return float(found.levels[:, block - 1].mean())


def _finding(found: dict[str, MapStatistics], seeds: int) -> Finding:
    """Whether CL+MSR responds more broadly than both others, and more strongly at first."""
    ours = found["CL+MSR"]
    said, verdicts = [], []
    for method in ("baseline", "MSR"):
        other = found[method]
        broader = Difference.of(100 * (ours.breadth - other.breadth).mean(axis=1))
        stronger = [Difference.of((ours.levels - other.levels)[:, b - 1]) for b in SHALLOW]
        verdicts += [positive(broader), *map(positive, stronger)]
        ratios = [ours.levels[:, b - 1].mean() / other.levels[:, b - 1].mean() for b in SHALLOW]
        said.append(
            f"against {method}: breadth {broader.said() if broader else 'undefined'}, peak at "
            f"blocks 1 and 2 × {ratios[0]:.2f} and × {ratios[1]:.2f}"
        )
    return Finding(f"CL+MSR {'; '.join(said)}", both(verdicts), len(ours.breadth), seeds)


def _figure(results: Results, dataset: str) -> PrintedFigure:
    """Rows: variants; columns: the blocks of each face, after the face itself."""
    shown = sample(results, dataset, SHOWN)
    rows: list[list[Picture | None]] = []
    for method in VARIANTS:
        model = best_model(results.runs(dataset, method)[0])
        row: list[Picture | None] = []
        for i, image in enumerate(shown.images):
            row += [picture(shown, i), *block_maps(model, image).maps]
        rows.append(row)
    names = [shown.classes[label] for label in shown.labels]
    columns = [title for name in names for title in (name, *(f"block {b}" for b in BLOCKS))]
    caption = (
        f"{dataset}: mean over the channels of every block on {SHOWN} {faces_said(shown.split)}, "
        "each map up to its maximum (Fig. 11)."
    )
    alt = "Where the four blocks respond, for baseline, MSR and CL+MSR."
    return PrintedFigure(
        f"fig11-{dataset}",
        caption,
        alt,
        lambda: image_grid(rows, list(VARIANTS), columns, width=TWO_COLUMNS),
        dataset,
    )


ITEMS = (BlockMaps(),)
