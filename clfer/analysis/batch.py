"""The faces of many photos as two models see them, one photo at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clfer.analysis.crops import Box, CroppedFace, crop_face, whole_face
from clfer.analysis.predict import FacePrediction, Layers, predict_cropped
from clfer.expressions import ordered
from clfer.faces.detector import DetectedFace
from clfer.models.checkpoint import Checkpoint

THUMBNAIL = 96
"""Side in pixels of the pictures that are kept of the faces."""


@dataclass(frozen=True)
class Verdict:
    """What one model says about a face, without pixels.

    Attributes:
        expression: The most probable expression.
        known: False when its probability is below the threshold for unseen expressions.
        probabilities: Softmax of the logits by expression.
        attention: μ_1 … μ_4 (Eq. 8); None without MSR.
    """

    expression: str
    known: bool
    probabilities: dict[str, float]
    attention: Layers | None

    @property
    def probability(self) -> float:
        """Of the most probable expression."""
        return self.probabilities[self.expression]

    @property
    def said(self) -> str | None:
        """The expression; None for none of the known ones."""
        return self.expression if self.known else None


@dataclass(frozen=True, eq=False)
class BatchFace:
    """A face and what both models say about it.

    Attributes:
        number: Its place among the faces of its photo, from 1, the largest first.
        box: Left, top, width, height in pixels of the photo; None for a face given as a crop.
        score: The detector's confidence; None where no detector was asked.
        a: Verdict of model A.
        b: Verdict of model B.
        thumbnail: The face as model B frames it, for people, uint8 ``[96, 96, 3]``.
    """

    number: int
    box: Box | None
    score: float | None
    a: Verdict
    b: Verdict
    thumbnail: NDArray[np.uint8]

    @property
    def agree(self) -> bool:
        """Whether both say the same expression, or both none of the known ones."""
        return self.a.said == self.b.said

    @property
    def divergence(self) -> float:
        """Jensen–Shannon divergence of the two distributions, in bits."""
        return jensen_shannon(self.a.probabilities, self.b.probabilities)


@dataclass(frozen=True, eq=False)
class BatchPhoto:
    """A photo and its faces.

    Attributes:
        name: What it is called; never a path.
        faces: Largest first; empty when there is none, or when the photo cannot be read.
        error: Why it cannot be read, in one sentence.
    """

    name: str
    faces: tuple[BatchFace, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class BatchSummary:
    """What a batch comes to.

    Attributes:
        photos: Photos given.
        faces: Faces found.
        without_face: Readable photos without a face.
        unreadable: Photos that cannot be read.
        disagreements: Faces on which A and B do not say the same.
    """

    photos: int
    faces: int
    without_face: int
    unreadable: int
    disagreements: int


def batch_faces(
    a: Checkpoint,
    b: Checkpoint,
    pixels: NDArray[np.uint8],
    found: Sequence[DetectedFace] | None,
) -> tuple[BatchFace, ...]:
    """The faces of a uint8 RGB photo ``[H, W, 3]`` as both models see them.

    Args:
        a: Model A.
        b: Model B.
        pixels: The photo.
        found: Its faces; None if the photo is a face already, whose central square is shown.
    """
    crops_a, crops_b = (_crops(model, pixels, found) for model in (a, b))
    verdicts = zip(predict_cropped(a, crops_a), predict_cropped(b, crops_b), strict=True)
    return tuple(
        BatchFace(
            number=i + 1,
            box=None if found is None else first.box,
            score=first.score,
            a=_verdict(first),
            b=_verdict(second),
            thumbnail=np.asarray(Image.fromarray(second.view).resize((THUMBNAIL, THUMBNAIL))),
        )
        for i, (first, second) in enumerate(verdicts)
    )


def summarise(photos: Sequence[BatchPhoto]) -> BatchSummary:
    """Count photos, faces and disagreements."""
    faces = [face for photo in photos for face in photo.faces]
    return BatchSummary(
        photos=len(photos),
        faces=len(faces),
        without_face=sum(photo.error is None and not photo.faces for photo in photos),
        unreadable=sum(photo.error is not None for photo in photos),
        disagreements=sum(not face.agree for face in faces),
    )


def jensen_shannon(p: Mapping[str, float], q: Mapping[str, float]) -> float:
    """Jensen–Shannon divergence of two distributions over expressions (Lin, 1991).

    An expression that one side lacks has probability 0 there.

    Returns:
        Bits, from 0 (the same distribution) to 1 (no expression in common).
    """
    names = ordered({*p, *q})
    first, second = (np.array([d.get(name, 0.0) for name in names]) for d in (p, q))
    mean = (first + second) / 2
    return max(0.0, _entropy(mean) - (_entropy(first) + _entropy(second)) / 2)


def _entropy(p: NDArray[np.float64]) -> float:
    """Shannon's entropy in bits."""
    present = p[p > 0]
    return float(-(present * np.log2(present)).sum())


def _crops(
    model: Checkpoint, pixels: NDArray[np.uint8], found: Sequence[DetectedFace] | None
) -> list[CroppedFace]:
    if found is None:
        return [whole_face(model, pixels)]
    return [crop_face(model, pixels, face) for face in found]


def _verdict(prediction: FacePrediction) -> Verdict:
    return Verdict(
        prediction.expression,
        prediction.known,
        prediction.probabilities,
        prediction.attention,
    )
