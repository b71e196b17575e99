"""Distribution of the learning intensity over faces: quantiles and histograms on a log axis."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.scored import ScoredFaces

Loss = Literal["cls", "joint"]
S = TypeVar("S", bound=str)

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS_PER_DECADE = 8


@dataclass(frozen=True, eq=False)
class IntensitySummary:
    """How the gradient norms ‖∂L^{(i)}/∂f_{i,j}‖₂ of one model lie over N faces.

    Attributes:
        count: N.
        classes: Expressions that occur among the faces.
        class_counts: Faces of each, int64 ``[C]``.
        quantiles: Quantiles :data:`QUANTILES` per block, ``[4, 5]``.
        class_quantiles: The same per block and true expression, ``[4, C, 5]``.
        edges: Edges of the bins, evenly spaced in the logarithm, ``[M + 1]``.
        share: Share of the N faces in each bin, per block ``[4, M]``; the faces without a
            gradient are in no bin.
        zero: Faces whose gradient vanishes, per block int64 ``[4]``.
    """

    count: int
    classes: tuple[str, ...]
    class_counts: NDArray[np.int64]
    quantiles: NDArray[np.float64]
    class_quantiles: NDArray[np.float64]
    edges: NDArray[np.float64]
    share: NDArray[np.float64]
    zero: NDArray[np.int64]


def face_norms(scored: ScoredFaces, loss: Loss) -> NDArray[np.float64] | None:
    """Gradient norm of every face at every block ``[N, 4]``; None where it was not measured."""
    norms = scored.grad_norm_cls if loss == "cls" else scored.grad_norm_joint
    return None if norms is None else np.asarray(norms, dtype=np.float64)


def summarise(models: Mapping[S, ScoredFaces], loss: Loss) -> dict[S, IntensitySummary]:
    """Summaries of several models on shared bins; models without per-face gradients are left out.

    Args:
        models: Scored faces of each model, by its letter.
        loss: Gradient of the classification loss or of the joint loss.
    """
    norms = {letter: face_norms(scored, loss) for letter, scored in models.items()}
    known = {letter: values for letter, values in norms.items() if values is not None}
    edges = _edges(list(known.values()))
    return {letter: _summary(models[letter], values, edges) for letter, values in known.items()}


def _edges(norms: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Bin edges that span all positive norms, whole fractions of a decade apart."""
    positive = [values[values > 0] for values in norms]
    drawn = np.concatenate(positive) if positive else np.empty(0)
    if not len(drawn):
        return np.array([0.1, 1.0])
    low = np.floor(np.log10(drawn.min()) * BINS_PER_DECADE)
    high = np.ceil(np.log10(drawn.max()) * BINS_PER_DECADE)
    steps = np.arange(low, max(high, low + 1) + 1)
    return np.asarray(10 ** (steps / BINS_PER_DECADE), dtype=np.float64)


def _summary(
    scored: ScoredFaces, norms: NDArray[np.float64], edges: NDArray[np.float64]
) -> IntensitySummary:
    present = np.unique(scored.labels)
    by_class = [np.quantile(norms[scored.labels == c], QUANTILES, axis=0).T for c in present]
    # Rounding of 10**x may leave the extreme faces a hair outside of the outermost edges.
    inside = np.clip(norms, edges[0], edges[-1])
    counts = [np.histogram(inside[norms[:, j] > 0, j], edges)[0] for j in range(4)]
    return IntensitySummary(
        count=len(norms),
        classes=tuple(scored.classes[c] for c in present),
        class_counts=np.array([(scored.labels == c).sum() for c in present], dtype=np.int64),
        quantiles=np.quantile(norms, QUANTILES, axis=0).T,
        class_quantiles=np.stack(by_class, axis=1),
        edges=edges,
        share=np.stack(counts) / len(norms),
        zero=(norms <= 0).sum(axis=0).astype(np.int64),
    )
