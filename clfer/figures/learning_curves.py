"""Loss, accuracy and mean attention over the epochs, aligned on one epoch axis (Fig. 12)."""

from collections.abc import Sequence

import numpy as np

from clfer.analysis.histories import History
from clfer.figures.chart import Chart
from clfer.figures.epoch_axis import EpochMarks, EpochPanels
from clfer.figures.epoch_lines import Stroke
from clfer.figures.history_table import band_words, history_table, span_of
from clfer.figures.intensity_history import KEPT
from clfer.figures.model_lines import model_colour
from clfer.figures.theme import Theme, palette

COLUMNS = {
    "training loss, classification": "loss_cls",
    "validation loss": "valid_loss",
    "training accuracy": "train_accuracy",
    "validation accuracy": "valid_accuracy",
    **{f"mean attention, block {j}": f"attention_{j}" for j in range(1, 5)},
}
"""What is drawn, as the table calls it."""


def learning_curves(
    histories: Sequence[History], marks: EpochMarks, theme: Theme, *, narrow: bool = False
) -> Chart:
    """Training and validation loss and accuracy, and below them the attention of each layer.

    Args:
        histories: A, B and further ones; those with a multi-scale head get an attention panel.
        marks: Chosen and kept epochs.
        theme: Light or dark.
        narrow: Laid out for 390 px.
    """
    fused = [history for history in histories if history.has("attention_1")]
    heights = [210, 210, *(150 for _ in fused)]
    panels = EpochPanels(theme, span_of(histories), marks, heights, narrow=narrow)
    for title, train, valid, unit in (
        ("Classification loss", "loss_cls", "valid_loss", 1.0),
        ("Accuracy (%)", "train_accuracy", "valid_accuracy", 100.0),
    ):
        lines = [
            line for history in histories for line in _pair(history, train, valid, unit, theme)
        ]
        panels.panel(title, histories, lines, _linear(histories, (train, valid), unit))
    for history in fused:
        panels.panel(
            f"Mean attention μ, {history.title}",
            [history],
            _attention(history, theme),
            {"range": [0, 1.12], "tickvals": [0, 0.5, 1]},
        )
    attention = ", mean attention μ of the training faces per layer (Eq. 8)" if fused else ""
    return Chart(
        panels.figure(),
        history_table(histories, COLUMNS),
        "Cross-entropy and accuracy on the augmented training faces (dotted) and on all validation "
        f"faces (solid; Fig. 12){attention}. {KEPT}{band_words(histories)}",
        _finding(histories),
        "learning-curves",
    )


def _pair(
    history: History, train: str, valid: str, unit: float, theme: Theme
) -> list[tuple[History, Stroke]]:
    letter, colour = history.letter, model_colour(history.letter, theme)
    what = "accuracy" if unit > 1 else "loss"
    form = ".1f" if unit > 1 else ".3f"
    return [
        (
            history,
            Stroke(
                valid,
                f"{letter} validation",
                colour,
                f"Model {letter}, validation {what}",
                unit=unit,
                form=form,
            ),
        ),
        (
            history,
            Stroke(
                train,
                f"{letter} training",
                colour,
                f"Model {letter}, training {what}",
                "dot",
                unit=unit,
                form=form,
            ),
        ),
    ]


def _attention(history: History, theme: Theme) -> list[tuple[History, Stroke]]:
    colours = palette(theme).blocks
    return [
        (
            history,
            Stroke(
                f"attention_{j}",
                f"Block {j}",
                colours[j - 1],
                f"Model {history.letter}, mean attention of block {j}",
                form=".2f",
            ),
        )
        for j in range(1, 5)
    ]


def _linear(histories: Sequence[History], columns: Sequence[str], unit: float) -> dict[str, object]:
    drawn = np.concatenate(
        [
            part[list(columns)].to_numpy().ravel() * unit
            for history in histories
            for part in (history.low, history.high)
        ]
    )
    low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    room = 0.08 * (high - low or 1.0)
    return {"range": [low - 2 * room, high + 2 * room], "nticks": 5}


def _finding(histories: Sequence[History]) -> str:
    parts = []
    for history in histories:
        loss, accuracy = history.mean["valid_loss"], history.mean["valid_accuracy"]
        parts.append(
            f"{history.letter}'s validation loss is lowest after epoch {loss.idxmin()} "
            f"({loss.min():.3f}) and its accuracy highest after epoch {accuracy.idxmax()} "
            f"({accuracy.max():.1%})".replace("%", " %")
        )
    text = f"{'; '.join(parts)}."
    for history in histories:
        if history.has("attention_1"):
            last = history.mean[[f"attention_{j}" for j in range(1, 5)]].iloc[-1]
            top = int(np.argmax(last)) + 1
            text += (
                f" {history.letter} ends attending most to block {top} ({last.iloc[top - 1]:.2f})."
            )
    return text
