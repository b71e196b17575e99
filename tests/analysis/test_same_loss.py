"""Gradient norms of two trainings at the same loss."""

import numpy as np
import pytest

from clfer.analysis.same_loss import gain_at_same_loss

LOSS = np.array([2.0, 1.5, 1.2, 1.0])
NORM = np.exp(LOSS)  # log-linear in the loss, hence interpolated exactly


def test_a_model_that_is_only_ahead_gains_nothing() -> None:
    ahead = np.array([1.9, 1.3, 1.1])
    assert gain_at_same_loss(LOSS, NORM, ahead, np.exp(ahead)) == (pytest.approx(1.0), 3)


def test_the_factor_is_found_where_the_losses_overlap() -> None:
    loss = np.array([2.5, 1.7, 1.25, 0.4])
    norm = 3 * np.exp(loss) * np.array([100, 1, 1, 100])
    assert gain_at_same_loss(LOSS, NORM, loss, norm) == (pytest.approx(3.0), 2)
    # The order of the epochs of A does not matter.
    assert gain_at_same_loss(LOSS[::-1], NORM[::-1], loss, norm) == (pytest.approx(3.0), 2)


def test_nothing_is_said_without_an_overlap_or_a_gradient() -> None:
    assert gain_at_same_loss(LOSS, NORM, np.array([3.0, 0.5]), np.ones(2)) is None
    assert gain_at_same_loss(LOSS[:1], NORM[:1], LOSS[:1], NORM[:1]) is None
    assert gain_at_same_loss(LOSS, 0 * NORM, LOSS, NORM) is None
    assert gain_at_same_loss(LOSS, NORM, LOSS, 0 * NORM) is None
