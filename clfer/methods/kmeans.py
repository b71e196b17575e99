"""K-means on many point sets at once (Eq. 2), deterministic and without device synchronisation.

The points of a set lie along the last, long dimension wherever distances and memberships are held
(``[S, K, N]``), since products and reductions over few clusters are several times as slow there.
Results as large as the points go into buffers that are used again: asking the system for fresh
memory takes several times as long as the arithmetic that fills it.
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
    check_points(points, clusters)
    fixed = points.detach().contiguous()
    columns = fixed.transpose(1, 2).contiguous()
    buffer = torch.empty_like(columns)
    norms = torch.mul(columns, columns, out=buffer).sum(1)
    weight = None if valid is None else valid.to(points.dtype).unsqueeze(1)
    order = torch.arange(clusters, 0, -1, dtype=points.dtype, device=points.device).unsqueeze(-1)
    with torch.no_grad():
        centroids = _spread(fixed, columns, norms, clusters, valid) if start is None else start
        for _ in range(iterations):
            least, member, _ = _nearest(columns, centroids, order, weight)
            sizes = member.sum(-1, keepdim=True)
            centroids = member @ fixed / sizes.clamp(min=1)
            if not _all_positive(sizes):
                distance = least + norms
                if valid is not None:
                    distance = distance.masked_fill_(~valid, -1)
                spare = _gather(fixed, distance.topk(clusters, dim=-1).indices)
                centroids = torch.where(sizes > 0, centroids, spare)
        _, member, best = _nearest(columns, centroids, order, weight)
        sizes = member.sum(-1)
    means = member @ points / sizes.clamp(min=1).unsqueeze(-1)
    means = torch.where((sizes > 0).unsqueeze(-1), means, centroids)
    # The centroid of each point by a product with memberships of 0 and 1.
    torch.bmm(means.detach().transpose(1, 2), member, out=buffer)
    squares = buffer.sub_(columns).square_().sum(1)
    inertia = (squares if weight is None else squares * weight.squeeze(1)).sum(-1)
    # Clamped for points that are no numbers, which are near to nothing.
    assignment = (clusters - best).long().clamp_(0, clusters - 1)
    return Clusters(means, assignment, sizes, inertia)


def check_points(points: Tensor, clusters: int) -> None:
    """Refuse what no clustering can work on: :class:`ValueError` names the shape."""
    if points.dim() != 3 or not 1 <= clusters <= points.shape[1]:
        raise ValueError(
            f"{clusters} clusters need points [S, N >= K, D], got {tuple(points.shape)}"
        )


def spread_start(points: Tensor, clusters: int, valid: Tensor | None = None) -> Tensor:
    """Deterministic, permutation-equivariant start: ``[S, K, D]`` greedily chosen points.

    Candidates are the points at evenly spaced ranks of the distance to the mean. The first choice
    is the candidate nearest to the mean; each further one lowers the summed squared distance of
    all points to their nearest choice most. Without a gradient.
    """
    points = points.detach().contiguous()
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
    else:
        weight = valid.to(points.dtype)
        present = weight.sum(-1, keepdim=True)
        mean = columns @ weight.unsqueeze(-1) / present.clamp(min=1).unsqueeze(-1)
        ranks = (share * (present - 1).clamp(min=0)).round().long()
    to_mean = _distances(norms, columns, mean.transpose(1, 2)).squeeze(1)
    if valid is not None:
        to_mean = to_mean.masked_fill_(~valid, far)
    candidates = _gather(points, _at_ranks(to_mean, ranks))
    between = _distances(norms, columns, candidates)
    if valid is not None:
        between.masked_fill_(~valid.unsqueeze(1), 0)
    chosen = [candidates[:, :1]]
    closest = between[:, :1]
    buffer = torch.empty_like(between)
    for _ in range(clusters - 1):
        torch.minimum(between, closest, out=buffer)
        pick = buffer.sum(-1).argmin(-1, keepdim=True)
        chosen.append(_gather(candidates, pick))
        closest = _gather(buffer, pick)
    return torch.cat(chosen, dim=1)


def _distances(norms: Tensor, columns: Tensor, others: Tensor) -> Tensor:
    """Squared distances ``[S, R, N]`` of points ``[S, D, N]`` to others ``[S, R, D]``."""
    products = torch.bmm(others * -2, columns).add_(norms.unsqueeze(1))
    return products.add_(others.square().sum(-1, keepdim=True))


def _nearest(
    columns: Tensor, centroids: Tensor, order: Tensor, weight: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """The nearest centroid of every point.

    Args:
        columns: ``[S, D, N]``.
        centroids: ``[S, K, D]``.
        order: K to 1, ``[K, 1]``.
        weight: ``[S, 1, N]``, 0 for points of no cluster; None for all.

    Returns:
        ‖p − φ‖² − ‖p‖² ``[S, N]``, the memberships ``[S, K, N]``, and K minus the index ``[S, N]``.
    """
    lengths = centroids.square().sum(-1, keepdim=True)
    partial = torch.baddbmm(lengths, centroids, columns, alpha=-2)
    least = partial.amin(1, keepdim=True)
    # 1 at the minimum and 0 elsewhere, by arithmetic: what yields booleans or indices along a
    # strided dimension is several times as slow. Of equally near centroids the first counts.
    score = (least - partial).sign_().add_(1).mul_(order)
    best = score.amax(1, keepdim=True)
    member = score.sub_(best - 1).clamp_(min=0)
    if weight is not None:
        member = member.mul_(weight)
    return least.squeeze(1), member, best.squeeze(1)


def _all_positive(sizes: Tensor) -> bool:
    """Whether no cluster is empty, where that is known without waiting for a device."""
    return _on_cpu(sizes) and bool(sizes.numpy().all())


def _on_cpu(tensor: Tensor) -> bool:
    # Where operations are only counted the tensors are of another type, and hold no numbers.
    return type(tensor) is Tensor and tensor.device.type == "cpu"


def _at_ranks(distances: Tensor, ranks: Tensor) -> Tensor:
    """The points ``[S, R]`` at some ranks of their distances ``[S, N]``; the first of equals."""
    if not _on_cpu(distances):
        wanted = distances.sort(dim=-1).values.gather(1, ranks)
        return (distances.unsqueeze(1) == wanted.unsqueeze(2)).to(torch.uint8).argmax(-1)
    # numpy sorts with vector instructions, many times as fast as torch.
    plain = distances.numpy()
    ordered = np.take_along_axis(np.sort(plain, axis=-1), ranks.numpy(), axis=-1)
    return torch.from_numpy((plain[:, None] == ordered[:, :, None]).argmax(-1))


def _gather(values: Tensor, index: Tensor) -> Tensor:
    """Rows ``[S, R, D]`` of contiguous sets ``[S, N, D]``."""
    sets, count, width = values.shape
    first = torch.arange(sets, device=index.device).unsqueeze(1) * count
    return values.view(-1, width).index_select(0, (index + first).view(-1)).view(sets, -1, width)
