"""The embeddings of A and B as two pictures in one frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.alignment import Alignment, procrustes
from clfer.analysis.outputs import Progress
from clfer.analysis.projection import FITS, Method, completed, fitted_rows, pca


@dataclass(frozen=True, eq=False)
class Pictures:
    """Two pictures of the same faces.

    Attributes:
        method: How they were made.
        a: Coordinates in A, float64 ``[N, 2]``.
        b: Coordinates in B, aligned to A's, float64 ``[N, 2]``.
        alignment: What brought B's own picture onto A's.
        fitted: Indices of the faces that the method was fitted on, ``[M]``; the others were placed
            among them.
    """

    method: Method
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    alignment: Alignment
    fitted: NDArray[np.int64]

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """As arrays without pickles; coordinates in half precision, finer than a screen."""
        arrays = {
            "method": np.array(self.method),
            "a": self.a.astype(np.float16),
            "b": self.b.astype(np.float16),
            "matrix": self.alignment.matrix,
            "offset": self.alignment.offset,
        }
        return arrays if len(self.fitted) == len(self.a) else arrays | {"fitted": self.fitted}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Pictures":
        """The inverse of :meth:`as_arrays`."""
        return cls(
            cast(Method, str(arrays["method"])),
            arrays["a"].astype(np.float64),
            arrays["b"].astype(np.float64),
            Alignment(arrays["matrix"], arrays["offset"]),
            arrays["fitted"] if "fitted" in arrays else np.arange(len(arrays["a"])),
        )


def pca_pictures(a: NDArray[np.floating], b: NDArray[np.floating]) -> Pictures:
    """Both embeddings on their two leading principal components, B's brought onto A's.

    Args:
        a: Embedding ``[N, D_a]``.
        b: Embedding ``[N, D_b]`` of the same faces.

    Raises:
        DataError: there are too few faces.
    """
    return _aligned("PCA", pca(a).transform(a), pca(b).transform(b), np.arange(len(a)))


def fitted_pictures(
    method: Method,
    a: NDArray[np.floating],
    b: NDArray[np.floating],
    labels: NDArray[np.int64],
    progress: Progress | None = None,
) -> Pictures:
    """Both by a method: B starts from A's coordinates, then it is brought onto them.

    Of more than :data:`~clfer.analysis.projection.FITTED` faces a sample is fitted, the same in A
    and B, and the others are placed among it.

    Args:
        method: ``t-SNE`` or ``UMAP``; ``PCA`` as by :func:`pca_pictures`.
        a: Embedding ``[N, D_a]``.
        b: Embedding ``[N, D_b]`` of the same faces.
        labels: Their true expressions ``[N]``, each of which keeps its share in a sample.
        progress: Called with the steps done and the steps of both fits.

    Raises:
        DataError: there are too few faces.
    """
    if method == "PCA":
        return pca_pictures(a, b)
    fit, rows = FITS[method], fitted_rows(labels)
    first = fit(a[rows], None, _half(progress, 0))
    second = fit(b[rows], first, _half(progress, 1))
    return _aligned(method, completed(a, rows, first), completed(b, rows, second), rows)


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


def _aligned(
    method: Method,
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    fitted: NDArray[np.int64],
) -> Pictures:
    alignment = procrustes(b, a)
    return Pictures(method, a, alignment.apply(b), alignment, fitted)


def _half(progress: Progress | None, half: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress(half * total + done, 2 * total)
