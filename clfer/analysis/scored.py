"""What one model says about the faces of one split: where every comparison starts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clfer.analysis.attention import stacked
from clfer.analysis.metrics import softmax
from clfer.analysis.outputs import Progress
from clfer.analysis.tables import face_table
from clfer.data.faceset import FaceSet
from clfer.errors import DataError
from clfer.expressions import class_positions
from clfer.models.checkpoint import Checkpoint

PUBLISHED_SPLIT = "valid"
"""The split that the tables of a checkpoint were made from."""

_OPTIONAL = (
    "attention",
    "attention_norm",
    "contributions",
    "grad_norm_cls",
    "grad_norm_joint",
    "group_sizes",
)


@dataclass(frozen=True, eq=False)
class ScoredFaces:
    """N faces of a split, in its order, as one model sees them.

    Attributes:
        dataset: Registry name of the data set.
        split: ``"train"``, ``"valid"`` or ``"test"``.
        classes: The n_c expressions that labels and logits index.
        names: The image names.
        digests: Hashes of the images.
        labels: True expressions, int64 ``[N]``.
        logits: float64 ``[N, n_c]``.
        embedding: The vector that the classifier sees, or its leading principal components at an
            earlier epoch; float32 ``[N, D]``.
        epoch: Epoch of the weights, counted from 1.
        attention: μ_{i,j} of Eq. 8, ``[N, 4]``; None without MSR and at an earlier epoch.
        attention_norm: μ_{i,j}·‖f'_{i,j}‖, ``[N, 4]``; None like the attention.
        contributions: μ_{i,j}·w_c·f'_{i,j}, ``[N, n_c, 4]``; None like the attention.
        grad_norm_cls: Norm of the gradient of L_cls at every block, ``[N, 4]``; None at an earlier
            epoch.
        grad_norm_joint: The same of the joint loss.
        group_sizes: Channels per block and semantic group, int64 ``[N, 4, K]``; None at an
            earlier epoch.
    """

    dataset: str
    split: str
    classes: tuple[str, ...]
    names: tuple[str, ...]
    digests: tuple[str, ...]
    labels: NDArray[np.int64]
    logits: NDArray[np.float64]
    embedding: NDArray[np.float32]
    epoch: int
    attention: NDArray[np.float64] | None = None
    attention_norm: NDArray[np.float64] | None = None
    contributions: NDArray[np.float64] | None = None
    grad_norm_cls: NDArray[np.float64] | None = None
    grad_norm_joint: NDArray[np.float64] | None = None
    group_sizes: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Softmax of the logits, ``[N, n_c]``."""
        return softmax(self.logits)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The most probable expression, ``[N]``."""
        return np.asarray(self.logits.argmax(axis=1), dtype=np.int64)

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether it is the true one, ``[N]``."""
        return np.asarray(self.predicted == self.labels)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Its probability, ``[N]``."""
        return np.asarray(self.probabilities.max(axis=1))

    def subset(self, indices: NDArray[np.int64]) -> "ScoredFaces":
        """The faces at ``indices``, in that order."""
        return replace(
            self,
            names=tuple(self.names[i] for i in indices),
            digests=tuple(self.digests[i] for i in indices),
            labels=self.labels[indices],
            logits=self.logits[indices],
            embedding=self.embedding[indices],
            **{key: values[indices] for key, values in self._optional().items()},
        )

    def restricted(self, classes: Sequence[str]) -> "ScoredFaces":
        """The faces of some of the expressions, with the logits of these alone.

        Raises:
            DataError: an expression is not among the model's.
        """
        missing = [name for name in classes if name not in self.classes]
        if missing:
            raise DataError(
                f"The expression '{missing[0]}' is not among {', '.join(self.classes)}: "
                "choose one of these."
            )
        if tuple(classes) == self.classes:
            return self
        columns = class_positions(classes, self.classes)
        labels = class_positions(self.classes, classes)[self.labels]
        kept = np.flatnonzero(labels >= 0)
        found = self.subset(kept)
        shares = found.contributions
        return replace(
            found,
            classes=tuple(classes),
            labels=labels[kept],
            logits=found.logits[:, columns],
            contributions=None if shares is None else shares[:, columns],
        )

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """All numbers and texts as arrays without pickles, for :meth:`from_arrays`."""
        return {
            "dataset": np.array(self.dataset),
            "split": np.array(self.split),
            "classes": np.array(self.classes),
            "names": np.array(self.names),
            "digests": np.array(self.digests),
            "labels": self.labels,
            "logits": self.logits,
            "embedding": self.embedding,
            "epoch": np.array(self.epoch),
            **self._optional(),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> "ScoredFaces":
        """The inverse of :meth:`as_arrays`."""
        known: dict[str, Any] = {f.name: arrays[f.name] for f in fields(cls) if f.name in arrays}
        known |= {key: str(arrays[key]) for key in ("dataset", "split")}
        known |= {key: tuple(arrays[key].tolist()) for key in ("classes", "names", "digests")}
        return cls(**(known | {"epoch": int(arrays["epoch"])}))

    def _optional(self) -> dict[str, NDArray[Any]]:
        found = {key: getattr(self, key) for key in _OPTIONAL}
        return {key: values for key, values in found.items() if values is not None}


def score_faces(
    checkpoint: Checkpoint, faces: FaceSet, progress: Progress | None = None
) -> ScoredFaces:
    """Score a split anew, gradients included.

    Raises:
        DataError: model and data share no expression.
    """
    table = face_table(checkpoint, faces, progress=progress)
    return _from_table(checkpoint, table, faces.dataset, faces.split)


def published_scores(checkpoint: Checkpoint) -> ScoredFaces | None:
    """The scores that ride with a checkpoint; None where none were published."""
    table = checkpoint.table("faces")
    if table is None:
        return None
    return _from_table(checkpoint, table, checkpoint.card.dataset, PUBLISHED_SPLIT)


def snapshot_epochs(checkpoint: Checkpoint) -> tuple[int, ...]:
    """Epochs whose validation scores ride with a checkpoint, its own included, in order."""
    table = checkpoint.table("snapshots")
    kept = set() if table is None else set(table["epoch"].tolist())
    if (checkpoint.folder / "faces.parquet").is_file():
        kept.add(checkpoint.card.epoch)
    return tuple(sorted(kept))


def snapshot_scores(checkpoint: Checkpoint, epoch: int) -> ScoredFaces:
    """The validation scores as they were after an earlier epoch: logits and embedding.

    Raises:
        DataError: that epoch was not kept.
    """
    published, table = published_scores(checkpoint), checkpoint.table("snapshots")
    rows = None if table is None else table[table["epoch"] == epoch]
    if published is None or rows is None or rows.empty:
        raise DataError(
            f"{checkpoint.card.name} keeps no scores of epoch {epoch}: choose one of "
            f"{', '.join(map(str, snapshot_epochs(checkpoint))) or 'none'}."
        )
    rows = rows.sort_values("row")
    return replace(
        published,
        logits=stacked(rows["logits"]),
        embedding=stacked(rows["embedding"]).astype(np.float32),
        epoch=epoch,
        **dict.fromkeys(_OPTIONAL),
    )


def _from_table(
    checkpoint: Checkpoint, table: pd.DataFrame, dataset: str, split: str
) -> ScoredFaces:
    count, classes = len(table), checkpoint.card.classes
    shares = _column(table, "contributions")
    return ScoredFaces(
        dataset=dataset,
        split=split,
        classes=classes,
        names=tuple(table["name"]),
        digests=tuple(table["digest"]),
        labels=table["label"].to_numpy(np.int64),
        logits=stacked(table["logits"]),
        embedding=stacked(table["embedding"]).astype(np.float32),
        epoch=checkpoint.card.epoch,
        attention=_column(table, "attention"),
        attention_norm=_column(table, "attention_norm"),
        contributions=None if shares is None else shares.reshape(count, len(classes), 4),
        grad_norm_cls=stacked(table["grad_norm_cls"]),
        grad_norm_joint=stacked(table["grad_norm_joint"]),
        group_sizes=stacked(table["group_sizes"]).astype(np.int64).reshape(count, 4, -1),
    )


def _column(table: pd.DataFrame, name: str) -> NDArray[np.float64] | None:
    """A column of lists, or None where the model has no such quantity."""
    return None if table[name].isna().any() else stacked(table[name])
