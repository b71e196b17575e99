"""K-means on many point sets at once (Eq. 2), deterministic and without device synchronisation."""

from typing import NamedTuple

import torch
from torch import Tensor

CANDIDATES = 4
"""Candidates per cluster that the default start chooses from."""

_FAR = torch.finfo(torch.float32).max


class Clusters(NamedTuple):
    """The result of :func:`kmeans` for S point sets.

    Attributes:
        centroids: φ_k, ``[S, K, D]``; their gradient is that of the mean of the members.
        assignment: int64 ``[S, N]``, the cluster of each point (arbitrary for invalid points).
        sizes: ``[S, K]``, number of valid members.
        inertia: ``[S]``, the summed squared distances ε of Eq. 2.
    """

    centroids: Tensor
    assignment: Tensor
    sizes: Tensor
    inertia: Tensor


def kmeans(
    points: Tensor,
    clusters: int,
    *,
    valid: Tensor | None = None,
    start: Tensor | None = None,
    iterations: int = 5,
) -> Clusters:
    """Cluster every point set by Lloyd's algorithm with a fixed number of iterations.

    Without ``start`` the centroids begin at greedily chosen points (:func:`spread_start`), so the
    result does not depend on chance or on the order of the points. A cluster that loses all its
    members restarts at the point that lies farthest from its own centroid.

    Args:
        points: ``[S, N, D]`` float32 or wider.
        clusters: K.
        valid: bool ``[S, N]``; invalid points belong to no cluster. All points by default.
        start: Starting centroids ``[S, K, D]``.
        iterations: Number of Lloyd iterations.

    Raises:
        ValueError: K exceeds N, or shapes disagree.
    """
    if points.dim() != 3 or not 1 <= clusters <= points.shape[1]:
        raise ValueError(
            f"{clusters} clusters need points [S, N >= K, D], got {tuple(points.shape)}"
        )
    fixed = points.detach()
    mask = (
        torch.ones(points.shape[:2], dtype=torch.bool, device=points.device)
        if valid is None
        else valid
    )
    weight = mask.to(points.dtype)
    centroids = spread_start(fixed, clusters, mask) if start is None else start.detach()
    for _ in range(iterations):
        assignment, distance = _nearest(fixed, centroids, mask)
        member = _membership(assignment, clusters, weight)
        centroids = _means(fixed, member, _farthest(fixed, distance, clusters))
    assignment, _ = _nearest(fixed, centroids, mask)
    member = _membership(assignment, clusters, weight)
    sizes = member.sum(dim=1)
    means = member.transpose(1, 2) @ points / sizes.clamp(min=1).unsqueeze(-1)
    means = torch.where((sizes > 0).unsqueeze(-1), means, centroids)
    residual = (fixed - _gather(means.detach(), assignment)).square().sum(-1)
    return Clusters(means, assignment, sizes, (residual * weight).sum(-1))


def spread_start(points: Tensor, clusters: int, valid: Tensor) -> Tensor:
    """Deterministic, permutation-equivariant start: ``[S, K, D]`` greedily chosen points.

    Candidates are the points at evenly spaced ranks of the distance to the mean. The first choice
    is the candidate nearest to the mean; each further one lowers the summed squared distance of
    all points to their nearest choice most.
    """
    weight = valid.to(points.dtype)
    count = weight.sum(-1, keepdim=True)
    mean = torch.einsum("sn,snd->sd", weight, points) / count.clamp(min=1)
    to_mean = (points - mean.unsqueeze(1)).square().sum(-1).masked_fill(~valid, _FAR)
    places = min(points.shape[1], CANDIDATES * clusters)
    share = torch.linspace(0, 1, places, dtype=points.dtype, device=points.device)
    ranks = (share * (count - 1).clamp(min=0)).round().long()
    candidates = _gather(points, to_mean.argsort(dim=-1).gather(1, ranks))
    between = _squared_distances(candidates, points)
    chosen = [candidates[:, :1]]
    closest = between[:, 0]
    for _ in range(clusters - 1):
        gain = (closest.unsqueeze(1) - between).clamp(min=0) @ weight.unsqueeze(-1)
        pick = gain.squeeze(-1).argmax(-1, keepdim=True)
        chosen.append(_gather(candidates, pick))
        closest = torch.minimum(closest, _gather(between, pick).squeeze(1))
    return torch.cat(chosen, dim=1)


def _squared_distances(first: Tensor, second: Tensor) -> Tensor:
    norms = first.square().sum(-1).unsqueeze(-1) + second.square().sum(-1).unsqueeze(1)
    return (norms - 2 * first @ second.transpose(1, 2)).clamp(min=0)


def _nearest(points: Tensor, centroids: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    # ‖p − φ‖² without ‖p‖², which is the same for every centroid
    partial = centroids.square().sum(-1).unsqueeze(1) - 2 * points @ centroids.transpose(1, 2)
    least, assignment = partial.min(dim=-1)
    distance = (least + points.square().sum(-1)).masked_fill(~valid, -1.0)
    return assignment, distance


def _membership(assignment: Tensor, clusters: int, weight: Tensor) -> Tensor:
    ids = torch.arange(clusters, device=assignment.device)
    return (assignment.unsqueeze(-1) == ids).to(weight.dtype) * weight.unsqueeze(-1)


def _means(points: Tensor, member: Tensor, spare: Tensor) -> Tensor:
    sizes = member.sum(dim=1).unsqueeze(-1)
    means = member.transpose(1, 2) @ points / sizes.clamp(min=1)
    return torch.where(sizes > 0, means, spare)


def _farthest(points: Tensor, distance: Tensor, clusters: int) -> Tensor:
    return _gather(points, distance.topk(clusters, dim=-1).indices)


def _gather(values: Tensor, index: Tensor) -> Tensor:
    return values.gather(1, index.unsqueeze(-1).expand(-1, -1, values.shape[-1]))
