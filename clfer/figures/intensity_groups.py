"""Learning intensity of the semantic groups of a block over the epochs (Fig. 5b)."""

from collections.abc import Sequence

from clfer.analysis.histories import History
from clfer.figures.chart import Chart
from clfer.figures.epoch_axis import EpochMarks
from clfer.figures.epoch_lines import Stroke
from clfer.figures.history_table import band_words, history_table, log_axis
from clfer.figures.intensity_history import KEPT, LOSSES, PROBE, panel_grid
from clfer.figures.theme import GROUP_SYMBOLS, Theme, palette, spoken


def group_history(
    histories: Sequence[History],
    block: int,
    loss: str,
    marks: EpochMarks,
    theme: Theme,
    *,
    narrow: bool = False,
) -> Chart:
    """Gradient norm over the channels of each semantic group of a block, over the epochs.

    Args:
        histories: A, B and further ones.
        block: 1 to 4.
        loss: ``cls`` or ``joint``.
        marks: Chosen and kept epochs.
        theme: Light or dark.
        narrow: One panel a row.
    """
    most = max(history.groups() for history in histories)
    columns = {k: f"group_grad_{loss}_{block}_{k}" for k in range(1, most + 1)}
    colours = palette(theme)
    panels = panel_grid(histories, marks, theme, 220, narrow)
    axis = log_axis(histories, columns.values())
    for history in histories:
        lines = [
            (
                history,
                Stroke(
                    column,
                    f"Group {k}",
                    colours.group(k - 1),
                    f"Model {history.letter}, block {block}, group {k}",
                    symbol=GROUP_SYMBOLS[(k - 1) % 4],
                ),
            )
            for k, column in columns.items()
            if history.has(column)
        ]
        panels.panel(history.title, [history], lines, axis)
    return Chart(
        panels.figure(),
        history_table(histories, {f"block {block}, group {k}": c for k, c in columns.items()}),
        f"Norm of the gradient of {LOSSES[loss]} over the channels of each semantic group at block "
        f"{block}, {PROBE} (logarithmic; Fig. 5b). {KEPT}{band_words(histories)}",
        _group_finding(histories, block, list(columns.values())),
        f"learning-intensity-groups-epochs-block-{block}-{loss}",
    )


def _group_finding(histories: Sequence[History], block: int, columns: Sequence[str]) -> str:
    parts = []
    for history in histories:
        last = history.mean[[c for c in columns if history.has(c)]].iloc[-1]
        positive = last[last > 0]
        if len(positive):
            parts.append(f"{positive.max() / positive.min():.2g} times in {history.letter}")
    if not parts:
        return f"No semantic group of block {block} has a gradient."
    return (
        f"After the last epoch the strongest group of block {block} has {spoken(parts)} the "
        "gradient norm of the weakest."
    )
