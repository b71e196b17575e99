"""Pictures of an embedding: PCA, t-SNE and UMAP to two dimensions (Fig. 9)."""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import TextIOBase
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

from clfer.analysis.outputs import Progress
from clfer.data.splits import hold_out
from clfer.errors import DataError

if TYPE_CHECKING:
    from umap import UMAP

Method = Literal["PCA", "t-SNE", "UMAP"]

PERPLEXITY = 30
"""Of t-SNE; less where there are fewer than 91 faces."""

ITERATIONS = 1000
"""Gradient steps of t-SNE."""

NEIGHBOURS = 15
"""Of UMAP; less where there are fewer faces."""

MIN_DIST = 0.1
"""Of UMAP: how closely points may lie."""

COMPONENTS = 50
"""Principal components that t-SNE works on, at most."""

SEED = 0
"""Of everything that is drawn by chance."""

SMALLEST = 5
"""Faces that a picture needs."""

FITTED = 10_000
"""Faces that t-SNE and UMAP are fitted on, at most: more take hours on two cores."""

PLACING = 10
"""Fitted faces among which every other one is placed."""

_START = 1e-4
"""Standard deviation of t-SNE's start: larger ones hinder it (Kobak and Berens, 2019)."""


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear picture, which also knows where a new face belongs.

    Attributes:
        mean: float64 ``[D]``.
        components: Orthonormal directions, float64 ``[2, D]``.
    """

    mean: NDArray[np.float64]
    components: NDArray[np.float64]

    def transform(self, embedding: NDArray[np.floating]) -> NDArray[np.float64]:
        """Coordinates ``[N, 2]`` of embeddings ``[N, D]``."""
        return np.asarray((embedding - self.mean) @ self.components.T)


def pca(embedding: NDArray[np.floating]) -> Linear:
    """The two directions of largest variance of an embedding ``[N, D]``.

    Raises:
        DataError: there are too few faces.
    """
    _check(embedding)
    # In double precision as exact as the decomposition of the embedding, and far faster for many.
    fitted = PCA(2, svd_solver="covariance_eigh").fit(embedding.astype(np.float64))
    return Linear(fitted.mean_, fitted.components_)


def reduced(embedding: NDArray[np.floating]) -> NDArray[np.float64]:
    """The leading principal components, at most :data:`COMPONENTS`: ``[N, D]`` to ``[N, d]``."""
    wide = embedding.astype(np.float64)
    if wide.shape[1] <= COMPONENTS:
        return wide
    return np.asarray(PCA(min(COMPONENTS, len(wide)), random_state=SEED).fit_transform(wide))


def tsne(
    embedding: NDArray[np.floating],
    start: NDArray[np.floating] | None = None,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """t-SNE (van der Maaten and Hinton, 2008) of an embedding ``[N, D]``, seeded.

    Args:
        embedding: Reduced to its leading principal components first.
        start: Coordinates ``[N, 2]`` that it starts from, scaled down; by default those of PCA.
        progress: Called with the steps done, read from scikit-learn's verbose lines, which go to
            standard output: not for a process that prints for others at the same time.

    Returns:
        Coordinates ``[N, 2]``.

    Raises:
        DataError: there are too few faces, or they are all alike.
    """
    _check(embedding)
    points = reduced(embedding)
    begin = pca(points).transform(points) if start is None else start
    model = TSNE(
        perplexity=min(PERPLEXITY, (len(points) - 1) / 3),
        max_iter=ITERATIONS,
        init=_shrunk(begin),
        random_state=SEED,
        verbose=0 if progress is None else 2,
    )
    with redirect_stdout(_Lines(r"Iteration (\d+):", ITERATIONS, progress)):
        found = model.fit_transform(points.astype(np.float32))
    return _finite(found)


def umap(
    embedding: NDArray[np.floating],
    start: NDArray[np.floating] | None = None,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """UMAP (McInnes et al., 2018) of an embedding ``[N, D]`` with exact neighbours, seeded.

    Args:
        embedding: As the model gives it.
        start: Coordinates ``[N, 2]`` that it starts from; by default those of PCA.
        progress: As in :func:`tsne`, from umap-learn's verbose lines.

    Returns:
        Coordinates ``[N, 2]``.

    Raises:
        DataError: there are too few faces, or they are all alike.
    """
    _check(embedding)
    begin = pca(embedding).transform(embedding) if start is None else start
    model = _umap(len(embedding), begin, verbose=progress is not None)
    lines = _Lines(r"completed +(\d+) +/ +(\d+)", 0, progress)
    with _quiet(), redirect_stdout(lines):
        found = model.fit_transform(_distances(embedding))
    return _finite(found)


def umap_transform(
    embedding: NDArray[np.floating],
    picture: NDArray[np.floating],
    point: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Where UMAP puts a new face in a picture that it made before.

    Args:
        embedding: ``[N, D]``, what the picture was made of.
        picture: Coordinates ``[N, 2]`` as :func:`umap` returned them.
        point: Embedding of the new face, ``[D]``.

    Returns:
        Coordinates ``[2]``.
    """
    # No epochs: only the neighbourhoods are set up, then the known coordinates are put in.
    model = _umap(len(embedding), picture, epochs=0)
    new = np.linalg.norm(embedding.astype(np.float64) - point, axis=1)[np.newaxis]
    with _quiet():
        model.fit(_distances(embedding))
        model.embedding_ = picture.astype(np.float32)
        model.set_params(n_epochs=None)
        return np.asarray(model.transform(new)[0], dtype=np.float64)


def fitted_rows(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of N faces t-SNE and UMAP are fitted on, in order.

    All of them up to :data:`FITTED`; of more, a seeded sample of about that size in which every
    expression keeps its share.

    Args:
        labels: True expressions ``[N]``.
    """
    if len(labels) <= FITTED:
        return np.arange(len(labels))
    return hold_out(labels, FITTED / len(labels), SEED)[1]


def completed(
    embedding: NDArray[np.floating], rows: NDArray[np.int64], picture: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The picture of all faces from that of a sample.

    Every other face lies at the mean place of its :data:`PLACING` nearest faces of the sample,
    weighted by the inverse of their distance. The time grows with N, not with its square.

    Args:
        embedding: ``[N, D]``.
        rows: Indices of the sample, ``[M]``.
        picture: Coordinates of the sample, ``[M, 2]``.

    Returns:
        Coordinates ``[N, 2]``.
    """
    found = np.empty((len(embedding), 2))
    found[rows] = picture
    others = np.setdiff1d(np.arange(len(embedding)), rows)
    if len(others):
        index = NearestNeighbors(n_neighbors=min(PLACING, len(rows)), algorithm="brute")
        distances, near = index.fit(embedding[rows]).kneighbors(embedding[others])
        # A face equal to one of the sample lies on it.
        weights = 1 / np.maximum(distances, 1e-12)
        weights /= weights.sum(axis=1, keepdims=True)
        found[others] = (weights[:, :, np.newaxis] * picture[near]).sum(axis=1)
    return found


FITS: dict[
    Method,
    Callable[
        [NDArray[np.floating], NDArray[np.floating] | None, Progress | None], NDArray[np.float64]
    ],
] = {"t-SNE": tsne, "UMAP": umap}
"""The methods that take their time, by name."""


def parameters(method: Method) -> dict[str, float]:
    """All that a picture depends on beside the embedding, for the key under which it is kept."""
    if method == "PCA":
        return {}
    if method == "t-SNE":
        own: dict[str, float] = {
            "perplexity": PERPLEXITY,
            "iterations": ITERATIONS,
            "components": COMPONENTS,
        }
    else:
        own = {"neighbours": NEIGHBOURS, "min_dist": MIN_DIST}
    return own | {"seed": SEED}


def _umap(
    count: int, start: NDArray[np.floating], *, epochs: int | None = None, verbose: bool = False
) -> "UMAP":
    # Compiled when imported: only those who draw with it shall wait for that.
    from umap import UMAP

    return UMAP(
        n_neighbors=min(NEIGHBOURS, count - 1),
        min_dist=MIN_DIST,
        metric="precomputed",
        init=start.astype(np.float32),
        n_epochs=epochs,
        random_state=SEED,
        n_jobs=1,
        verbose=verbose,
        tqdm_kwds={"disable": True},
    )


def _distances(embedding: NDArray[np.floating]) -> csr_matrix:
    """Distances ``[N, N]`` of each face to its nearest ones and to those it is nearest to.

    A face is its own neighbour, at distance zero, as UMAP counts.
    """
    count = min(NEIGHBOURS, len(embedding) - 1)
    found = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(embedding)
    distances, columns = found.kneighbors()
    rows = np.repeat(np.arange(len(embedding)), count)
    own = np.arange(len(embedding))
    first = np.concatenate([rows, columns.ravel(), own])
    second = np.concatenate([columns.ravel(), rows, own])
    values = np.concatenate([distances.ravel(), distances.ravel(), np.zeros(len(own))])
    _, kept = np.unique(first * len(embedding) + second, return_index=True)
    shape = (len(embedding), len(embedding))
    return csr_matrix((values[kept], (first[kept], second[kept])), shape=shape)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without UMAP's remarks that given distances allow no inverse transform."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _finite(picture: NDArray[np.floating]) -> NDArray[np.float64]:
    """The coordinates; faces that all lie in one point have no neighbourhoods to draw."""
    if not np.isfinite(picture).all():
        raise DataError(
            "The embeddings of these faces are too much alike for a picture by neighbours: "
            "choose PCA or other faces."
        )
    return np.asarray(picture, dtype=np.float64)


def _check(embedding: NDArray[np.floating]) -> None:
    if len(embedding) < SMALLEST:
        raise DataError(
            f"A picture of an embedding needs {SMALLEST} faces, not {len(embedding)}: "
            "choose a larger split."
        )


def _shrunk(start: NDArray[np.floating]) -> NDArray[np.float32]:
    """A start for t-SNE: its first coordinate has the standard deviation that t-SNE wants."""
    centred = start - start.mean(axis=0)
    return np.asarray(centred / (centred[:, 0].std() or 1.0) * _START, dtype=np.float32)


class _Lines(TextIOBase):
    """Takes a library's verbose lines and turns those with a number of steps into progress."""

    def __init__(self, pattern: str, total: int, progress: Progress | None) -> None:
        self._pattern, self._total, self._progress = re.compile(pattern), total, progress
        self._line = ""

    def write(self, text: str) -> int:
        # A line may come in pieces.
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            found = self._pattern.search(line)
            if found is not None and self._progress is not None:
                self._progress(int(found.group(1)), self._total or int(found.group(2)))
        return len(text)
