"""What is published with a checkpoint, so that views work without the data set."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from clfer.analysis.groups import deep_clusters, semantic_groups
from clfer.analysis.intensity import differentiable_pass, intensity_of
from clfer.analysis.outputs import BATCH, Progress, image_batches, known_faces, read_output
from clfer.data.faceset import FaceSet
from clfer.errors import DataError
from clfer.methods.hash_coding import CELLS
from clfer.models.checkpoint import Checkpoint

REFERENCE_FACES = 1000
"""Training faces, at most, that the reference centroids are fitted on."""


def face_table(
    checkpoint: Checkpoint,
    faces: FaceSet,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """One row per face, in the order of the split.

    Faces of an expression that the model does not know are left out.

    Args:
        checkpoint: The model.
        faces: The validation split.
        batch: Faces per pass. L_bs ties the faces of a batch together, so ``grad_norm_joint`` is
            that of a batch in the order of the split; the last batch goes without L_bs when it has
            fewer faces than CLBS has clusters.
        progress: Called after every batch.

    Returns:
        Columns ``name``, ``digest``, ``label`` (index into the model's classes), ``logits``
        (n_c), ``embedding`` (D), ``attention`` and ``attention_norm`` (4; None without MSR),
        ``contributions`` (n_c·4, expression by expression; None without MSR), ``grad_norm_cls``
        and ``grad_norm_joint`` (4, for the true expression), ``group_sizes`` (4·K, block by block).

    Raises:
        DataError: model and data share no expression, or no face is left.
    """
    kept, labels = known_faces(checkpoint, faces)
    images = faces.images[kept]
    parts = []
    for rows, inputs in image_batches(checkpoint, images, batch):
        parts.append(_rows(checkpoint, inputs, labels[rows]))
        if progress is not None:
            progress(rows.stop, len(images))
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "name", [faces.names[i] for i in kept])
    table.insert(1, "digest", [faces.digests[i] for i in kept])
    return table


def reference_centroids(
    checkpoint: Checkpoint, faces: FaceSet, clusters: int, seed: int = 0
) -> Tensor:
    """Fit the reference centroids that give semantic groups one identity in all images.

    K-means over the deep centroids (Eq. 2) of up to :data:`REFERENCE_FACES` training faces. The
    references are ordered from the top of the face to its bottom by the mean height at which
    their channels respond, so that the groups of two models can be compared.

    Args:
        checkpoint: The model; its own references are not used.
        faces: The training split.
        clusters: K.
        seed: Of the choice of faces and of K-means.

    Returns:
        float32 ``[K, 16]`` on the CPU.

    Raises:
        DataError: fewer than K deep centroids exist.
    """
    chosen = np.random.default_rng(seed).permutation(len(faces))[:REFERENCE_FACES]
    found = []
    with torch.inference_mode():
        for _, inputs in image_batches(checkpoint, faces.images[np.sort(chosen)]):
            features = checkpoint.network.encoder(inputs)
            deep = checkpoint.codes(features[-1], len(features) - 1)
            clustered = deep_clusters(checkpoint, deep, clusters)
            found.append(clustered.centroids[clustered.sizes > 0].cpu().numpy())
    points = np.concatenate(found) if found else np.empty((0, CELLS**2))
    if len(points) < clusters:
        raise DataError(
            f"The {faces.split} split of {faces.dataset} gives {len(points)} deep centroids, but "
            f"{clusters} reference centroids are asked for: use more faces, a larger input side "
            "or, if all channels of the deepest block are dead, a lower train.learning_rate."
        )
    # Imported in half a second: only those who fit references shall wait for that.
    from sklearn.cluster import KMeans

    fitted = KMeans(clusters, n_init=10, random_state=seed).fit(points).cluster_centers_
    return torch.from_numpy(_top_down(fitted)).float()


def _rows(checkpoint: Checkpoint, inputs: Tensor, labels: NDArray[np.int64]) -> pd.DataFrame:
    output = differentiable_pass(checkpoint, inputs)
    groups = semantic_groups(checkpoint, output.features)
    target = torch.from_numpy(labels).to(inputs.device)
    cls, joint = (intensity_of(checkpoint, output, target, of, groups) for of in ("cls", "joint"))
    read = read_output(checkpoint, output)
    return pd.DataFrame(
        {
            "label": labels,
            "logits": _lists(read.logits),
            "embedding": _lists(read.embedding),
            "attention": _lists(read.attention, len(labels)),
            "attention_norm": _lists(read.attention_norm, len(labels)),
            "contributions": _lists(read.contributions, len(labels)),
            "grad_norm_cls": _lists(cls.norm),
            "grad_norm_joint": _lists(joint.norm),
            "group_sizes": _lists(groups.sizes.astype(np.int32)),
        }
    )


def _lists(values: NDArray[np.generic] | None, rows: int = 0) -> "pd.Series[Any]":
    """Each row of ``[N, ...]`` flattened, floats in single precision; None for a missing array."""
    if values is None:
        return pd.Series([None] * rows, dtype=object)
    narrow = values.astype(np.float32) if values.dtype.kind == "f" else values
    return pd.Series(list(narrow.reshape(len(narrow), -1)), dtype=object)


def _top_down(centroids: NDArray[np.floating]) -> NDArray[np.floating]:
    """Centred position maps ``[K, 16]`` ordered by their mean row (then column)."""
    maps = centroids.reshape(-1, CELLS, CELLS)
    places = np.arange(CELLS)
    row = np.einsum("krc,r->k", maps, places)
    column = np.einsum("krc,c->k", maps, places)
    return centroids[np.lexsort((column, row))]
