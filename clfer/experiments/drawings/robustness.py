"""Robustness: accuracy under growing occlusion, blur and rotation, and on hard subsets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.metrics import wilson_interval
from clfer.analysis.outputs import run_network
from clfer.analysis.perturb import Perturbation, Settings, perturb, perturbations
from clfer.data.faceset import FaceSet
from clfer.experiments.columns import GAIN, OURS, gain, ours
from clfer.experiments.difference import Difference, both, positive
from clfer.experiments.drawings.pair import PairItem, faces_said, models, sample
from clfer.experiments.findings import Finding, findings_table, judged, nothing
from clfer.experiments.item import Product
from clfer.experiments.pairs import paired
from clfer.experiments.printed import TWO_COLUMNS, Line, LinePanel, PrintedFigure, line_panels
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results, Score
from clfer.experiments.run_scores import scored_faces
from clfer.experiments.subsets import FOLDER, TURNED, known_subsets
from clfer.experiments.table import Column, ResultTable, Value
from clfer.models.checkpoint import Checkpoint

KINDS = ("patch", "blur", "rotation")
CLAIMED = ("patch", "rotation")
"""What stands for occluded and for posed faces."""

FACES = 700
"""Faces that are perturbed, at most, and at most a quarter as many as train."""

CURVES = (
    *(Column("data"), Column("perturbation"), Column("strength"), Column("baseline", 1, "%")),
    *(Column("ours", 1, "%"), Column("gain", 1, "points"), Column("gain low", 1, "points")),
    *(Column("gain high", 1, "points"), Column("n"), Column("seeds")),
)
SUBSETS = (Column("data"), Column("subset"), Column("method"), *OURS, *GAIN)


@dataclass(frozen=True, eq=False)
class Curve:
    """Whether each of N faces is recognised, at the T strengths of a perturbation.

    Attributes:
        kind: The perturbation.
        baseline: Share of the seeds that get a face right, ``[T, N]``.
        ours: The same.
        seeds: Trainings of each.
    """

    kind: Perturbation
    baseline: NDArray[np.float64]
    ours: NDArray[np.float64]
    seeds: int

    def disturbed(self) -> Difference | None:
        """Ours less baseline in points, mean over all strengths but the neutral one."""
        rows = [i for i, s in enumerate(self.kind.strengths) if s != self.kind.neutral]
        return Difference.of(100 * (self.ours - self.baseline)[rows].mean(axis=0))


class Robustness(PairItem):
    """Robustness against occlusion, blur and rotation."""

    needs_weights = True
    name, where = "robustness", "Sec. V"
    title = "Accuracy under occlusion, blur and rotation, and on hard subsets"
    datasets = ("rafdb", "ferplus", "affectnet7")

    def produce(self, results: Results) -> Product:
        """Curves of both methods, and their accuracy on each known subset."""
        findings, figures, rows, subsets = {}, [], [], []
        for dataset in results.scale.datasets(self.datasets):
            subsets += _subsets(results, dataset)
            if not self.complete(results, dataset):
                findings[dataset] = nothing(self.name)
                continue
            faces = sample(results, dataset, _count(results, dataset))
            curves = _curves(results, dataset, faces)
            keys = ((dataset, "baseline"), (dataset, "ours"))
            findings[dataset] = [judged(_finding(curves), results, *keys)]
            rows += [row for curve in curves for row in _rows(dataset, curve)]
            figures.append(_figure(dataset, faces, curves))
        notes = (
            f"Perturbed are at most {FACES} {faces_said(results.scale.split)}, at most a quarter "
            "as many as train, as many of each expression: a grey square in the middle of the "
            "face, a Gaussian blur, a turn in the plane of the picture, which is none of the "
            "head.",
            "Holds if ours is right more often on occluded and on turned faces, mean over the "
            "strengths. Intervals are 95 %, of the paired difference over the faces; they do not "
            "hold the difference between trainings.",
        )
        tables = (
            findings_table(self.name, findings, results, *notes),
            ResultTable("robustness-curves", "Accuracy by strength", CURVES, tuple(rows)),
            ResultTable("robustness-subsets", "Accuracy on hard subsets", SUBSETS, tuple(subsets)),
        )
        said = protocol(
            results,
            "no number on occluded or turned faces apart from the whole test sets.",
            f"Subsets are lists of names `{FOLDER}/{results.scale.split}/NAME.txt` in the folder "
            "of a data set, as RAN publishes them; of drawn faces those with something before the "
            f"face, and those whose head is turned by {TURNED:g}° or more.",
        )
        return Product(tables, tuple(figures), said)


def _count(results: Results, dataset: str) -> int:
    trained = results.runs(dataset, "ours")[0].config.data.count
    return FACES if trained is None else min(FACES, trained // 4)


def _curves(results: Results, dataset: str, faces: FaceSet) -> list[Curve]:
    kinds = perturbations(faces.images.shape[1])
    found = {method: models(results, dataset, method) for method in PairItem.methods}
    known: dict[Settings, dict[str, NDArray[np.float64]]] = {}
    curves = []
    for name in KINDS:
        kind = kinds[name]
        for settings in (Settings().at(kind, s) for s in kind.strengths):
            if settings not in known:  # all kinds share the neutral one
                images = perturb(faces.images, settings)
                known[settings] = {m: _right(of, images, faces) for m, of in found.items()}
        steps = [known[Settings().at(kind, strength)] for strength in kind.strengths]
        values = {method: np.stack([step[method] for step in steps]) for method in found}
        seeds = min(map(len, found.values()))
        curves.append(Curve(kind, values["baseline"], values["ours"], seeds))
    return curves


def _right(
    found: list[Checkpoint], images: NDArray[np.uint8], faces: FaceSet
) -> NDArray[np.float64]:
    """Share of the models that recognise each face, ``[N]``."""
    said = [run_network(model, images).logits.argmax(axis=1) for model in found]
    return np.asarray(np.mean([one == faces.labels for one in said], axis=0), dtype=np.float64)


def _finding(curves: list[Curve]) -> Finding:
    said, verdicts = [], []
    for curve in curves:
        change = curve.disturbed()
        said.append(f"{curve.kind.title.lower()} {change.said() if change else 'undefined'}")
        if curve.kind.name in CLAIMED:
            verdicts.append(positive(change))
    text = f"accuracy, ours less baseline, mean over the strengths: {'; '.join(said)}"
    return Finding(text, both(verdicts), curves[0].ours.shape[1], curves[0].seeds)


def _rows(dataset: str, curve: Curve) -> list[tuple[Value, ...]]:
    rows: list[tuple[Value, ...]] = []
    for i, strength in enumerate(curve.kind.strengths):
        change = Difference.of(100 * (curve.ours[i] - curve.baseline[i]))
        ends = (None,) * 3 if change is None else (change.mean, change.low, change.high)
        means = (100 * float(curve.baseline[i].mean()), 100 * float(curve.ours[i].mean()))
        named = (dataset, curve.kind.title.lower(), curve.kind.said(strength))
        rows.append((*named, *means, *ends, curve.ours.shape[1], curve.seeds))
    return rows


def _subsets(results: Results, dataset: str) -> list[tuple[Value, ...]]:
    """A row per subset and method; the whole split comes first."""
    found = {method: results.by_seed(dataset, method) for method in PairItem.methods}
    if not any(found.values()):
        return []
    root = results.scale.root(dataset)
    faces = scored_faces(results.scale, dataset)
    rows: list[tuple[Value, ...]] = []
    for name, chosen in {"all": np.arange(len(faces)), **known_subsets(faces, root)}.items():
        parts = {
            method: {seed: one.subset(chosen) for seed, one in of.items()}
            for method, of in found.items()
        }
        pairs = paired(parts["baseline"], parts["ours"])
        for method, of in parts.items():
            score = Score.of({seed: one.correct for seed, one in of.items()})
            test = pairs.pooled if pairs is not None and method == "ours" else None
            rows.append((dataset, name, method, *ours(score), *gain(test)))
    return rows


def _figure(dataset: str, faces: FaceSet, curves: list[Curve]) -> PrintedFigure:
    panels = [
        LinePanel(
            [_line("baseline", curve, curve.baseline), _line("ours", curve, curve.ours)],
            f"{curve.kind.title.lower()} ({curve.kind.unit})",
            "accuracy (%)",
            f"({letter}) {curve.kind.title.lower()}",
        )
        for letter, curve in zip("abc", curves, strict=True)
    ]
    caption = (
        f"{dataset}: accuracy on {len(faces)} {faces_said(faces.split)} against the strength of an "
        "occlusion, a blur and a rotation; bands are Wilson's 95 % intervals."
    )
    alt = f"Accuracy of baseline and ours on {dataset} under growing perturbations."
    return PrintedFigure(
        f"robustness-{dataset}",
        caption,
        alt,
        lambda: line_panels(panels, width=TWO_COLUMNS, height=2.1),
    )


def _line(name: str, curve: Curve, right: NDArray[np.float64]) -> Line:
    """Mean accuracy; its band counts a face once, whatever the number of seeds."""
    means, n = right.mean(axis=1), right.shape[1]
    low, high = zip(*(wilson_interval(round(float(mean) * n), n) for mean in means), strict=True)
    return Line(name, curve.kind.strengths, (100 * means).tolist(),
                [100 * value for value in low], [100 * value for value in high])  # fmt: skip


ITEMS = (Robustness(),)
