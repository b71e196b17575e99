"""Which algorithm finds the deep clusters (Eq. 2), by its name in the configuration."""

from collections.abc import Callable, Mapping

from torch import Tensor

from clfer.config import Clustering
from clfer.methods.kmeans import Clusters, kmeans
from clfer.methods.sinkhorn import balanced_clusters
from clfer.methods.spherical import spherical_kmeans

_ALGORITHMS: Mapping[Clustering, Callable[..., Clusters]] = {
    "kmeans": kmeans,
    "spherical": spherical_kmeans,
    "balanced": balanced_clusters,
}


def cluster(
    points: Tensor,
    clusters: int,
    clustering: Clustering,
    *,
    valid: Tensor | None = None,
    iterations: int = 5,
) -> Clusters:
    """Cluster every point set; all algorithms are deterministic and work on all sets at once.

    Args:
        points: ``[S, N, D]`` float32 or wider.
        clusters: K.
        clustering: ``kmeans`` as in the paper, ``spherical`` or ``balanced``.
        valid: bool ``[S, N]``; invalid points belong to no cluster. All points by default.
        iterations: Number of iterations.

    Raises:
        ValueError: K exceeds N, or shapes disagree.
    """
    return _ALGORITHMS[clustering](points, clusters, valid=valid, iterations=iterations)
