"""Panels of the options for the curves of a run: learned layer pairs, distillation, supervision."""

from collections.abc import Mapping
from typing import Any

from clfer.analysis.histories import History
from clfer.figures.epoch_lines import Stroke
from clfer.figures.theme import Theme, palette
from clfer.methods.pairs import LEARNED, Pair

_DASHES = ("solid", "solid", "solid", "dash")

_BY_BLOCK = (
    (
        "distil_agreement",
        3,
        "Shallow heads that agree with the network, %",
        "Faces that block {block} calls as the network does, %",
    ),
    (
        "layer_right",
        4,
        "Faces that a layer alone calls rightly, %",
        "Training faces that block {block} calls rightly by itself, %",
    ),
)
"""Shares by block: column without its number, last block, title, and what a line means."""


def option_panels(
    history: History, theme: Theme
) -> list[tuple[str, list[Stroke], Mapping[str, Any]]]:
    """Title, lines and y axis of every panel that the run has measurements for.

    Learned weights: what each pair of layers counts in L_fm and L_bs, drawn in the colour of its
    shallow block. Distillation: for how many faces a head and the network name the same class.
    Supervision: for how many training faces a layer alone names the right one.
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
    for column, last, title, meaning in _BY_BLOCK:
        if history.has(f"{column}_1"):
            strokes = [
                Stroke(
                    f"{column}_{j}",
                    f"Block {j}",
                    blocks[j - 1],
                    meaning.format(block=j),
                    unit=100,
                    form=".1f",
                )
                for j in range(1, last + 1)
            ]
            panels.append((title, strokes, {"range": [0, 112], "tickvals": [0, 50, 100]}))
    return panels


def _column(part: str, pair: Pair) -> str:
    return f"weight_{part}_{pair.name}"
