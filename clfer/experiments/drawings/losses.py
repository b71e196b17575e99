"""Fig. 12: training and validation loss over the epochs."""

import numpy as np

from clfer.analysis.histories import History
from clfer.analysis.shallow_gain import LEVEL
from clfer.experiments.drawings.histories import epoch_ticks, history, line
from clfer.experiments.drawings.pair import PairItem
from clfer.experiments.findings import Finding, findings_table, nothing
from clfer.experiments.item import Product
from clfer.experiments.printed import TWO_COLUMNS, LinePanel, PrintedFigure, line_panels
from clfer.experiments.protocol import protocol
from clfer.experiments.results import Results
from clfer.experiments.table import Column, ResultTable, Value

FIRST = {"loss_cls": 0.15, "valid_loss": 0.05}
"""The first part of the training of which the paper speaks: 15 and 5 of its 100 epochs."""

SHOWN = {"loss_cls": "training, L_cls", "valid_loss": "validation, L_cls"}

Part = tuple[str, float, float, float]
"""Which epochs, mean loss of both, and the difference."""

COLUMNS = (
    *(Column("data"), Column("loss"), Column("epochs")),
    *(Column("baseline", 4), Column("ours", 4), Column("ours - baseline", 4), Column("seeds")),
)


class Losses(PairItem):
    """Fig. 12."""

    name, where = "fig12", "Fig. 12"
    title = "Training and validation loss over the epochs"

    def produce(self, results: Results) -> Product:
        """Both losses of every data set, early and late in training."""
        findings, figures = {}, []
        rows: list[tuple[Value, ...]] = []
        for dataset in results.scale.datasets(self.datasets):
            baseline, ours = (history(results, dataset, method) for method in self.methods)
            if baseline is None or ours is None:
                findings[dataset] = nothing(self.name)
                continue
            findings[dataset] = [_training(baseline, ours), _validation(baseline, ours)]
            figures.append(_figure(dataset, baseline, ours))
            rows += [
                (dataset, SHOWN[column], words, *values, min(baseline.count, ours.count))
                for column in SHOWN
                for words, *values in _parts(baseline, ours, column)
            ]
        notes = (
            "The joint loss of ours holds the contrastive losses, which are negative similarities; "
            "hence L_cls, the cross-entropy, is compared: of the training batches with their "
            "augmentation, and of the whole validation faces.",
            "The paper trains for 100 epochs and speaks of the first 15 and of the first 5; here "
            "these are the first 15 % and 5 %, at least one epoch.",
            f"Hardly differs: the mean over all epochs differs by at most {100 * LEVEL:g} %. n "
            "counts epochs.",
        )
        tables = (
            findings_table(self.name, findings, results, *notes),
            ResultTable(self.name, self.title, COLUMNS, tuple(rows)),
        )
        said = protocol(results, "RAF-DB, ResNet-18; losses on the training and on the test faces.")
        return Product(tables, tuple(figures), said)


def _early(count: int, column: str) -> int:
    """Epochs of the first part of a training of ``count`` epochs."""
    return max(1, round(FIRST[column] * count))


def _parts(baseline: History, ours: History, column: str) -> list[Part]:
    """Words, mean of both and difference: for all epochs, the first ones, and the others."""
    shared = baseline.mean.index.intersection(ours.mean.index)
    a, b = (one.mean.loc[shared, column].to_numpy(np.float64) for one in (baseline, ours))
    early = _early(len(shared), column)
    parts = [
        ("all", slice(None)),
        ("in the first epoch" if early == 1 else f"in the first {early} epochs", slice(early)),
    ]
    parts += [("later", slice(early, None))] if len(shared) > early else []
    return [
        (words, float(a[at].mean()), float(b[at].mean()), float((b - a)[at].mean()))
        for words, at in parts
    ]


def _training(baseline: History, ours: History) -> Finding:
    """Whether the training losses are alike, and ours is higher in the beginning."""
    parts = _parts(baseline, ours, "loss_cls")
    ratio = parts[0][2] / parts[0][1] - 1
    text = f"L_cls in training, ours less baseline: {100 * ratio:+.1f} % over all epochs"
    holds = abs(ratio) <= LEVEL and parts[1][3] > 0 if len(parts) > 2 else None
    return _finding(text, parts, holds, baseline, ours)


def _validation(baseline: History, ours: History) -> Finding:
    """Whether the validation loss of ours is higher first and lower later."""
    parts = _parts(baseline, ours, "valid_loss")
    text = f"L_cls in validation, ours less baseline: {parts[0][3]:+.4f} over all epochs"
    holds = parts[1][3] > 0 > parts[2][3] if len(parts) > 2 else None
    return _finding(text, parts, holds, baseline, ours)


def _finding(
    text: str, parts: list[Part], holds: bool | None, baseline: History, ours: History
) -> Finding:
    epochs = len(baseline.mean.index.intersection(ours.mean.index))
    for words, _, _, change in parts[1:]:
        text += f", {change:+.4f} {words}"
    return Finding(text.replace("-", "−"), holds, epochs, min(baseline.count, ours.count))


def _figure(dataset: str, baseline: History, ours: History) -> PrintedFigure:
    training = [
        line(baseline, "loss_cls", "baseline"),
        line(ours, "loss_cls", "ours"),
        line(ours, "train_loss", "ours, joint loss"),
    ]
    validation = [line(baseline, "valid_loss", "baseline"), line(ours, "valid_loss", "ours")]
    ticks = epoch_ticks(ours)
    panels = [
        LinePanel(training, "epoch", "loss", "(a) training", ticks=ticks),
        LinePanel(validation, "epoch", "loss", "(b) validation", ticks=ticks),
    ]
    caption = (
        f"{dataset}: cross-entropy over the epochs on the augmented training batches and on the "
        "validation faces, and the joint loss of ours (Fig. 12)."
    )
    alt = f"Training and validation loss of baseline and ours on {dataset}."
    return PrintedFigure(
        f"fig12-{dataset}", caption, alt, lambda: line_panels(panels, width=TWO_COLUMNS, height=2.2)
    )


ITEMS = (Losses(),)
