"""Cells of a confusion matrix, the faces behind them and McNemar's test, in words."""

from collections.abc import Sequence

import numpy as np

from clfer.analysis.comparison import Comparison
from clfer.analysis.confusion import Cell, CellFaces, Confusions, Matrix
from clfer.analysis.mcnemar import McNemar
from clfer.analysis.per_class import Overall
from clfer.analysis.score_changes import ScoreChanges
from clfer.analysis.threshold import ThresholdEffect

TITLES: dict[Matrix, str] = {"A": "A", "B": "B", "diff": "B − A"}

ALPHA = 0.05
"""Below this p value a difference counts as more than chance."""


def faces(count: int) -> str:
    """A number of faces: ``1 face``, ``1,023 faces``."""
    return f"{count:,} face{'' if count == 1 else 's'}"


def p_text(p: float) -> str:
    """A p value to two significant digits, e.g. ``p = 0.034``."""
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


def cell_sentence(matrices: Confusions, cell: Cell) -> str:
    """What a cell counts, as a sentence for its hover text."""
    row, column = (matrices.classes.index(name) for name in (cell.true, cell.predicted))
    count = int(matrices.counts(cell.matrix)[row, column])
    if cell.matrix == "diff":
        a, b = int(matrices.a[row, column]), int(matrices.b[row, column])
        change = f"+{count}" if count > 0 else f"{count}".replace("-", "−")
        return f"True {cell.true}, called {cell.predicted}: A {a:,}, B {b:,} faces ({change})."
    of_true = matrices.values(cell.matrix, "rows")[row, column]
    of_said = matrices.values(cell.matrix, "columns")[row, column]
    parts = [
        f"{share:.1f} % of {of}"
        for share, of in (
            (of_true, f"true {cell.true}"),
            (of_said, f"what {cell.matrix} calls {cell.predicted}"),
        )
        if not np.isnan(share)
    ]
    share_text = f"<br>{', '.join(parts)}." if parts else ""
    return f"True {cell.true}, {cell.matrix} says {cell.predicted}: {faces(count)}.{share_text}"


def why_picked(cell: Cell) -> str:
    """Which faces these are, in a few words."""
    if cell.matrix == "diff":
        return f"true {cell.true}, called {cell.predicted} by only one of A and B"
    return f"true {cell.true}, {cell.matrix} says {cell.predicted}"


def parts_sentence(behind: CellFaces) -> str:
    """How many faces of a cell B fixes, breaks, and so on."""
    parts = [
        f"{len(indices):,} {words}"
        for indices, words in (
            (behind.fixed, "fixed by B"),
            (behind.broken, "broken by B"),
            (behind.wrong, "wrong in both"),
            (behind.right, "right in both"),
        )
        if len(indices)
    ]
    return f"{faces(len(behind))}: {', '.join(parts)}." if parts else "No face lies in this cell."


def face_captions(comparison: Comparison, indices: Sequence[int]) -> list[str]:
    """What both models say of each face with its probability, a line for each model."""
    models = [
        (letter, scored.predicted, scored.confidence)
        for letter, scored in (("A", comparison.a), ("B", comparison.b))
    ]
    return [
        "\n".join(
            f"{letter} {comparison.classes[said[i]]} {p[i]:.2f}" for letter, said, p in models
        )
        for i in indices
    ]


def overall_line(scores: Overall) -> str:
    """A model's scores in one line."""
    low, high = (100 * end for end in scores.accuracy_interval)
    return (
        f"accuracy {100 * scores.accuracy:.1f} % ({low:.1f} to {high:.1f}) · mean per class "
        f"{100 * scores.mean_class_accuracy:.1f} % · macro-F1 {scores.macro_f1:.3f}"
    )


def mcnemar_sentence(test: McNemar) -> str:
    """McNemar's test over all faces in words."""
    low, high = test.interval()
    verdict = (
        f"{'B' if test.fixed > test.broken else 'A'} is more accurate, and chance alone hardly "
        "explains it"
        if test.p_value < ALPHA
        else "the difference is within what chance explains"
    )
    return (
        f"Of {faces(test.n)}, both models get {test.right:,} right and {test.wrong:,} wrong. "
        f"B fixes {test.fixed:,} that A gets wrong and breaks {test.broken:,} that A gets right. "
        f"B − A in accuracy is {_signed(100 * test.difference, 2)} percentage points "
        f"{_ends(100 * low, 100 * high, 2)}; McNemar's exact test: {p_text(test.p_value)}, "
        f"so {verdict}."
    )


def macro_sentence(change: ScoreChanges) -> str:
    """The changes where every expression counts alike, and whether chance explains them."""
    recall, f1 = change.mean_class_accuracy, change.macro_f1
    clear = [
        f"{'B' if one.value > 0 else 'A'} has the higher {name}"
        for name, one in (("mean class accuracy", recall), ("macro-F1", f1))
        if one.p_value < ALPHA
    ]
    verdict = (
        f"{' and '.join(clear)}, and chance alone hardly explains it"
        if clear
        else "both are within what chance explains"
    )
    return (
        f"Where every expression counts alike, B − A is {_signed(100 * recall.value, 2)} "
        "percentage points in mean class accuracy "
        f"{_ends(100 * recall.low, 100 * recall.high, 2)} and {_signed(f1.value, 3)} in macro-F1 "
        f"{_ends(f1.low, f1.high, 3)}; permutation test: {p_text(recall.p_value)} and "
        f"{p_text(f1.p_value)}, so {verdict}."
    )


def _ends(low: float, high: float, digits: int) -> str:
    """An interval, e.g. ``(95 % −0.12 to +5.60)``."""
    return f"(95 % {_signed(low, digits)} to {_signed(high, digits)})"


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")


def threshold_sentence(letter: str, effect: ThresholdEffect) -> str:
    """What one model does at the first threshold of an effect."""
    answered, refused = int(effect.answered[0]), int(effect.refused[0])
    text = f"{letter} answers {answered:,} of {faces(effect.n)} ({100 * effect.share[0]:.1f} %)"
    if answered:
        text += f" and is right on {100 * effect.accuracy[0]:.1f} % of them"
    if refused:
        text += (
            f"; of the {refused:,} called none of the known expressions it would have got "
            f"{int(effect.wrong_refused[0]):,} wrong"
        )
    return text + "."
