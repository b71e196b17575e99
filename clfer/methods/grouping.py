"""Semantic groups of shallow features and their alignment with deep centroids (Eq. 3–6)."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional


class Groups(NamedTuple):
    """Shallow features grouped by their most similar deep centroid, for S sets of N features.

    Attributes:
        assignment: int64 ``[S, N]``, the group of each feature (Eq. 4; arbitrary if invalid).
        sizes: ``[S, K]``, valid members per group.
        centres: The shallow centres Ī^k (Eq. 5), ``[S, K, D]``; zero where the group is empty.
    """

    assignment: Tensor
    sizes: Tensor
    centres: Tensor


def assign_groups(
    features: Tensor,
    centroids: Tensor,
    valid: Tensor | None = None,
    present: Tensor | None = None,
) -> Groups:
    """Put each shallow feature into the group of the deep centroid of highest cosine (Eq. 3–5).

    Args:
        features: ``[S, N, D]``.
        centroids: φ ``[S, K, D]``.
        valid: bool ``[S, N]``; invalid features join no group. All by default.
        present: bool ``[S, K]``; no feature joins the group of an absent centroid, unless all are
            absent. All are present by default.
    """
    directions = functional.normalize(centroids.detach(), dim=-1)
    # The length of a feature does not change which centroid is most similar to it.
    scores = features.detach() @ directions.transpose(1, 2)
    if present is not None:
        scores = scores.masked_fill(~present.unsqueeze(1), -torch.inf)
    assignment = scores.argmax(dim=-1)
    ids = torch.arange(centroids.shape[1], device=assignment.device)
    member = (assignment.unsqueeze(-1) == ids).to(features.dtype)
    if valid is not None:
        member = member * valid.unsqueeze(-1).to(features.dtype)
    sizes = member.sum(dim=1)
    centres = member.transpose(1, 2) @ features / sizes.clamp(min=1).unsqueeze(-1)
    return Groups(assignment, sizes, centres)


def alignment(centres: Tensor, centroids: Tensor, present: Tensor) -> Tensor:
    """Cosine of vec(Ī) and vec(φ) (Eq. 6), leaving absent groups out of both vectors.

    Args:
        centres: Ī ``[S, K, D]``.
        centroids: φ ``[S, K, D]``.
        present: bool ``[S, K]``: groups with members on both sides.

    Returns:
        ``[S]`` in [-1, 1]; 0 where no group is present.
    """
    mask = present.unsqueeze(-1).to(centres.dtype)
    return functional.cosine_similarity(
        (centres * mask).flatten(1), (centroids * mask).flatten(1), dim=1, eps=1e-8
    )
