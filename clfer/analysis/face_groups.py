"""What the semantic groups of every block do on each face of a split (Eq. 2–6)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clfer.analysis.group_statistics import excitation
from clfer.analysis.groups import NO_GROUP, deep_clusters, groups_from_clusters, membership
from clfer.analysis.outputs import BATCH, Progress, image_batches, known_faces
from clfer.data.faceset import FaceSet
from clfer.expressions import class_positions
from clfer.methods.grouping import alignment
from clfer.models.checkpoint import Checkpoint

_STORED = {"labels": np.uint8, "sizes": np.uint16, "dead": np.uint16}
"""Integer types on disk; all else is kept in half precision."""


@dataclass(frozen=True, eq=False)
class FaceGroups:
    """Per face: who is in the K groups of each block, how active they are, how alike in depth.

    Attributes:
        classes: The n_c expressions that the labels index.
        labels: True expressions, int64 ``[N]``.
        sizes: Channels per block and group, int64 ``[N, 4, K]``.
        dead: Channels of each block without a group, since they are constant, int64 ``[N, 4]``.
        activation: Mean over the cells of a group's channels, ``[N, 4, K]``, in the units of the
            feature; NaN for an empty group.
        cosine: cos⟨Ī_j^k, φ_k⟩ of the centres of blocks 1 to 3 (Eq. 5) with the deep centroids
            (Eq. 2), ``[N, 3, K]``; NaN where the group is empty on one side.
        alignment: cos⟨vec(Ī_j), vec(φ)⟩ of blocks 1 to 3, the quantity inside L_fm (Eq. 6),
            ``[N, 3]``; NaN where no group has members on both sides.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    sizes: NDArray[np.int64]
    dead: NDArray[np.int64]
    activation: NDArray[np.float64]
    cosine: NDArray[np.float64]
    alignment: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self, classes: Sequence[str]) -> NDArray[np.int64]:
        """Faces of each of the given expressions, which are among :attr:`classes`."""
        found = np.bincount(self.labels, minlength=len(self.classes))
        return np.asarray(found[class_positions(classes, self.classes)], dtype=np.int64)

    def excited_by(self, block: int, classes: Sequence[str]) -> NDArray[np.float64]:
        """Standardised activation (:func:`excitation`) of block 1 … 4, ``[K, len(classes)]``."""
        found = excitation(self.activation[:, block - 1], self.labels, len(self.classes))
        return np.asarray(found[:, class_positions(classes, self.classes)])

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """All numbers in as few bytes as they need, without pickles, for :meth:`from_arrays`."""
        numbers = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "classes"}
        stored = {k: v.astype(_STORED.get(k, np.float16)) for k, v in numbers.items()}
        return {"classes": np.array(self.classes), **stored}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> "FaceGroups":
        """The inverse of :meth:`as_arrays`, up to half precision."""
        numbers: dict[str, Any] = {
            f.name: arrays[f.name].astype(np.int64 if f.name in _STORED else np.float64)
            for f in fields(cls)
            if f.name != "classes"
        }
        return cls(tuple(arrays["classes"].tolist()), **numbers)


def face_groups(
    checkpoint: Checkpoint,
    faces: FaceSet,
    progress: Progress | None = None,
    batch: int = BATCH,
) -> FaceGroups:
    """Measure the groups of every face of an expression that the model knows.

    Args:
        checkpoint: The model.
        faces: The split.
        progress: Called after every batch.
        batch: Faces per pass; no number depends on it.

    Raises:
        DataError: model and data share no expression, or no face is left.
    """
    kept, labels = known_faces(checkpoint, faces)
    parts = []
    with torch.inference_mode():
        for rows, inputs in image_batches(checkpoint, faces.images[kept], batch):
            parts.append(measure_groups(checkpoint, checkpoint.network.encoder(inputs)))
            if progress is not None:
                progress(rows.stop, len(kept))
    joined: dict[str, Any] = {
        key: np.concatenate([part[key] for part in parts]) for key in parts[0]
    }
    return FaceGroups(classes=checkpoint.card.classes, labels=labels, **joined)


def measure_groups(checkpoint: Checkpoint, features: tuple[Tensor, ...]) -> dict[str, NDArray[Any]]:
    """The numbers of :class:`FaceGroups` for one batch of block outputs ``[B, C_j, H_j, W_j]``."""
    with torch.no_grad():
        codes = [checkpoint.codes(feature, j) for j, feature in enumerate(features)]
        groups = groups_from_clusters(
            codes, deep_clusters(checkpoint, codes[-1]), checkpoint.references
        )
        means = [feature.double().mean(dim=(2, 3)).cpu().numpy() for feature in features]
    count = groups.sizes.shape[-1]
    activation, cosine, aligned = [], [], []
    for j, assignment in enumerate(groups.assignment):
        member = membership(assignment, count)
        sizes = groups.sizes[:, j]
        activation.append(_quotient(np.einsum("bc,bck->bk", means[j], member), sizes))
        if j == len(features) - 1:
            break
        centres = np.einsum("bcd,bck->bkd", codes[j].codes.double().cpu().numpy(), member)
        centres /= np.maximum(sizes, 1)[..., None]
        present = (sizes > 0) & (groups.sizes[:, -1] > 0)
        cosine.append(_cosines(centres, groups.centroids, present))
        aligned.append(_alignment(centres, groups.centroids, present))
    return {
        "sizes": groups.sizes,
        "dead": np.stack([(a == NO_GROUP).sum(axis=1) for a in groups.assignment], axis=1),
        "activation": np.stack(activation, axis=1),
        "cosine": np.stack(cosine, axis=1),
        "alignment": np.stack(aligned, axis=1),
    }


def _quotient(sums: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def _cosines(
    centres: NDArray[np.float64], centroids: NDArray[np.float64], present: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Cosine of each centre with its centroid, ``[B, K]``."""
    lengths = np.linalg.norm(centres, axis=-1) * np.linalg.norm(centroids, axis=-1)
    dots: NDArray[np.float64] = np.einsum("bkd,bkd->bk", centres, centroids)
    found: NDArray[np.float64] = np.full(dots.shape, np.nan)
    np.divide(dots, lengths, out=found, where=present & (lengths > 0))
    return found


def _alignment(
    centres: NDArray[np.float64], centroids: NDArray[np.float64], present: NDArray[np.bool_]
) -> NDArray[np.float64]:
    found = alignment(*(torch.from_numpy(part) for part in (centres, centroids, present)))
    return np.where(present.any(axis=1), found.numpy(), np.nan)
