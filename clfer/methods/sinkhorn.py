"""Clusters of equal size on many point sets at once, by entropic optimal transport (Sinkhorn).

Eq. 2 with the constraint |ζ_1| = … = |ζ_K|. For given centroids φ the memberships are the plan
P ``[K, N]`` that minimises

    Σ_{k,n} P_{kn} ‖g^{(n)} − φ_k‖² − ε H(P),

where every point hands out 1/N and every cluster takes 1/K. The solution has the form log P_{kn} =
(u_k + v_n − ‖g^{(n)} − φ_k‖²) / ε, whose potentials u and v Sinkhorn's iteration finds by meeting
both constraints in turn (Cuturi 2013), here with logarithms throughout. Balanced memberships cannot
collapse into one group, for which Asano et al. (2020) and Caron et al. (2020) use them.
"""

import math

import torch
from torch import Tensor

from clfer.methods.kmeans import Clusters, check_points, kmeans

FIRST, LAST = 2.0, 0.05
"""ε of the first and the last sweep, in units of the mean squared distance to the mean.

With a large ε the potentials come near their place in few sweeps, however far apart the clusters
lie; with a small one nearly every point belongs to a single cluster. The centroids only ever move
by the plan of the last: at a large ε they would fall together.
"""

SWEEPS = 20
"""Sinkhorn's iterations for given centroids."""

_FALLING = 12
_EPSILONS = [FIRST * (LAST / FIRST) ** (min(i, _FALLING) / _FALLING) for i in range(SWEEPS)]
_NOTHING = -1e4
"""Logarithm of the mass of an invalid point: its exponential is 0 beside any valid one."""


def balanced_clusters(
    points: Tensor, clusters: int, *, valid: Tensor | None = None, iterations: int = 5
) -> Clusters:
    """Cluster every point set into groups of equal size, with fixed numbers of iterations.

    Each iteration finds the plan for the centroids and moves these to the means that it weighs. At
    the end every point joins the cluster that takes most of it, so sizes are equal up to the points
    that the plan divides. The start are the centroids of K-means; the result does not depend on
    chance or on the order of the points, and therefore equal points stay together: a set with fewer
    distinct points than clusters has empty ones.

    Args:
        points: ``[S, N, D]`` float32 or wider.
        clusters: K.
        valid: bool ``[S, N]``; invalid points belong to no cluster. All points by default.
        iterations: Number of moves of the centroids, by K-means and then by the plan.

    Returns:
        Centroids that are the means of their members, as those of K-means; those of an empty
        cluster are the last that the plan gave.

    Raises:
        ValueError: K exceeds N, or shapes disagree.
    """
    check_points(points, clusters)
    if valid is None:
        valid = torch.ones(points.shape[:2], dtype=torch.bool, device=points.device)
    weight = valid.to(points.dtype)
    present = weight.sum(-1, keepdim=True).clamp(min=1)
    share = weight / present
    mass = (torch.where(valid, 0.0, _NOTHING).to(points.dtype) - present.log()).unsqueeze(1)
    # In units in which the mean is 0 and the mean square 1; masked, as what is invalid may be huge.
    centre = share.unsqueeze(1) @ points.detach()
    placed = (points.detach() - centre) * weight.unsqueeze(-1)
    spread = (share * placed.square().sum(-1)).sum(-1).clamp(min=1e-12).sqrt()[:, None, None]
    placed = placed / spread
    centroids = kmeans(placed, clusters, valid=valid, iterations=iterations).centroids
    for _ in range(iterations):
        plan = (mass + _scores(placed, centroids, mass).log_softmax(dim=1)).exp()
        centroids = plan @ placed / plan.sum(-1, keepdim=True).clamp(min=1e-12)
    assignment = _scores(placed, centroids, mass).argmax(dim=1)
    return _members(points, assignment, weight, centroids * spread + centre)


def _scores(points: Tensor, centroids: Tensor, mass: Tensor) -> Tensor:
    """(u_k − ‖g − φ_k‖²) / ε ``[S, K, N]`` at the last ε, up to a constant of each point.

    The softmax over the clusters is the point's half of an iteration, v_n.

    Args:
        points: ``[S, N, D]``.
        centroids: ``[S, K, D]``.
        mass: Logarithm of what a point hands out, ``[S, 1, N]``.
    """
    lengths = centroids.square().sum(-1, keepdim=True)
    nearness = 2 * centroids @ points.transpose(1, 2) - lengths
    potential = torch.zeros_like(lengths)
    wanted = -math.log(centroids.shape[1])
    for epsilon in _EPSILONS:
        plan = mass + ((nearness + potential) / epsilon).log_softmax(dim=1)
        potential = potential + epsilon * (wanted - plan.logsumexp(dim=2, keepdim=True))
    return (nearness + potential) / LAST


def _members(points: Tensor, assignment: Tensor, weight: Tensor, fallback: Tensor) -> Clusters:
    """Clusters by an assignment ``[S, N]``; ``fallback`` ``[S, K, D]`` for empty ones."""
    ids = torch.arange(fallback.shape[1], device=points.device).unsqueeze(-1)
    member = (assignment.unsqueeze(1) == ids).to(points.dtype) * weight.unsqueeze(1)
    sizes = member.sum(-1)
    means = member @ points / sizes.clamp(min=1).unsqueeze(-1)
    centroids = torch.where((sizes > 0).unsqueeze(-1), means, fallback)
    own = centroids.detach().gather(1, assignment.unsqueeze(-1).expand_as(points))
    inertia = ((points.detach() - own).square().sum(-1) * weight).sum(-1)
    return Clusters(centroids, assignment, sizes, inertia)
