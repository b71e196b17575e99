"""Captions of faces in the attention view, one line for each fact."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.layer_ablation import OUTCOMES, LayerAblation
from clfer.analysis.scored import ScoredFaces


def entropy_captions(
    scores: ScoredFaces, attention: NDArray[np.float64], entropy: NDArray[np.float64]
) -> list[str]:
    """True expression, what the model says where that differs, entropy and μ, for N faces.

    Args:
        scores: The faces.
        attention: μ, ``[N, 4]``.
        entropy: In bits, ``[N]``.
    """
    found = []
    columns = (scores.labels, scores.predicted, attention, entropy)
    for label, said, mu, bits in zip(*(values.tolist() for values in columns), strict=True):
        first, second, third, fourth = (f"{value:.2f}" for value in mu)
        verdict = "" if label == said else f"says {scores.classes[said]}\n"
        found.append(
            f"{scores.classes[label]}\n{verdict}{bits:.2f} bits\nμ {first} {second}\n"
            f"{third} {fourth}"
        )
    return found


def ablation_captions(ablation: LayerAblation, layer: int, faces: Sequence[int]) -> list[str]:
    """What is decided with and without a layer (from 0), and whether that is right."""
    outcomes = {kind: ablation.outcome(kind)[layer] for kind in OUTCOMES}
    words = {"other": "both wrong"}
    found = []
    for i in faces:
        before, after = (
            ablation.classes[ablation.full[i]],
            ablation.classes[ablation.without[layer, i]],
        )
        kind = next(kind for kind, values in outcomes.items() if values[i])
        found.append(f"{before} →\n{after}\n{words.get(kind, kind)}")
    return found


def ablation_sentence(ablation: LayerAblation, layer: int, expression: int) -> str:
    """How many faces of an expression flip without a layer (from 0), and how."""
    broken, fixed, other = (int(ablation.counts(k)[layer, expression]) for k in OUTCOMES)
    flips, n = broken + fixed + other, int(ablation.support()[expression])
    if not flips:
        return f"None of {n:,} decisions flips."
    return (
        f"{flips:,} of {n:,} decisions flip{'s' if flips == 1 else ''}: {broken:,} broken, "
        f"{fixed:,} fixed, {other:,} otherwise changed."
    )
