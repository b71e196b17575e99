"""Panels of the comparison methods for the curves of a run: certainty, and spread."""

from collections.abc import Mapping
from typing import Any

from clfer.analysis.histories import History
from clfer.figures.epoch_lines import Stroke
from clfer.figures.theme import Theme, palette


def comparison_panels(
    history: History, theme: Theme
) -> list[tuple[str, list[Stroke], Mapping[str, Any]]]:
    """Title, lines and y axis of every panel that the run has measurements for.

    SCN: mean certainty α of the high and the low group. SimSiam: standard deviation of z/‖z‖,
    which is 1/√d where the projections are spread evenly and 0 where they have collapsed.
    """
    panels: list[tuple[str, list[Stroke], Mapping[str, Any]]] = []
    accent, muted = palette(theme).accent, palette(theme).text
    if history.has("alpha_high"):
        strokes = [
            Stroke("alpha_high", "high", accent, "Mean certainty, high group", form=".2f"),
            Stroke("alpha_low", "low", muted, "Mean certainty, low group", "dash", form=".2f"),
        ]
        axis: dict[str, Any] = {"range": [0, 1.12], "tickvals": [0, 0.5, 1]}
        panels.append(("Certainty α of SCN", strokes, axis))
    if history.has("simsiam_std"):
        strokes = [
            Stroke("simsiam_std", "measured", accent, "Spread of the projections"),
            Stroke("simsiam_std_even", "even", muted, "Even spread 1/√d", "dot"),
        ]
        top = float(history.mean["simsiam_std_even"].max())
        panels.append(("Spread of SimSiam's z/‖z‖", strokes, {"range": [0, 1.3 * top]}))
    return panels
