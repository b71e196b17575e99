"""Panels of the options for the curves of a run: learned layer pairs, distillation, supervision."""

from collections.abc import Mapping
from typing import Any

from clfer.analysis.histories import History
from clfer.figures.epoch_lines import Stroke
from clfer.figures.theme import Theme, palette
from clfer.methods.pairs import LEARNED, Pair

_DASHES = ("solid", "solid", "solid", "dash")


def option_panels(
    history: History, theme: Theme
) -> list[tuple[str, list[Stroke], Mapping[str, Any]]]:
    """Title, lines and y axis of every panel that the run has measurements for.

    Learned weights: what each pair of layers counts in L_fm and L_bs, drawn in the colour of its
    shallow block. Distillation: for how many faces a head and the network name the same class.
    """
    panels: list[tuple[str, list[Stroke], Mapping[str, Any]]] = []
    blocks = palette(theme).blocks
    for part, method in (("fm", "CLFM"), ("bs", "CLBS")):
        if history.has(_column(part, LEARNED[0])):
            strokes = [
                Stroke(
                    _column(part, pair),
                    pair.name.replace("_", "→"),
                    blocks[pair.shallow],
                    f"Weight of {pair.name.replace('_', '→')} in {method}",
                    dash,
                )
                for pair, dash in zip(LEARNED, _DASHES, strict=True)
            ]
            top = max(float(history.mean[stroke.column].max()) for stroke in strokes)
            axis: dict[str, Any] = {"range": [0, 1.2 * top], "nticks": 5}
            panels.append((f"Learned weights of layer pairs, {method}", strokes, axis))
    if history.has("distil_agreement_1"):
        strokes = [
            Stroke(
                f"distil_agreement_{j}",
                f"Block {j}",
                blocks[j - 1],
                f"Faces that block {j} calls as the network does, %",
                unit=100,
                form=".1f",
            )
            for j in (1, 2, 3)
        ]
        axis = {"range": [0, 112], "tickvals": [0, 50, 100]}
        panels.append(("Shallow heads that agree with the network, %", strokes, axis))
    if history.has("layer_right_1"):
        strokes = [
            Stroke(
                f"layer_right_{j}",
                f"Block {j}",
                blocks[j - 1],
                f"Training faces that block {j} calls rightly by itself, %",
                unit=100,
                form=".1f",
            )
            for j in (1, 2, 3, 4)
        ]
        axis = {"range": [0, 112], "tickvals": [0, 50, 100]}
        panels.append(("Faces that a layer alone calls rightly, %", strokes, axis))
    return panels


def _column(part: str, pair: Pair) -> str:
    return f"weight_{part}_{pair.name}"
