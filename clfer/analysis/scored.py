"""What one model says about the faces of one split: where every comparison starts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.metrics import softmax
from clfer.errors import DataError
from clfer.expressions import class_positions

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
        rows: dict[str, Any] = {key: values[indices] for key, values in self._optional().items()}
        return replace(
            self,
            names=tuple(self.names[i] for i in indices),
            digests=tuple(self.digests[i] for i in indices),
            labels=self.labels[indices],
            logits=self.logits[indices],
            embedding=self.embedding[indices],
            **rows,
        )

    def at_epoch(
        self, epoch: int, logits: NDArray[np.float64], embedding: NDArray[np.float32]
    ) -> "ScoredFaces":
        """The same faces as an earlier epoch saw them, of which only this was kept."""
        absent: dict[str, Any] = dict.fromkeys(_OPTIONAL)
        return replace(self, epoch=epoch, logits=logits, embedding=embedding, **absent)

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
