"""The rule for an expression that training lacked: accuracy with and without it (Table III).

A face of which the top probability lies below the threshold, 0.25 in the paper, counts as one of
the expression whose faces were taken from training. What the threshold does where no expression
is lacking, see :mod:`.threshold`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.metrics import softmax, wilson_interval
from clfer.analysis.scored import ScoredFaces
from clfer.errors import DataError
from clfer.expressions import UNKNOWN_THRESHOLD


@dataclass(frozen=True)
class UnseenAccuracy:
    """A model whose training lacked faces of one expression, both ways.

    Attributes:
        expression: The expression.
        threshold: Top probability below which the rule speaks.
        n: Faces.
        n_expression: Those of them that show the expression.
        correct: Faces of which the most probable expression is the true one.
        correct_by_rule: The same under the rule.
        found: Correct ones among the faces of the expression.
        found_by_rule: The same under the rule.
        ruled: Faces of which the rule speaks.
    """

    expression: str
    threshold: float
    n: int
    n_expression: int
    correct: int
    correct_by_rule: int
    found: int
    found_by_rule: int
    ruled: int

    @property
    def accuracy(self) -> float:
        """Share of correct faces without the rule."""
        return self.correct / self.n

    @property
    def accuracy_by_rule(self) -> float:
        """Share of correct faces under the rule."""
        return self.correct_by_rule / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy without the rule."""
        return wilson_interval(self.correct, self.n)

    @property
    def interval_by_rule(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy under the rule."""
        return wilson_interval(self.correct_by_rule, self.n)


def predicted_by_rule(
    logits: NDArray[np.float64], removed: int, threshold: float = UNKNOWN_THRESHOLD
) -> NDArray[np.int64]:
    """The most probable class, or ``removed`` where its probability is below the threshold.

    Args:
        logits: ``[N, n_c]``, the removed class included.
        removed: Index of the class whose faces were taken from training.
        threshold: In [0, 1]; 0 switches the rule off.

    Returns:
        int64 ``[N]``.
    """
    below = softmax(logits).max(axis=1) < threshold
    return np.where(below, removed, logits.argmax(axis=1)).astype(np.int64)


def unseen_accuracy(
    scored: ScoredFaces, expression: str, threshold: float = UNKNOWN_THRESHOLD
) -> UnseenAccuracy:
    """Score a model with and without the rule.

    Args:
        scored: What it says about at least one face.
        expression: The expression whose faces were taken from training.
        threshold: Top probability below which a face counts as one of that expression.

    Raises:
        DataError: the model does not know the expression.
    """
    if expression not in scored.classes:
        raise DataError(
            f"The expression '{expression}' is not among {', '.join(scored.classes)}: "
            "choose one of these."
        )
    removed = scored.classes.index(expression)
    shows = scored.labels == removed
    by_rule = predicted_by_rule(scored.logits, removed, threshold) == scored.labels
    return UnseenAccuracy(
        expression=expression,
        threshold=threshold,
        n=len(scored),
        n_expression=int(shows.sum()),
        correct=int(scored.correct.sum()),
        correct_by_rule=int(by_rule.sum()),
        found=int(scored.correct[shows].sum()),
        found_by_rule=int(by_rule[shows].sum()),
        ruled=int((scored.confidence < threshold).sum()),
    )
