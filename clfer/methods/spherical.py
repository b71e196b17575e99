"""Spherical K-means on many point sets at once: clusters of directions instead of places.

Points are scaled to unit length, u = g / ‖g‖, and the clusters maximise Σ_k Σ_{u ∈ ζ_k} cos⟨u, φ_k⟩
(Dhillon and Modha 2001). Since ‖u − φ‖² = 2 − 2 cos⟨u, φ⟩ for unit vectors, that is Eq. 2 on the
unit sphere; and the deep clusters are then found by the very similarity that groups the shallow
features (Eq. 3), where K-means finds them by the distance. In vec(φ) of Eq. 6 all groups then have
one length.
"""

import torch
from torch import Tensor
from torch.nn import functional

from clfer.methods.kmeans import Clusters, check_points, spread_start


def spherical_kmeans(
    points: Tensor, clusters: int, *, valid: Tensor | None = None, iterations: int = 5
) -> Clusters:
    """Cluster the directions of every point set with a fixed number of iterations.

    The start is that of K-means on the unit vectors, so the result does not depend on chance or on
    the order of the points. A cluster that loses all its members restarts at the point that is
    least similar to its own centroid. A point without a direction (zero) belongs to some cluster
    and moves none.

    Args:
        points: ``[S, N, D]`` float32 or wider.
        clusters: K.
        valid: bool ``[S, N]``; invalid points belong to no cluster. All points by default.
        iterations: Number of iterations.

    Returns:
        Centroids of unit length, with the gradient of the normalised mean direction of the members;
        the inertia is that of the unit vectors.

    Raises:
        ValueError: K exceeds N, or shapes disagree.
    """
    check_points(points, clusters)
    if valid is None:
        valid = torch.ones(points.shape[:2], dtype=torch.bool, device=points.device)
    units = functional.normalize(points, dim=-1)
    fixed = units.detach()
    centroids = functional.normalize(spread_start(fixed, clusters, valid), dim=-1)
    for _ in range(iterations):
        assignment, member, cosine = _nearest(fixed, centroids, valid)
        means = functional.normalize(member @ fixed, dim=-1)
        strays = cosine.masked_fill(~valid, 2).topk(clusters, dim=-1, largest=False).indices
        spare = fixed.gather(1, strays.unsqueeze(-1).expand(-1, -1, fixed.shape[-1]))
        centroids = torch.where(member.any(-1, keepdim=True), means, spare)
    assignment, member, _ = _nearest(fixed, centroids, valid)
    means = functional.normalize(member @ units, dim=-1)
    sizes = member.sum(-1)
    centroids = torch.where((sizes > 0).unsqueeze(-1), means, centroids)
    own = centroids.detach().gather(1, assignment.unsqueeze(-1).expand_as(fixed))
    inertia = ((fixed - own).square().sum(-1) * valid).sum(-1)
    return Clusters(centroids, assignment, sizes, inertia)


def _nearest(units: Tensor, centroids: Tensor, valid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The most similar centroid of every point, ``[S, N]``.

    Returns:
        Its index, the memberships ``[S, K, N]`` of zeros and ones, and the cosine ``[S, N]``.
    """
    cosine, assignment = (units @ centroids.transpose(1, 2)).max(dim=-1)
    ids = torch.arange(centroids.shape[1], device=units.device).unsqueeze(-1)
    member = (assignment.unsqueeze(1) == ids) & valid.unsqueeze(1)
    return assignment, member.to(units.dtype), cosine
