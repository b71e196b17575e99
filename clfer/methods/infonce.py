"""InfoNCE over semantic groups: a contrastive form of Eq. 6 and 7 that has negatives.

The cosine of Eq. 6 pulls the shallow centre Ī^k of a group towards its deep centroid φ_k. It pushes
nothing apart, and the groups were formed by the very similarity that it maximises. Here φ_k is the
positive of Ī^k, and the centroids of the other groups of the same image (CLFM) or batch (CLBS) are
its negatives (van den Oord et al. 2018; with centroids as prototypes, Li et al. 2021):

    L^{(i,j,L)} = −1/|K′| Σ_{k∈K′} log( exp(cos⟨Ī^k, φ_k⟩/τ) / Σ_{p∈K′} exp(cos⟨Ī^k, φ_p⟩/τ) ),

with K′ the groups that have members on both sides.
"""

import torch
from torch import Tensor
from torch.nn import functional


def infonce(centres: Tensor, centroids: Tensor, present: Tensor, temperature: float) -> Tensor:
    """The loss of S point sets, each at least 0.

    Args:
        centres: Ī ``[S, K, D]``.
        centroids: φ ``[S, K, D]``.
        present: bool ``[S, K]``: groups with members on both sides; others are neither positives
            nor negatives.
        temperature: τ > 0.

    Returns:
        ``[S]``; 0 where at most one group is present.
    """
    first, second = functional.normalize(centres, dim=-1), functional.normalize(centroids, dim=-1)
    scores = first @ second.transpose(1, 2) / temperature
    # The least number and not −∞, of which a set without any group would make NaN.
    scores = scores.masked_fill(~present.unsqueeze(1), torch.finfo(scores.dtype).min)
    own = scores.log_softmax(dim=-1).diagonal(dim1=1, dim2=2)
    counted = own.masked_fill(~present, 0).sum(-1)
    return -counted / present.sum(-1).clamp(min=1)
