"""How the groups of a shallow block are compared with the deep centroids, by configuration."""

from typing import NamedTuple

import torch
from torch import Tensor

from clfer.config import ClbsConfig, ClfmConfig
from clfer.methods.grouping import alignment
from clfer.methods.infonce import infonce


class Contrast(NamedTuple):
    """One pair of blocks compared, for S point sets.

    Attributes:
        loss: What is minimised, ``[S]``: −cos(vec(Ī), vec(φ)) (Eq. 6) or InfoNCE.
        cosine: cos(vec(Ī), vec(φ)), ``[S]``, with either form; without a gradient.
    """

    loss: Tensor
    cosine: Tensor


def contrast(
    centres: Tensor, centroids: Tensor, present: Tensor, config: ClfmConfig | ClbsConfig
) -> Contrast:
    """Compare shallow centres Ī with deep centroids φ, both ``[S, K, D]``.

    Args:
        centres: Ī.
        centroids: φ.
        present: bool ``[S, K]``: groups with members on both sides; others are left out.
        config: Says in which form, and at which temperature.
    """
    if config.contrast == "cosine":
        cosine = alignment(centres, centroids, present)
        return Contrast(-cosine, cosine.detach())
    loss = infonce(centres, centroids, present, config.contrast_temperature)
    with torch.no_grad():
        return Contrast(loss, alignment(centres, centroids, present))
