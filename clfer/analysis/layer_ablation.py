"""Each layer's share of a decision, and what is decided without it; exact, since F is a sum.

F = Σ_j μ_j f'_j (Eq. 9) and the logits are w_c·F + b_c, so that leaving layer j out of F takes
μ_j w_c f'_j from every logit and changes nothing else.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.attention import centred_contributions
from clfer.analysis.metrics import wilson_interval
from clfer.analysis.scored import ScoredFaces
from clfer.errors import DataError

Outcome = Literal["broken", "fixed", "other"]
OUTCOMES: tuple[Outcome, Outcome, Outcome] = ("broken", "fixed", "other")
"""Right to wrong, wrong to right, from one wrong expression to another."""


@dataclass(frozen=True, eq=False)
class DecisionShares:
    """What makes up the logit of the predicted expression, in logits above the mean expression.

    Attributes:
        layers: Centred contribution of each block, ``[N, 4]``.
        bias: Centred bias of the classifier, ``[N]``.
        total: Centred logit: the sum of all five, ``[N]``.
    """

    layers: NDArray[np.float64]
    bias: NDArray[np.float64]
    total: NDArray[np.float64]


def decision_shares(scores: ScoredFaces) -> DecisionShares:
    """Share of every block in the logit of each face's predicted expression (Eq. 8, 9).

    Raises:
        DataError: the scores hold no contributions.
    """
    rows, said = np.arange(len(scores)), scores.predicted
    centred = centred_contributions(_contributions(scores))[rows, said]
    total = (scores.logits - scores.logits.mean(axis=1, keepdims=True))[rows, said]
    return DecisionShares(centred, total - centred.sum(axis=1), total)


@dataclass(frozen=True, eq=False)
class ExpressionShares:
    """Means of :class:`DecisionShares` over the faces to which a model gives each expression.

    Attributes:
        classes: The n_c expressions.
        counts: Faces given to each, int64 ``[n_c]``.
        layers: ``[n_c, 4]``; NaN for an expression that is never predicted.
        bias: ``[n_c]``.
        total: ``[n_c]``.
    """

    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    layers: NDArray[np.float64]
    bias: NDArray[np.float64]
    total: NDArray[np.float64]

    @property
    def extent(self) -> tuple[float, float]:
        """Most negative and most positive sum of parts with one sign; 0 lies between them."""
        parts = np.column_stack([self.layers, self.bias])
        low, high = np.minimum(parts, 0).sum(axis=1), np.maximum(parts, 0).sum(axis=1)
        return float(np.nanmin(low)), float(np.nanmax(high))


def expression_shares(scores: ScoredFaces) -> ExpressionShares:
    """Mean share of every block by predicted expression.

    Raises:
        DataError: the scores hold no contributions.
    """
    shares, classes = decision_shares(scores), len(scores.classes)
    member = scores.predicted[:, None] == np.arange(classes)
    counts = member.sum(axis=0)
    divisor = np.where(counts > 0, counts, np.nan)
    columns = np.column_stack([shares.layers, shares.bias, shares.total])
    means = member.T.astype(np.float64) @ columns / divisor[:, None]
    return ExpressionShares(scores.classes, counts, means[:, :4], means[:, 4], means[:, 5])


@dataclass(frozen=True)
class Accuracy:
    """A share of right answers with its 95 % interval (Wilson, 1927), all in [0, 1]."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class LayerAblation:
    """Decisions with all layers and with each of the four left out.

    Attributes:
        classes: The n_c expressions.
        labels: True expressions, int64 ``[N]``.
        full: Predicted from all layers, int64 ``[N]``.
        without: Predicted without each layer, int64 ``[4, N]``.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    full: NDArray[np.int64]
    without: NDArray[np.int64]

    def accuracy(self) -> list[Accuracy]:
        """Accuracy with all layers, then without layer 1, 2, 3 and 4."""
        n, found = len(self.labels), []
        for said in (self.full, *self.without):
            right = int((said == self.labels).sum())
            found.append(Accuracy(right / n, *wilson_interval(right, n)))
        return found

    @property
    def flipped(self) -> NDArray[np.bool_]:
        """Whether a decision depends on the layer, ``[4, N]``."""
        return np.asarray(self.without != self.full)

    def outcome(self, kind: Outcome) -> NDArray[np.bool_]:
        """Whether leaving the layer out breaks, fixes or otherwise changes a decision, ``[4, N]``.

        The three are disjoint, and together they are :attr:`flipped`.
        """
        before, after = self.full == self.labels, self.without == self.labels
        if kind == "broken":
            return np.asarray(before & ~after)
        if kind == "fixed":
            return np.asarray(~before & after)
        return np.asarray(self.flipped & ~before & ~after)

    def counts(self, kind: Outcome) -> NDArray[np.int64]:
        """Faces of that outcome by layer and true expression, int64 ``[4, n_c]``."""
        member = self.labels[:, None] == np.arange(len(self.classes))
        return np.asarray(self.outcome(kind).astype(np.int64) @ member.astype(np.int64))

    def support(self) -> NDArray[np.int64]:
        """Faces of every true expression, int64 ``[n_c]``."""
        return np.bincount(self.labels, minlength=len(self.classes))

    def recall_change(self) -> NDArray[np.float64]:
        """Recall of each expression without the layer minus with it, ``[4, n_c]``, in [-1, 1].

        NaN for an expression without faces.
        """
        support = self.support()
        divisor = np.where(support > 0, support, np.nan)
        return np.asarray((self.counts("fixed") - self.counts("broken")) / divisor)

    def worst(self) -> tuple[int, int]:
        """Layer (from 0) and expression whose recall falls most; the first of equals."""
        layer, expression = np.unravel_index(
            np.nanargmin(self.recall_change()), (4, len(self.classes))
        )
        return int(layer), int(expression)

    def faces(self, layer: int, expression: int) -> NDArray[np.int64]:
        """Faces of a true expression whose decision flips without a layer; broken first.

        Args:
            layer: From 0.
            expression: Index into the classes.
        """
        here = self.labels == expression
        parts = [np.flatnonzero(self.outcome(kind)[layer] & here) for kind in OUTCOMES]
        return np.concatenate(parts)


def logits_without(scores: ScoredFaces) -> NDArray[np.float64]:
    """Logits with each layer left out of F, ``[4, N, n_c]``.

    Raises:
        DataError: the scores hold no contributions.
    """
    return np.moveaxis(scores.logits[..., None] - _contributions(scores), -1, 0)


def layer_ablation(scores: ScoredFaces) -> LayerAblation:
    """Leave each layer out once.

    Raises:
        DataError: the scores hold no contributions.
    """
    without = logits_without(scores).argmax(axis=-1)
    return LayerAblation(scores.classes, scores.labels, scores.predicted, without)


def _contributions(scores: ScoredFaces) -> NDArray[np.float64]:
    if scores.contributions is None:
        raise DataError(
            f"The scores of epoch {scores.epoch} hold no contributions of layers: choose the last "
            "epoch of a model with MSR."
        )
    return scores.contributions
