"""Panels of the comparison methods for the curves of a run."""

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
    which is 1/√d where the projections are spread evenly and 0 where they have collapsed. RUL: the
    part of wrongly read faces in their mixtures, above ½ where they are the uncertain ones. EAC:
    its loss.
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
    if history.has("rul_wrong_part"):
        strokes = [Stroke("rul_wrong_part", "wrong", accent, "Part in its mixtures", form=".2f")]
        axis = {"range": [0, 1.12], "tickvals": [0, 0.5, 1]}
        panels.append(("Part of wrongly read faces in RUL's mixtures", strokes, axis))
    if history.has("loss_eac"):
        strokes = [Stroke("loss_eac", "EAC", accent, "Loss of the class activation maps")]
        panels.append(("Attention consistency of EAC", strokes, {"rangemode": "tozero"}))
    return panels
