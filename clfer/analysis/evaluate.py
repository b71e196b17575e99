"""Score a model on a split of a data set, over the expressions that both know."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.metrics import (
    accuracy,
    confusion_matrix,
    expected_calibration_error,
    macro_f1,
    mean_class_accuracy,
    wilson_interval,
)
from clfer.analysis.outputs import BATCH, Progress, run_network
from clfer.data.faceset import FaceSet
from clfer.errors import DataError
from clfer.expressions import class_positions, shared_classes
from clfer.models.checkpoint import Checkpoint


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores over n faces.

    Attributes:
        n: Faces scored.
        n_left_out: Faces whose expression the model does not know.
        accuracy: Share of correct predictions.
        accuracy_interval: Its 95 % Wilson interval.
        mean_class_accuracy: Mean recall over the classes that have faces.
        macro_f1: Mean F1 over the classes that occur.
        ece: Expected calibration error, 15 bins.
        classes: The expressions shared by model and data, in vocabulary order.
        confusion: int64 ``[n_c, n_c]``, rows are the true classes.
        n_deduplicated: Faces without an exact twin in the training split; None if that is not
            at hand.
        accuracy_deduplicated: Accuracy over them; None if that split is not at hand or no face
            is left.
    """

    n: int
    n_left_out: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    mean_class_accuracy: float
    macro_f1: float
    ece: float
    classes: tuple[str, ...]
    confusion: NDArray[np.int64]
    n_deduplicated: int | None
    accuracy_deduplicated: float | None

    def as_json(self) -> dict[str, Any]:
        """The scores as ``clfer evaluate --json`` prints them."""
        return {
            "n": self.n,
            "accuracy": self.accuracy,
            "mean_class_accuracy": self.mean_class_accuracy,
            "macro_f1": self.macro_f1,
            "ece": self.ece,
            "classes": list(self.classes),
            "confusion": self.confusion.tolist(),
            "n_deduplicated": self.n_deduplicated,
            "accuracy_deduplicated": self.accuracy_deduplicated,
            "n_left_out": self.n_left_out,
            "accuracy_interval": list(self.accuracy_interval),
        }


def evaluate(
    checkpoint: Checkpoint,
    faces: FaceSet,
    *,
    duplicates_of: FaceSet | None = None,
    batch: int = BATCH,
    progress: Progress | None = None,
    mirror: bool = False,
) -> Evaluation:
    """Evaluate a model on faces.

    Where the classes of model and data differ, the evaluation is over the expressions they share:
    faces of other expressions are left out, and so are the logits of other expressions.

    Args:
        checkpoint: The model.
        faces: The split to score.
        duplicates_of: The training split; faces whose digest occurs in it are left out of the
            de-duplicated figures.
        batch: Faces per forward pass.
        progress: Called after every batch.
        mirror: Average every face with its mirror image, which the paper does not.

    Raises:
        DataError: there is no face to score, or no shared expression.
    """
    classes = shared_classes(checkpoint.card.classes, faces.classes)
    known = class_positions(faces.classes, checkpoint.card.classes)[faces.labels]
    kept = np.flatnonzero(known >= 0)
    if not len(kept):
        raise DataError(
            f"The {faces.split} split of {faces.dataset} holds no face of an expression that "
            f"{checkpoint.card.name} knows ({', '.join(checkpoint.card.classes)}): choose another."
        )
    labels = class_positions(checkpoint.card.classes, classes)[known[kept]]
    columns = class_positions(classes, checkpoint.card.classes)
    images = faces.images if len(kept) == len(faces) else faces.images[kept]
    logits = run_network(checkpoint, images, batch, progress, mirror=mirror).logits[:, columns]
    confusion = confusion_matrix(logits, labels)
    correct = logits.argmax(axis=1) == labels
    unique = None if duplicates_of is None else _without_twins(faces, kept, duplicates_of)
    return Evaluation(
        n=len(kept),
        n_left_out=len(faces) - len(kept),
        accuracy=accuracy(confusion),
        accuracy_interval=wilson_interval(int(correct.sum()), len(kept)),
        mean_class_accuracy=mean_class_accuracy(confusion),
        macro_f1=macro_f1(confusion),
        ece=expected_calibration_error(logits, labels),
        classes=classes,
        confusion=confusion,
        n_deduplicated=None if unique is None else int(unique.sum()),
        accuracy_deduplicated=None
        if unique is None or not unique.any()
        else float(correct[unique].mean()),
    )


def _without_twins(faces: FaceSet, kept: NDArray[np.int64], training: FaceSet) -> NDArray[np.bool_]:
    """Which of the kept faces have no exact duplicate in the training split."""
    seen = set(training.digests)
    return np.array([faces.digests[i] not in seen for i in kept], dtype=np.bool_)
