"""Table I for a model: what its training and its predictions cost."""

from typing import NamedTuple

from clfer.config import Config
from clfer.models.card import Card
from clfer.models.complexity import Complexity, inference_complexity, training_complexity

PAPER_SIDE = 224
"""Image side in pixels at which Table I counts."""

PAPER_TABLE = {
    "baseline": Complexity(11_200_000, 1_820_000_000),
    "ours": Complexity(14_500_000, 2_010_000_000),
}
"""Parameters and operations that Table I prints for training the baseline and training ours."""


class Cost(NamedTuple):
    """Cost of a model per face.

    Attributes:
        side: Image side in pixels.
        training: Network, contrastive heads and clustering.
        inference: The network alone.
    """

    side: int
    training: Complexity
    inference: Complexity


def model_cost(card: Card, side: int) -> Cost:
    """Parameters and multiply–accumulates of a model for images of ``side`` pixels.

    The training graph counts one face of a batch of 32, as ``clfer info`` does.
    """
    return method_cost(card.config, len(card.classes), side)


def method_cost(config: Config, classes: int, side: int) -> Cost:
    """Like :func:`model_cost`, for a method that need not have been trained."""
    return Cost(
        side,
        training_complexity(config, classes, side),
        inference_complexity(config, classes, side),
    )
