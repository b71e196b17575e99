"""Draws over faces, for bootstrap and permutation test: one serves all that is compared on them."""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
"""Draws behind an interval or a p value."""

SEED = 0
"""Seed of the draws: the same faces give the same intervals."""

LEVEL = 0.95
TAIL = 50 * (1 - LEVEL)
"""Per cent of the samples beyond either end of an interval."""


def resampled(
    columns: NDArray[np.int64], resamples: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Draw faces with replacement.

    Faces that agree in all columns are interchangeable, so it draws how often each such kind
    occurs: one multinomial draw per resample.

    Args:
        columns: What is known of each face, ``[N, M]``, N ≥ 1.
        resamples: How often R all faces are drawn.

    Returns:
        The kinds ``[K, M]``, and how often each occurs ``[1 + R, K]``: first as it is, then in the
        resamples.
    """
    kinds, counts = np.unique(columns, axis=0, return_counts=True)
    draws = np.random.default_rng(SEED).multinomial(
        counts.sum(), counts / counts.sum(), size=resamples
    )
    return kinds, np.concatenate([counts[None], draws]).astype(np.float64)


def exchanged(
    kinds: NDArray[np.int64], counts: NDArray[np.float64], resamples: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Exchange A and B on faces at random, as is allowed when neither is the better one.

    Args:
        kinds: True expression, then what A and B say, in pairs, ``[K, 1 + 2 seeds]``.
        counts: How often each kind occurs ``[K]``.
        resamples: How often R the faces are gone through.

    Returns:
        As :func:`resampled`: the kinds and below them the same with A and B exchanged,
        ``[2 K, 1 + 2 seeds]``, and how often each occurs ``[1 + R, 2 K]``.
    """
    other = kinds.copy()
    other[:, 1::2], other[:, 2::2] = kinds[:, 2::2], kinds[:, 1::2]
    swaps = np.random.default_rng(SEED).binomial(
        counts.astype(np.int64), 0.5, size=(resamples, len(counts))
    )
    swaps = np.concatenate([np.zeros((1, len(counts)), swaps.dtype), swaps])
    return np.concatenate([kinds, other]), np.concatenate([counts - swaps, swaps], axis=1)


def recalls(
    counted: NDArray[np.float64], true: NDArray[np.int64], said: NDArray[np.int64], n_c: int
) -> NDArray[np.float64]:
    """Recall of every expression.

    Args:
        counted: How often each kind occurs ``[R, K]``.
        true: The true expression of each kind ``[K]``.
        said: The predicted one ``[K]``.
        n_c: Expressions.

    Returns:
        ``[R, n_c]``; NaN where no face shows the expression.
    """
    one_hot = np.eye(n_c)
    return ratio(counted @ (one_hot[true] * one_hot[said]), counted @ one_hot[true])


def hits(
    counted: NDArray[np.float64], true: NDArray[np.int64], said: NDArray[np.int64], n_c: int
) -> NDArray[np.float64]:
    """Accuracy ``[R, 1]``, as :func:`recalls`."""
    right = (true == said).astype(np.float64)[:, None]
    return ratio(counted @ right, counted.sum(axis=1, keepdims=True))


def f1_scores(
    counted: NDArray[np.float64], true: NDArray[np.int64], said: NDArray[np.int64], n_c: int
) -> NDArray[np.float64]:
    """F1 of every expression, as :func:`recalls`; NaN where it neither occurs nor is predicted."""
    one_hot = np.eye(n_c)
    hits = counted @ (one_hot[true] * one_hot[said])
    return ratio(2 * hits, counted @ (one_hot[true] + one_hot[said]))


def ratio(part: NDArray[np.generic], whole: NDArray[np.generic]) -> NDArray[np.float64]:
    """Element-wise quotient, NaN where the whole is zero."""
    with np.errstate(invalid="ignore"):
        return np.asarray(part, np.float64) / np.asarray(whole, np.float64)
