"""Labels of a batch in which some faces may have none."""

import torch
from torch import Tensor

NO_LABEL = -1
"""Stands for the label of a face that has none; among soft labels a row of zeros does."""


def hard_labels(target: Tensor) -> Tensor:
    """The label of every face, the most probable one of soft labels.

    Args:
        target: Labels int64 ``[B]``, or class probabilities ``[B, n_c]``.

    Returns:
        int64 ``[B]``; :data:`NO_LABEL` for a face without label.
    """
    if target.dim() == 1:
        return target
    return torch.where(target.any(dim=1), target.argmax(dim=1), NO_LABEL)
