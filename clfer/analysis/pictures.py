"""The embeddings of A and B as two pictures in one frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.alignment import Alignment, procrustes
from clfer.analysis.outputs import Progress
from clfer.analysis.projection import FITS, Method, pca


@dataclass(frozen=True, eq=False)
class Pictures:
    """Two pictures of the same faces.

    Attributes:
        method: How they were made.
        a: Coordinates in A, float64 ``[N, 2]``.
        b: Coordinates in B, aligned to A's, float64 ``[N, 2]``.
        alignment: What brought B's own picture onto A's.
    """

    method: Method
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    alignment: Alignment

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """As arrays without pickles; coordinates in half precision, finer than a screen."""
        return {
            "method": np.array(self.method),
            "a": self.a.astype(np.float16),
            "b": self.b.astype(np.float16),
            "matrix": self.alignment.matrix,
            "offset": self.alignment.offset,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Pictures":
        """The inverse of :meth:`as_arrays`."""
        return cls(
            cast(Method, str(arrays["method"])),
            arrays["a"].astype(np.float64),
            arrays["b"].astype(np.float64),
            Alignment(arrays["matrix"], arrays["offset"]),
        )


def pca_pictures(a: NDArray[np.floating], b: NDArray[np.floating]) -> Pictures:
    """Both embeddings on their two leading principal components, B's brought onto A's.

    Args:
        a: Embedding ``[N, D_a]``.
        b: Embedding ``[N, D_b]`` of the same faces.

    Raises:
        DataError: there are too few faces.
    """
    return _aligned("PCA", pca(a).transform(a), pca(b).transform(b))


def fitted_pictures(
    method: Method,
    a: NDArray[np.floating],
    b: NDArray[np.floating],
    progress: Progress | None = None,
) -> Pictures:
    """t-SNE or UMAP of both: B starts from A's coordinates, then it is brought onto them.

    Args:
        method: ``t-SNE`` or ``UMAP``.
        a: Embedding ``[N, D_a]``.
        b: Embedding ``[N, D_b]`` of the same faces.
        progress: Called with the steps done and the steps of both fits.

    Raises:
        DataError: there are too few faces.
    """
    fit = FITS[method]
    first = fit(a, None, _half(progress, 0))
    second = fit(b, first, _half(progress, 1))
    return _aligned(method, first, second)


def frame(pictures: Pictures) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the square that holds both pictures, with a little room."""
    points = np.concatenate([pictures.a, pictures.b])
    low, high = points.min(axis=0), points.max(axis=0)
    half = 0.54 * (float((high - low).max()) or 1.0)
    x, y = ((low + high) / 2).tolist()
    return x - half, x + half, y - half, y + half


def centres(
    picture: NDArray[np.float64], labels: NDArray[np.int64], classes: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Median place of the faces of every expression that occurs."""
    found = {}
    for i, name in enumerate(classes):
        if (labels == i).any():
            x, y = np.median(picture[labels == i], axis=0).tolist()
            found[name] = (x, y)
    return found


def _aligned(method: Method, a: NDArray[np.float64], b: NDArray[np.float64]) -> Pictures:
    alignment = procrustes(b, a)
    return Pictures(method, a, alignment.apply(b), alignment)


def _half(progress: Progress | None, half: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress(half * total + done, 2 * total)
