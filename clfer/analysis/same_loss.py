"""Gradient norms of two trainings at the same loss: a model that fits better has smaller ones."""

import numpy as np
from numpy.typing import NDArray


def gain_at_same_loss(
    loss_a: NDArray[np.floating],
    norm_a: NDArray[np.floating],
    loss_b: NDArray[np.floating],
    norm_b: NDArray[np.floating],
) -> tuple[float, int] | None:
    """Geometric mean of B's norm over A's at the losses that B reached and A went through.

    A's logarithmic norm is interpolated linearly between its own losses.

    Args:
        loss_a: Loss of A after each epoch, ``[E]``.
        norm_a: Its gradient norm at one block, ``[E]``; epochs without a gradient do not count.
        loss_b: The same of B, ``[F]``.
        norm_b: ``[F]``.

    Returns:
        The factor and the number of B's epochs behind it; None where the losses do not overlap.
    """
    a, b = norm_a > 0, norm_b > 0
    if a.sum() < 2:
        return None
    order = np.argsort(loss_a[a], kind="stable")
    losses, norms = loss_a[a][order], np.log(norm_a[a][order])
    inside = b & (loss_b >= losses[0]) & (loss_b <= losses[-1])
    if not inside.any():
        return None
    expected = np.interp(loss_b[inside], losses, norms)
    return float(np.exp((np.log(norm_b[inside]) - expected).mean())), int(inside.sum())
