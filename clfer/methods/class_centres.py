"""Class centres, the alternative to clustering that Table VI compares with (Eq. 12)."""

from typing import NamedTuple

import torch
from torch import Tensor


class ClassCentres(NamedTuple):
    """Means of the classes in a batch.

    Attributes:
        centroids: Center^(t), ``[1, n_c, D]``; zero for a class that is not in the batch.
        sizes: n_t, faces per class, ``[1, n_c]``.
    """

    centroids: Tensor
    sizes: Tensor


def class_centres(features: Tensor, labels: Tensor, classes: int) -> ClassCentres:
    """Mean deep feature of every class (Eq. 12), differentiable by the features.

    Args:
        features: g_{i,L}, ``[1, N, D]``.
        labels: y_i, int64 ``[N]``; a face with a negative one counts in no class.
        classes: Number n_c of expressions.
    """
    ids = torch.arange(classes, device=labels.device)
    member = (labels.unsqueeze(1) == ids).to(features.dtype).unsqueeze(0)
    sizes = member.sum(dim=1)
    centroids = member.transpose(1, 2) @ features / sizes.clamp(min=1).unsqueeze(-1)
    return ClassCentres(centroids, sizes)
