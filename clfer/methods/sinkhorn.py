"""Clusters of equal size on many point sets at once, by entropic optimal transport (Sinkhorn).

Eq. 2 with the constraint |ζ_1| = … = |ζ_K|. For given centroids φ the memberships are the plan
P ``[K, N]`` that minimises

    Σ_{k,n} P_{kn} ‖g^{(n)} − φ_k‖² − ε H(P),

where every point hands out 1/N and every cluster takes 1/K. The solution has the form log P_{kn} =
u_k + v_n − ‖g^{(n)} − φ_k‖² / ε, whose potentials u and v Sinkhorn's iteration finds by meeting
both constraints in turn (Cuturi 2013). Balanced memberships cannot collapse into one group, for
which Asano et al. (2020) and Caron et al. (2020) use them.
"""

import math

import torch
from torch import Tensor

from clfer.methods.kmeans import Clusters, spread_start

FIRST, LAST = 0.5, 0.03
"""ε in the first and the last iteration, in units of the mean squared distance to the mean.

Large at first, where the potentials converge in few sweeps and the centroids still move; small at
last, where nearly every point belongs to a single cluster.
"""

SWEEPS = 15
"""Sinkhorn's iterations at each ε; they go on from the potentials of the ε before."""

_NOTHING = -1e4
"""Logarithm of the mass of an invalid point: its exponential is 0 beside any valid one."""


def balanced_clusters(
    points: Tensor, clusters: int, *, valid: Tensor | None = None, iterations: int = 5
) -> Clusters:
    """Cluster every point set into groups of equal size, with fixed numbers of iterations.

    Each iteration finds the plan for its ε and moves the centroids to the means that the plan
    weighs. At the end every point joins the cluster that takes most of it, so sizes are equal up to
    the points that the plan divides. The start is that of K-means; the result does not depend on
    chance or on the order of the points, and therefore equal points stay together: a set with fewer
    distinct points than clusters has empty ones.

    Args:
        points: ``[S, N, D]`` float32 or wider.
        clusters: K.
        valid: bool ``[S, N]``; invalid points belong to no cluster. All points by default.
        iterations: Number of moves of the centroids.

    Returns:
        Centroids that are the means of their members, as those of K-means; those of an empty
        cluster are the last that the plan gave.

    Raises:
        ValueError: K exceeds N, or shapes disagree.
    """
    if points.dim() != 3 or not 1 <= clusters <= points.shape[1]:
        raise ValueError(
            f"{clusters} clusters need points [S, N >= K, D], got {tuple(points.shape)}"
        )
    if valid is None:
        valid = torch.ones(points.shape[:2], dtype=torch.bool, device=points.device)
    fixed = points.detach()
    weight = valid.to(points.dtype)
    share = weight / weight.sum(-1, keepdim=True).clamp(min=1)
    centre = share.unsqueeze(1) @ fixed
    # Without a common offset, in which small differences would be lost.
    placed = fixed - centre
    scale = (share * placed.square().sum(-1)).sum(-1).clamp(min=1e-12)[:, None, None]
    mass = torch.where(valid, 0.0, _NOTHING).to(points.dtype)
    mass = (mass - weight.sum(-1, keepdim=True).clamp(min=1).log()).unsqueeze(1)
    centroids = spread_start(placed, clusters, valid)
    potential = torch.zeros_like(centroids[..., :1])
    before = FIRST
    for epsilon in _schedule(iterations):
        kernel = _kernel(placed, centroids, scale * epsilon)
        potential = _balance(kernel, potential * (before / epsilon), mass)
        plan = (mass + (kernel + potential).log_softmax(dim=1)).exp()
        centroids = plan @ placed / plan.sum(-1, keepdim=True).clamp(min=1e-12)
        before = epsilon
    kernel = _kernel(placed, centroids, scale * before)
    assignment = (kernel + _balance(kernel, potential, mass)).argmax(dim=1)
    return _members(points, assignment, weight, centroids + centre)


def _schedule(iterations: int) -> list[float]:
    """ε of every iteration, a geometric series from :data:`FIRST` to :data:`LAST`."""
    if iterations == 1:
        return [LAST]
    return [FIRST * (LAST / FIRST) ** (i / (iterations - 1)) for i in range(iterations)]


def _kernel(points: Tensor, centroids: Tensor, epsilon: Tensor) -> Tensor:
    """−‖g − φ‖² / ε ``[S, K, N]``, up to what a point has in common for all clusters."""
    lengths = centroids.square().sum(-1, keepdim=True)
    return (2 * centroids @ points.transpose(1, 2) - lengths) / epsilon


def _balance(kernel: Tensor, potential: Tensor, mass: Tensor) -> Tensor:
    """The potentials u ``[S, K, 1]`` after :data:`SWEEPS` iterations from given ones.

    The point's side of an iteration, v_n, is the normaliser of a softmax over the clusters.

    Args:
        kernel: ``[S, K, N]``.
        potential: u at the start, ``[S, K, 1]``.
        mass: Logarithm of what a point hands out, ``[S, 1, N]``.
    """
    wanted = -math.log(kernel.shape[1])
    for _ in range(SWEEPS):
        taken = mass + (kernel + potential).log_softmax(dim=1)
        potential = potential + wanted - taken.logsumexp(dim=2, keepdim=True)
    return potential


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
