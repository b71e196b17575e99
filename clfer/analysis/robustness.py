"""How a model's probabilities and its accuracy change with the strength of a perturbation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.evaluate import evaluate
from clfer.analysis.metrics import softmax
from clfer.analysis.outputs import Progress, run_network
from clfer.analysis.perturb import Perturbation, Settings, perturb
from clfer.data.faceset import FaceSet
from clfer.expressions import class_positions, ordered
from clfer.models.checkpoint import Checkpoint


@dataclass(frozen=True, eq=False)
class ProbabilityCurve:
    """Probabilities of one face at T strengths of one perturbation.

    Attributes:
        strengths: Ascending, ``[T]``.
        classes: The n_c expressions.
        probabilities: Softmax, ``[T, n_c]``.
    """

    strengths: tuple[float, ...]
    classes: tuple[str, ...]
    probabilities: NDArray[np.float64]

    def held(self, neutral: float) -> tuple[str, float, float]:
        """The verdict at the neutral strength, and from where to where around it that lasts."""
        top = self.probabilities.argmax(axis=1)
        start = self.strengths.index(neutral)
        low = high = start
        while low > 0 and top[low - 1] == top[start]:
            low -= 1
        while high < len(top) - 1 and top[high + 1] == top[start]:
            high += 1
        return self.classes[top[start]], self.strengths[low], self.strengths[high]


@dataclass(frozen=True, eq=False)
class AccuracyCurve:
    """Accuracy over a split at T strengths of one perturbation.

    Attributes:
        strengths: Ascending, ``[T]``.
        n: Number of faces.
        accuracy: Share of faces that are recognised, ``[T]``.
        interval: Wilson's 95 % interval of it, ``[T, 2]``.
    """

    strengths: tuple[float, ...]
    n: int
    accuracy: NDArray[np.float64]
    interval: NDArray[np.float64]


def probability_curve(
    checkpoint: Checkpoint,
    crop: NDArray[np.uint8],
    kind: Perturbation,
    settings: Settings = Settings(),  # noqa: B008 (frozen)
) -> ProbabilityCurve:
    """Follow one face uint8 ``[S, S, C]`` over the strengths of one perturbation, in one batch.

    Args:
        checkpoint: The model.
        crop: The face as the model sees it.
        kind: What is varied.
        settings: What else is done to the face; its own strength of ``kind`` is ignored.
    """
    strengths = kind.fine_strengths
    faces = np.concatenate([perturb(crop[None], settings.at(kind, s)) for s in strengths])
    logits = run_network(checkpoint, faces).logits
    return ProbabilityCurve(strengths, checkpoint.card.classes, softmax(logits))


def accuracy_curve(
    checkpoint: Checkpoint,
    faces: FaceSet,
    kind: Perturbation,
    settings: Settings = Settings(),  # noqa: B008 (frozen)
    progress: Progress | None = None,
) -> AccuracyCurve:
    """Accuracy over a split at every strength of one perturbation.

    Args:
        checkpoint: The model.
        faces: N faces; scored over the expressions that the model knows too.
        kind: What is varied.
        settings: What else is done to every face.
        progress: Called after every batch with the faces done, of T·N.

    Raises:
        DataError: there is no face to score, or no shared expression.
    """
    results = []
    count = len(kind.strengths)
    for i, strength in enumerate(kind.strengths):
        changed = replace(faces, images=perturb(faces.images, settings.at(kind, strength)))

        def report(done: int, total: int, before: int = i) -> None:
            if progress is not None:
                progress(before * total + done, count * total)

        results.append(evaluate(checkpoint, changed, progress=report))
    return AccuracyCurve(
        kind.strengths,
        results[0].n,
        np.array([result.accuracy for result in results]),
        np.array([result.accuracy_interval for result in results]),
    )


def shared_faces(faces: FaceSet, models: Sequence[Checkpoint]) -> FaceSet:
    """The faces of the expressions that data and all models know, labelled by these alone.

    Raises:
        DataError: they share no expression.
    """
    known = set(faces.classes).intersection(*(model.card.classes for model in models))
    classes = ordered(known)
    labels = class_positions(faces.classes, classes)[faces.labels]
    kept = np.flatnonzero(labels >= 0)
    return replace(faces.subset(kept), classes=classes, labels=labels[kept], targets=None)
