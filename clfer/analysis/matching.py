"""Give the clusters of every image the same identity (Hungarian method)."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment


def match_centroids(
    centroids: NDArray[np.floating], references: NDArray[np.floating]
) -> NDArray[np.int64]:
    """Match the centroids of each image one to one to the reference centroids.

    The sum of squared distances between matched pairs is the least possible.

    Args:
        centroids: φ_k of B images, ``[B, K, D]``.
        references: ``[K, D]``.

    Returns:
        int64 ``[B, K]``: entry k is the cluster of the image that becomes group k, so
        ``centroids[b, result[b]]`` stands in the order of the references.

    Raises:
        ValueError: the shapes do not fit.
    """
    if centroids.ndim != 3 or centroids.shape[1:] != references.shape:
        raise ValueError(
            f"centroids {centroids.shape} must be [B, K, D] for references {references.shape}"
        )
    wide = centroids.astype(np.float64)
    distance = np.square(references[None, :, None].astype(np.float64) - wide[:, None]).sum(-1)
    matched = [linear_sum_assignment(cost)[1] for cost in distance]
    return np.array(matched, dtype=np.int64).reshape(centroids.shape[:2])
