"""Two made-up models on made-up faces, for tests of what compares them."""

import numpy as np

from clfer.analysis.comparison import Comparison, compare
from clfer.analysis.scored import ScoredFaces

CLASSES = ("neutral", "happiness", "surprise", "sadness", "anger")


def random_comparison(
    seed: int = 0, n: int = 200, classes: tuple[str, ...] = CLASSES, skill: float = 1.5
) -> Comparison:
    """B resembles A; ``skill`` is how much either knows of the true expression."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(classes), n)
    shared = rng.normal(size=(n, len(classes))) + skill * np.eye(len(classes))[labels]
    names = tuple(f"face{i}" for i in range(n))
    models = [
        ScoredFaces(
            dataset="synthetic",
            split="valid",
            classes=classes,
            names=names,
            digests=names,
            labels=labels,
            logits=shared + 0.7 * rng.normal(size=shared.shape),
            embedding=np.zeros((n, 2), np.float32),
            epoch=1,
        )
        for _ in range(2)
    ]
    return compare(*models)
