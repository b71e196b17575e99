"""K-means on many point sets at once (Eq. 2), deterministic and without device synchronisation.

The points of a set lie along the last, long dimension wherever distances and memberships are held
(``[S, K, N]``), since products and reductions over few clusters are several times as slow there.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

CANDIDATES = 4
"""Candidates per cluster that the default start chooses from."""


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
    fixed = points.detach().contiguous()
    columns = fixed.transpose(1, 2).contiguous()
    norms = columns.square().sum(1)
    weight = None if valid is None else valid.to(points.dtype).unsqueeze(1)
    with torch.no_grad():
        centroids = _spread(fixed, columns, norms, clusters, valid) if start is None else start
        for _ in range(iterations):
            least, member, _ = _nearest(columns, centroids, weight)
            distance = (least + norms) if valid is None else (least + norms).masked_fill(~valid, -1)
            sizes = member.sum(-1, keepdim=True)
            spare = _gather(fixed, distance.topk(clusters, dim=-1).indices)
            centroids = torch.where(sizes > 0, member @ fixed / sizes.clamp(min=1), spare)
        _, member, best = _nearest(columns, centroids, weight)
        sizes = member.sum(-1)
    means = member @ points / sizes.clamp(min=1).unsqueeze(-1)
    means = torch.where((sizes > 0).unsqueeze(-1), means, centroids)
    # The centroid of each point by a product with memberships of 0 and 1.
    residual = torch.baddbmm(columns, means.detach().transpose(1, 2), member, alpha=-1)
    squares = residual.square_().sum(1)
    inertia = (squares if weight is None else squares * weight.squeeze(1)).sum(-1)
    # Clamped for points that are no numbers, which are near to nothing.
    assignment = (clusters - best).long().clamp_(0, clusters - 1)
    return Clusters(means, assignment, sizes, inertia)


def spread_start(points: Tensor, clusters: int, valid: Tensor | None = None) -> Tensor:
    """Deterministic, permutation-equivariant start: ``[S, K, D]`` greedily chosen points.

    Candidates are the points at evenly spaced ranks of the distance to the mean. The first choice
    is the candidate nearest to the mean; each further one lowers the summed squared distance of
    all points to their nearest choice most.
    """
    points = points.contiguous()
    columns = points.transpose(1, 2).contiguous()
    return _spread(points, columns, columns.square().sum(1), clusters, valid)


def _spread(
    points: Tensor, columns: Tensor, norms: Tensor, clusters: int, valid: Tensor | None
) -> Tensor:
    sets, count = points.shape[:2]
    far = torch.finfo(points.dtype).max
    share = torch.linspace(
        0, 1, min(count, CANDIDATES * clusters), dtype=points.dtype, device=points.device
    )
    if valid is None:
        mean = columns.mean(-1, keepdim=True)
        ranks = (share * (count - 1)).round().long().expand(sets, -1)
        to_mean = (columns - mean).square_().sum(1)
    else:
        weight = valid.to(points.dtype)
        present = weight.sum(-1, keepdim=True)
        mean = columns @ weight.unsqueeze(-1) / present.clamp(min=1).unsqueeze(-1)
        ranks = (share * (present - 1).clamp(min=0)).round().long()
        to_mean = (columns - mean).square_().sum(1).masked_fill(~valid, far)
    candidates = _gather(points, _at_ranks(to_mean, ranks))
    between = torch.baddbmm(norms.unsqueeze(1), candidates, columns, alpha=-2)
    between = between.add_(candidates.square().sum(-1, keepdim=True)).clamp_(min=0)
    if valid is not None:
        between.masked_fill_(~valid.unsqueeze(1), far)
    chosen = [candidates[:, :1]]
    closest = between[:, 0]
    for _ in range(clusters - 1):
        gain = (closest.unsqueeze(1) - between).clamp_(min=0).sum(-1)
        pick = gain.argmax(-1, keepdim=True)
        chosen.append(_gather(candidates, pick))
        closest = torch.minimum(closest, _gather(between, pick).squeeze(1))
    return torch.cat(chosen, dim=1)


def _nearest(
    columns: Tensor, centroids: Tensor, weight: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """The nearest centroid of every point.

    Args:
        columns: ``[S, D, N]``.
        centroids: ``[S, K, D]``.
        weight: ``[S, 1, N]``, 0 for points of no cluster; None for all.

    Returns:
        ‖p − φ‖² − ‖p‖² ``[S, N]``, the memberships ``[S, K, N]``, and K minus the index ``[S, N]``.
    """
    clusters = centroids.shape[1]
    lengths = centroids.square().sum(-1, keepdim=True)
    partial = torch.baddbmm(lengths, centroids, columns, alpha=-2)
    least = partial.amin(1, keepdim=True)
    # 1 at the minimum and 0 elsewhere, by arithmetic: what yields booleans or indices along a
    # strided dimension is several times as slow. Of equally near centroids the first counts.
    order = torch.arange(clusters, 0, -1, dtype=partial.dtype, device=partial.device)
    order = order.unsqueeze(-1)
    score = (least - partial).sign_().add_(1).mul_(order)
    best = score.amax(1, keepdim=True)
    member = score.sub_(best - 1).clamp_(min=0)
    if weight is not None:
        member = member.mul_(weight)
    return least.squeeze(1), member, best.squeeze(1)


def _at_ranks(distances: Tensor, ranks: Tensor) -> Tensor:
    """The points ``[S, R]`` at some ranks of their distances ``[S, N]``, equal ones by index."""
    # Where operations are only counted the tensors are of another type, and hold no numbers.
    plain = type(distances) is Tensor and distances.device.type == "cpu"
    if not plain or distances.dtype != torch.float32:
        return distances.argsort(dim=-1, stable=True).gather(1, ranks)
    # numpy sorts integers with vector instructions, four times as fast as torch sorts anything.
    # Floats that are not negative are in the order of their bits; the index goes below them.
    keys = distances.view(torch.int32).long() << 32
    keys |= torch.arange(distances.shape[1])
    ordered = torch.from_numpy(np.sort(keys.numpy(), axis=-1))
    return ordered.gather(1, ranks) & 0xFFFFFFFF


def _gather(values: Tensor, index: Tensor) -> Tensor:
    """Rows ``[S, R, D]`` of contiguous sets ``[S, N, D]``."""
    sets, count, width = values.shape
    first = torch.arange(sets, device=index.device).unsqueeze(1) * count
    return values.view(-1, width).index_select(0, (index + first).view(-1)).view(sets, -1, width)
