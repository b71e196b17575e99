"""What one run has measured so far: losses, accuracy, gradients, attention, clusters."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clfer.analysis.histories import History
from clfer.figures.chart import Chart
from clfer.figures.comparison_curves import comparison_panels
from clfer.figures.epoch_axis import EpochMarks, EpochPanels
from clfer.figures.epoch_lines import Stroke
from clfer.figures.history_table import history_table, log_axis
from clfer.figures.intensity_history import LOSSES, PROBE
from clfer.figures.option_curves import option_panels
from clfer.figures.theme import GROUP_SYMBOLS, Theme, palette

_HEIGHT = 176

Panel = tuple[str, list[Stroke], Mapping[str, Any]]


def run_curves(
    history: History,
    best: int,
    epochs: int,
    loss: str,
    block: int,
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """All curves of a run on one epoch axis that holds the whole run from the start.

    Args:
        history: The run; its letter is not drawn.
        best: Epoch that would be published; its points are filled.
        epochs: All epochs of the run.
        loss: Gradient of ``cls`` or ``joint``.
        block: Block of the semantic groups, 1 to 4.
        theme: Light or dark.
        narrow: One panel a row.
    """
    drawn = [
        _losses(history, theme),
        _accuracy(history, theme),
        _blocks(history, loss, theme),
        _groups(history, loss, block, theme),
        *_attention(history, theme),
        *_clusters(history, theme),
        *_contrast(history, theme),
        *comparison_panels(history, theme),
        *option_panels(history, theme),
    ]
    columns = 1 if narrow else 2
    heights = [_HEIGHT] * -(-len(drawn) // columns)
    marks = EpochMarks(kept=(best,))
    panels = EpochPanels(theme, (1, max(epochs, 2)), marks, heights, columns, narrow=narrow)
    for title, strokes, axis in drawn:
        panels.panel(title, [history], [(history, stroke) for stroke in strokes], axis)
    quantities = {stroke.words: stroke.column for _, strokes, _ in drawn for stroke in strokes}
    return Chart(
        panels.figure(),
        history_table([history], quantities).drop(columns=["model", "trainings", "low", "high"]),
        "Losses and accuracy on the augmented training faces (dotted) and on all validation faces "
        f"(solid; Fig. 12); norm of the gradient of {LOSSES[loss]} per block and per semantic group"
        f" (Fig. 5), {PROBE}. Filled points: the best epoch so far.",
        _finding(history, best),
        "run-curves",
    )


def _losses(history: History, theme: Theme) -> Panel:
    accent = palette(theme).accent
    strokes = [
        Stroke("valid_loss", "validation", accent, "Validation loss", form=".3f"),
        Stroke("loss_cls", "training", accent, "Training loss", "dot", form=".3f"),
    ]
    return "Classification loss", strokes, linear_axis([history], strokes)


def _accuracy(history: History, theme: Theme) -> Panel:
    accent = palette(theme).accent
    strokes = [
        Stroke("valid_accuracy", "validation", accent, "Validation accuracy", unit=100, form=".1f"),
        Stroke(
            "train_accuracy", "training", accent, "Training accuracy", "dot", unit=100, form=".1f"
        ),
    ]
    return "Accuracy (%)", strokes, linear_axis([history], strokes)


def _blocks(history: History, loss: str, theme: Theme) -> Panel:
    colours = palette(theme).blocks
    strokes = [
        Stroke(f"grad_{loss}_{j}", f"Block {j}", colours[j - 1], f"Gradient norm, block {j}")
        for j in range(1, 5)
    ]
    return "Gradient norm per block", strokes, log_axis([history], [s.column for s in strokes])


def _groups(history: History, loss: str, block: int, theme: Theme) -> Panel:
    colours = palette(theme)
    strokes = [
        Stroke(
            f"group_grad_{loss}_{block}_{k}",
            f"Group {k}",
            colours.group(k - 1),
            f"Gradient norm, block {block}, group {k}",
            symbol=GROUP_SYMBOLS[(k - 1) % 4],
        )
        for k in range(1, history.groups() + 1)
    ]
    title = f"Gradient norm per semantic group, block {block}"
    return title, strokes, log_axis([history], [s.column for s in strokes])


def _attention(history: History, theme: Theme) -> list[Panel]:
    if not history.has("attention_1"):
        return []
    colours = palette(theme).blocks
    strokes = [
        Stroke(
            f"attention_{j}", f"Block {j}", colours[j - 1], f"Mean attention, block {j}", form=".2f"
        )
        for j in range(1, 5)
    ]
    return [("Mean attention μ per layer", strokes, {"range": [0, 1.12], "tickvals": [0, 0.5, 1]})]


def _clusters(history: History, theme: Theme) -> list[Panel]:
    """Shallow clusters that have members, of K in CLFM and of n_c in CLBS."""
    strokes = [
        Stroke(f"{part}_nonempty", name, colour, f"Non-empty clusters, {name}", dash, form=".2f")
        for part, name, colour, dash in _parts(theme)
        if _is_on(history, part)
    ]
    if not strokes:
        return []
    top = max(float(np.nanmax(history.mean[stroke.column])) for stroke in strokes)
    return [("Non-empty shallow clusters", strokes, {"range": [0, 1.15 * top], "nticks": 5})]


def _contrast(history: History, theme: Theme) -> list[Panel]:
    strokes = [
        Stroke(f"loss_{part}", name, colour, f"Loss of {name}", dash, form=".3f")
        for part, name, colour, dash in _parts(theme)
        if _is_on(history, part)
    ]
    if not strokes:
        return []
    return [("Contrastive losses", strokes, linear_axis([history], strokes))]


def _parts(theme: Theme) -> tuple[tuple[str, str, str, str], ...]:
    colours = palette(theme)
    return ("fm", "CLFM", colours.accent, "solid"), ("bs", "CLBS", colours.text, "dash")


def _is_on(history: History, part: str) -> bool:
    column = f"{part}_nonempty"
    return history.has(column) and bool((history.mean[column] > 0).any())


def linear_axis(histories: Sequence[History], strokes: Sequence[Stroke]) -> dict[str, Any]:
    """A y axis that holds the lines of all histories, bands included."""
    drawn = np.concatenate(
        [
            part[stroke.column].to_numpy(np.float64) * stroke.unit
            for history in histories
            for part in (history.low, history.high)
            for stroke in strokes
            if stroke.column in part
        ]
    )
    finite = drawn[np.isfinite(drawn)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    room = 0.12 * (high - low or abs(high) or 1.0)
    return {"range": [low - room, high + 1.5 * room], "nticks": 5}


def _finding(history: History, best: int) -> str:
    last = history.mean.iloc[-1]
    accuracy = history.mean["valid_accuracy"]
    text = (
        f"After epoch {history.epochs[-1]} the validation loss is {last['valid_loss']:.3f}; the "
        f"validation accuracy is highest after epoch {best} ({accuracy[best]:.1%})."
    ).replace("%", " %")
    if history.has("attention_1"):
        top = int(np.argmax([last[f"attention_{j}"] for j in range(1, 5)])) + 1
        text += f" Attention is largest at block {top} ({last[f'attention_{top}']:.2f})."
    return text
