"""Fig. 1 and Fig. 5: how strongly each block learns, and where it responds."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from clfer.analysis.encoded_faces import encode_faces
from clfer.analysis.histories import History
from clfer.analysis.map_statistics import MapStatistics, map_statistics
from clfer.analysis.regions import area_share
from clfer.analysis.shallow_gain import LEVEL
from clfer.data.faceset import FaceSet
from clfer.experiments.difference import Difference, both, positive
from clfer.experiments.drawings.histories import epoch_ticks, epochs_said, history, line
from clfer.experiments.drawings.intensities import (
    BLOCKS,
    LOSSES,
    Factors,
    factors,
    geometric,
    intensity_table,
)
from clfer.experiments.drawings.pair import PairItem, example, faces_said, models, picture, sample
from clfer.experiments.findings import Finding, findings_table, judged, nothing
from clfer.experiments.item import Product
from clfer.experiments.printed import (
    TWO_COLUMNS,
    Line,
    LinePanel,
    PrintedFigure,
    image_grid,
    line_panels,
)
from clfer.experiments.printed.images import Picture
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.run_scores import best_model
from clfer.experiments.table import Column, ResultTable

FACES = 70
"""Faces on which the responses are measured, at most."""

WIDELY = 2.0
"""Groups differ widely where the strongest has this many times the norm of the weakest."""

SHALLOW = (1, 2)
Pairs = dict[str, tuple[History | None, History | None]]


class Attenuation(PairItem):
    """Fig. 1."""

    needs_weights = True
    name, where = "fig1", "Fig. 1"
    title = "Gradient norms by block, and feature maps by semantic group"

    def produce(self, results: Results) -> Product:
        """Norms and maps of every data set, and whether they bear the paper out."""
        pairs = _histories(results)
        findings, figures, rows = {}, [], []
        for dataset, (baseline, ours) in pairs.items():
            if baseline is None or ours is None:
                findings[dataset] = nothing(self.name)
                continue
            faces = sample(results, dataset, FACES)
            found = tuple(
                map_statistics(models(results, dataset, m), faces.images) for m in self.methods
            )
            seeds = min(baseline.count, ours.count)
            focused = judged(
                _focused(found[0], found[1], seeds),
                results,
                (dataset, "baseline"),
                (dataset, "ours"),
            )
            findings[dataset] = [_attenuated(baseline, seeds), focused]
            rows += [
                (dataset, block, *(_focus(one, block) for one in found), len(faces), seeds)
                for block in BLOCKS
            ]
            figures += [_by_block(dataset, baseline, ours), _group_maps(results, dataset)]
        notes = (
            f"Response around brows, eyes and mouth: mean over the channels of a block, on "
            f"{FACES} {faces_said(results.scale.split)} at most, as many of each expression. The "
            f"regions lie at fixed places of the crop and cover {100 * area_share():.1f} % of it, "
            "which is the share of a map that responds alike everywhere.",
            "Intervals are 95 %, of the paired difference over the faces; they do not hold the "
            "difference between trainings.",
        )
        columns = (Column("data"), Column("block"), Column("baseline", 1, "%"),
                   Column("ours", 1, "%"), Column("n"), Column("seeds"))  # fmt: skip
        title = "Share of the response around brows, eyes and mouth"
        focus = ResultTable(f"{self.name}-response", title, columns, tuple(rows))
        tables = (
            findings_table(self.name, findings, results, *notes),
            intensity_table(self.name, self.title, pairs),
            focus,
        )
        return Product(tables, tuple(figures), protocol(results, "RAF-DB, ResNet-18; one curve."))


class Intensities(PairItem):
    """Fig. 5."""

    needs_weights = True
    name, where = "fig5", "Fig. 5"
    title = "Gradient norms during training, by block and by semantic group"

    def produce(self, results: Results) -> Product:
        """Norms over the epochs, at the same loss, and by group, for every data set."""
        pairs = _histories(results)
        findings, figures = {}, []
        for dataset, (baseline, ours) in pairs.items():
            if baseline is None or ours is None:
                findings[dataset] = nothing(self.name)
                continue
            seeds = min(baseline.count, ours.count)
            findings[dataset] = [_enlarged(baseline, ours, seeds), _different(ours, seeds)]
            figures.append(_over_training(dataset, baseline, ours))
        notes = (
            f"Enlarged: the factor exceeds {1 + LEVEL:g} at blocks 1 and 2, for L_cls and for the "
            "joint loss.",
            f"Widely: the largest mean norm of a group is {WIDELY:g} times the smallest or more, "
            "at blocks 1 and 2.",
        )
        tables = (
            findings_table(self.name, findings, results, *notes),
            intensity_table(self.name, self.title, pairs),
        )
        return Product(tables, tuple(figures), protocol(results, "RAF-DB, ResNet-18; one curve."))


def _histories(results: Results) -> Pairs:
    return {
        dataset: (history(results, dataset, "baseline"), history(results, dataset, "ours"))
        for dataset in results.scale.datasets(PairItem.datasets)
    }


def _attenuated(baseline: History, seeds: int) -> Finding:
    """Whether the norm at block 1 is smaller than at block 4."""
    ratios = []
    for kind in ("grad", "rms"):
        shallow, deep = (geometric(baseline, f"{kind}_cls_{block}") for block in (1, 4))
        if shallow is None or deep is None:
            return Finding("a block without gradient", None, len(baseline.epochs), seeds)
        ratios.append(shallow / deep)
    text = (
        f"baseline, block 1 over block 4: norm × {ratios[0]:.3g}, per element × {ratios[1]:.3g}, "
        "mean over the epochs; n counts epochs"
    )
    return Finding(text, ratios[0] < 1 - LEVEL, len(baseline.epochs), seeds)


def _focused(baseline: MapStatistics | None, ours: MapStatistics | None, seeds: int) -> Finding:
    """Whether the shallow blocks of ours respond more around brows, eyes and mouth."""
    assert baseline is not None
    assert ours is not None
    said, verdicts, n = [], [], 0
    for block in SHALLOW:
        change = Difference.of(100 * (ours.focus - baseline.focus)[:, block - 1])
        shares = f"{_focus(baseline, block):.1f} → {_focus(ours, block):.1f} %"
        said.append(f"block {block}: {shares}" + (f", {change.said()}" if change else ""))
        verdicts.append(positive(change))
        n = change.n if change else n
    return Finding(f"share of the response, {'; '.join(said)}", both(verdicts), n, seeds)


def _focus(found: MapStatistics | None, block: int) -> float | None:
    if found is None or not np.isfinite(found.focus[:, block - 1]).any():
        return None
    return float(100 * np.nanmean(found.focus[:, block - 1]))


def _enlarged(baseline: History, ours: History, seeds: int) -> Finding:
    """Whether the norms at blocks 1 and 2 are larger with the proposed losses."""
    by_loss = {loss: factors(baseline, ours, loss) for loss in LOSSES}
    known = {loss: one for loss, one in by_loss.items() if one is not None}
    if not known:
        return Finding("no epoch with a gradient at every block", seeds=seeds)
    parts = [f"{LOSSES[loss]} {_factors_said(one)}" for loss, one in known.items()]
    holds = all(one.over_training[block - 1] > 1 + LEVEL for one in known.values()
                for block in SHALLOW)  # fmt: skip
    epochs = next(iter(known.values())).epochs
    text = f"ours over baseline at blocks 1 and 2: {'; '.join(parts)}; n counts epochs"
    return Finding(text, holds, epochs, seeds)


def _factors_said(one: Factors) -> str:
    during = " and ".join(f"× {one.over_training[block - 1]:.2f}" for block in SHALLOW)
    matched = [one.same_loss[block - 1] for block in SHALLOW]
    if None in matched:
        return f"{during} (at the same loss: the losses do not overlap)"
    return f"{during} (at the same loss {' and '.join(f'× {m:.2f}' for m in matched)})"


def _different(ours: History, seeds: int) -> Finding:
    """Whether the groups of the shallow blocks have widely different norms."""
    said, wide = [], []
    for block in SHALLOW:
        norms = [geometric(ours, f"group_grad_cls_{block}_{g + 1}") for g in range(ours.groups())]
        positive = [norm for norm in norms if norm]
        if len(positive) < 2:
            return Finding("fewer than two groups with a gradient", None, len(ours.epochs), seeds)
        ratio = max(positive) / min(positive)
        said.append(f"block {block}: × {ratio:.2f}")
        wide.append(ratio >= WIDELY)
    text = f"ours, strongest over weakest group, {'; '.join(said)}; n counts epochs"
    return Finding(text, all(wide), len(ours.epochs), seeds)


def _by_block(dataset: str, baseline: History, ours: History) -> PrintedFigure:
    panels = [
        LinePanel([_over_blocks(baseline, "baseline", kind), _over_blocks(ours, "ours", kind)],
                  "block", label, f"({letter}) {title}", log=True, ticks=BLOCKS)
        for letter, kind, title, label in (
            ("a", "grad", "per block", "gradient norm of L_cls"),
            ("b", "rms", "per element", "root mean square"),
        )
    ]  # fmt: skip
    caption = (
        f"{dataset}: norm of the gradient of L_cls by the output of each block, geometric mean "
        f"over {epochs_said(len(ours.epochs))} on validation faces (Fig. 1a)."
    )
    alt = f"Gradient norms of baseline and ours at blocks 1 to 4 on {dataset}."
    return PrintedFigure(
        f"fig1-{dataset}", caption, alt, lambda: line_panels(panels, width=TWO_COLUMNS, height=2.0)
    )


def _over_blocks(found: History, name: str, kind: str) -> Line:
    means = {block: geometric(found, f"{kind}_cls_{block}") for block in BLOCKS}
    known = {block: mean for block, mean in means.items() if mean is not None}
    return Line(name, list(map(float, known)), list(known.values()))


def _group_maps(results: Results, dataset: str) -> PrintedFigure:
    """Fig. 1b: groups in the columns, block 1 and block 4 of both models in the rows."""
    faces = example(results, dataset, "ours")
    rows: list[list[Picture | None]] = []
    titles, count = [], 0
    for block in (1, 4):
        for method in ("baseline", "ours"):
            model = best_model(results.runs(dataset, method)[0])
            maps = encode_faces(model, list(faces.images)).groups(model, 0, block).mean_maps
            rows.append([None if rows else picture(faces), *maps])
            titles.append(f"{method}, block\u00a0{block}")
            count = max(count, len(maps))
    columns = ["face", *(f"group {group + 1}" for group in range(count))]
    caption = (
        f"{dataset}: mean map of each semantic group on {_named(faces)}, each map up to its own "
        "maximum (Fig. 1b)."
    )
    alt = "Where the semantic groups of blocks 1 and 4 respond to a face, baseline and ours."
    return PrintedFigure(
        f"fig1-maps-{dataset}", caption, alt, lambda: image_grid(rows, titles, columns), dataset
    )


def _named(faces: FaceSet) -> str:
    return f"a {faces_said(faces.split, 1)} of {faces.classes[faces.labels[0]]}"


def _over_training(dataset: str, baseline: History, ours: History) -> PrintedFigure:
    panels = [
        panel
        for row, block in enumerate(SHALLOW)
        for panel in _training_panels(baseline, ours, block, "abcdef"[3 * row :])
    ]
    caption = (
        f"{dataset}: gradient norms of L_cls at blocks 1 and 2 over the epochs, against the "
        "validation loss of the same epoch, and by semantic group of ours (Fig. 5)."
    )
    alt = f"Gradient norms of blocks 1 and 2 during training on {dataset}, baseline and ours."
    draw: Callable[[], Figure] = lambda: line_panels(  # noqa: E731
        panels, width=TWO_COLUMNS, height=1.9, across=3
    )
    return PrintedFigure(f"fig5-{dataset}", caption, alt, draw)


def _training_panels(baseline: History, ours: History, block: int, letters: str) -> list[LinePanel]:
    column, label, ticks = f"grad_cls_{block}", f"norm, block {block}", epoch_ticks(ours)
    both_models = (("baseline", baseline), ("ours", ours))
    during = [line(found, column, name) for name, found in both_models]
    matched = []
    for name, found in both_models:
        rows = found.mean.sort_values("valid_loss")
        matched.append(Line(name, rows["valid_loss"].tolist(), rows[column].tolist()))
    groups = [
        line(ours, f"group_grad_cls_{block}_{g + 1}", f"group {g + 1}")
        for g in range(ours.groups())
    ]
    return [
        LinePanel(during, "epoch", label, f"({letters[0]}) over training", log=True, ticks=ticks),
        LinePanel(matched, "validation loss", label, f"({letters[1]}) at the same loss", log=True),
        LinePanel(groups, "epoch", label, f"({letters[2]}) ours, by group", log=True, ticks=ticks),
    ]


ITEMS = (Attenuation(), Intensities())
