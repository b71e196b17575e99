"""Several runs over each other: mean and band over the seeds of each configuration."""

from collections.abc import Sequence

from clfer.analysis.histories import History
from clfer.figures.chart import Chart
from clfer.figures.epoch_axis import EpochMarks, EpochPanels
from clfer.figures.epoch_lines import Stroke
from clfer.figures.history_table import band_words, history_table, log_axis, span_of
from clfer.figures.intensity_history import PROBE
from clfer.figures.model_lines import model_colour
from clfer.figures.run_curves import linear_axis
from clfer.figures.theme import Theme, spoken

COLUMNS = {
    "validation accuracy (%)": ("valid_accuracy", 100.0, ".1f", False),
    "validation loss": ("valid_loss", 1.0, ".3f", False),
    "gradient norm at block 1": ("grad_cls_1", 1.0, ".3g", True),
    "block 1 / block 4": ("ratio_grad_cls_1", 1.0, ".3g", True),
}
"""What is drawn: column, unit, number format, and whether the axis is logarithmic."""

_SYMBOLS = ("circle", "square", "diamond", "triangle-up")
_HEIGHT = 210


def run_overlay(histories: Sequence[History], theme: Theme, *, narrow: bool = False) -> Chart:
    """Accuracy, loss and the gradient of the shallow block of several trainings.

    Args:
        histories: One per configuration; two configurations are never averaged.
        theme: Light or dark.
        narrow: One panel a row.
    """
    columns = 1 if narrow else 2
    heights = [_HEIGHT] * -(-len(COLUMNS) // columns)
    panels = EpochPanels(theme, span_of(histories), EpochMarks(), heights, columns, narrow=narrow)
    for title, (column, unit, form, logarithmic) in COLUMNS.items():
        lines = [
            (history, _stroke(history, i, title, column, unit, form, theme))
            for i, history in enumerate(histories)
        ]
        strokes = [stroke for _, stroke in lines]
        axis = log_axis(histories, [column]) if logarithmic else linear_axis(histories, strokes)
        panels.panel(title[0].upper() + title[1:], histories, lines, axis)
    return Chart(
        panels.figure(),
        history_table(histories, {title: column for title, (column, *_) in COLUMNS.items()}),
        "Accuracy and cross-entropy on all validation faces; norm of the gradient of L_cls at "
        f"block 1, alone and divided by that at block 4, {PROBE} (Fig. 5a, 12)."
        f"{band_words(histories)}",
        _finding(histories),
        "runs-overlay",
    )


def _stroke(
    history: History, place: int, title: str, column: str, unit: float, form: str, theme: Theme
) -> Stroke:
    return Stroke(
        column,
        history.letter,
        model_colour(history.letter, theme),
        f"{history.title}, {title}",
        symbol=_SYMBOLS[place // 2 % len(_SYMBOLS)],
        unit=unit,
        form=form,
    )


def _finding(histories: Sequence[History]) -> str:
    parts = []
    for history in histories:
        accuracy = history.mean["valid_accuracy"]
        best = f"{accuracy.max():.1%}".replace("%", " %")
        parts.append(f"{history.letter} ({history.method}) {best} after epoch {accuracy.idxmax()}")
    return f"Highest validation accuracy: {spoken(parts)}."
