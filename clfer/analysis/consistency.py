"""Whether the same face gets the same answer when its photo changes a little."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clfer.analysis.crops import crop_face, crop_region, default_detector
from clfer.analysis.metrics import wilson_interval
from clfer.analysis.outputs import Progress, run_network
from clfer.faces.detector import FaceDetector
from clfer.models.checkpoint import Checkpoint

Photo = NDArray[np.uint8]
"""RGB, ``[H, W, 3]``."""

FACE_SIDE, BORDER = 192, 48
"""Pixels of a face in its photo, and around it."""

_LOST = -1
_CHUNK = 16
"""Faces whose photos are held at a time."""


@dataclass(frozen=True)
class PhotoChange:
    """A small change of a photo that no expression depends on.

    Attributes:
        name: Key in JSON.
        title: For people.
        apply: From one photo to another of the same size.
    """

    name: str
    title: str
    apply: Callable[[Photo], Photo]


@dataclass(frozen=True, eq=False)
class Consistency:
    """How a model answers to N faces whose photos change in T ways.

    A face that the detector loses after a change has not got the same answer.

    Attributes:
        n: Faces that are found in their unchanged photo.
        unfound: Faces that are not, which count nowhere else.
        lost: Of the n faces, those that are not found after a change, ``[T]``.
        same: Of the n faces, those with the same expression after a change, ``[T]``.
        same_always: Of the n faces, those with the same expression after every change.
    """

    n: int
    unfound: int
    lost: NDArray[np.int64]
    same: NDArray[np.int64]
    same_always: int

    @property
    def mean(self) -> float | None:
        """Share of same answers over all faces and changes; None without faces."""
        return float(self.same.mean() / self.n) if self.n else None

    def as_json(self) -> dict[str, Any]:
        """The counts by change, with Wilson's 95 % interval of every share."""
        changes = [
            {
                "change": change.name,
                "same": int(same),
                "lost": int(lost),
                "share": int(same) / self.n if self.n else None,
                "interval": wilson_interval(int(same), self.n) if self.n else None,
            }
            for change, same, lost in zip(CHANGES, self.same, self.lost, strict=True)
        ]
        return {
            "n": self.n,
            "unfound": self.unfound,
            "same_always": self.same_always,
            "mean": self.mean,
            "changes": changes,
        }


def consistency(
    models: Sequence[Checkpoint],
    images: NDArray[np.uint8],
    *,
    detector: FaceDetector | None = None,
    whole_image: bool = False,
    mirror: bool = False,
    progress: Progress | None = None,
) -> list[Consistency]:
    """Put faces into photos, change the photos, and compare what models say, as a user would.

    All models are shown the same photos; faces are found once for all of them.

    Args:
        models: One or more.
        images: Faces uint8 ``[N, S, S, C]``, grey (C = 1) or RGB.
        detector: MTCNN by default; the largest face of a photo counts.
        whole_image: Ask no detector: each model is shown the place where the face was put.
        mirror: Average every face with its mirror image, which the paper does not.
        progress: Called with the faces done, of N.

    Returns:
        One result a model, in the order of the models.
    """
    find = None if whole_image else detector or default_detector()
    answers = np.full((len(models), len(images), 1 + len(CHANGES)), _LOST, np.int64)
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK]
        answers[:, start : start + len(chunk)] = _answers(models, chunk, find, mirror)
        if progress is not None:
            progress(start + len(chunk), len(images))
    return [_compared(of_model) for of_model in answers]


def as_photo(face: NDArray[np.uint8]) -> Photo:
    """A photo of a face uint8 ``[S, S, C]``: enlarged to 192 px, its edge repeated around it.

    The detector wants to see something around a face.
    """
    colours = np.repeat(face, 3, axis=2) if face.shape[2] == 1 else face
    large = cv2.resize(colours, (FACE_SIDE, FACE_SIDE), interpolation=cv2.INTER_CUBIC)
    photo = cv2.copyMakeBorder(large, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REPLICATE)
    return photo.astype(np.uint8, copy=False)


def _answers(
    models: Sequence[Checkpoint],
    faces: NDArray[np.uint8],
    detector: FaceDetector | None,
    mirror: bool,
) -> NDArray[np.int64]:
    """What the models say of faces ``[n, S, S, C]``, unchanged and changed: ``[M, n, 1 + T]``."""
    said = np.full((len(models), len(faces), 1 + len(CHANGES)), _LOST, np.int64)
    places: list[tuple[int, int]] = []
    shown: list[list[NDArray[np.uint8]]] = []
    for i, face in enumerate(faces):
        photo = as_photo(face)
        changed = (change.apply(photo) for change in CHANGES)
        for k, version in enumerate(chain([photo], changed)):
            crops = _cropped(models, version, detector)
            if crops is not None:
                places.append((i, k))
                shown.append(crops)
            elif k == 0:
                break  # not found as it is: nothing to compare with
    if places:
        rows, columns = np.transpose(places)
        for m, model in enumerate(models):
            crops_of_model = np.stack([crops[m] for crops in shown])
            logits = run_network(model, crops_of_model, mirror=mirror).logits
            said[m, rows, columns] = logits.argmax(axis=1)
    return said


def _cropped(
    models: Sequence[Checkpoint], photo: Photo, detector: FaceDetector | None
) -> list[NDArray[np.uint8]] | None:
    """The face of a photo as every model wants to see it; None if the detector sees none."""
    if detector is None:
        box = (float(BORDER), float(BORDER), float(FACE_SIDE), float(FACE_SIDE))
        return [crop_region(model, photo, box).crop for model in models]
    found = detector.detect(photo)
    return [crop_face(model, photo, found[0]).crop for model in models] if found else None


def _compared(answers: NDArray[np.int64]) -> Consistency:
    """The result of one model, of whose answers ``[N, 1 + T]`` the first column is unchanged."""
    found = answers[:, 0] != _LOST
    before, after = answers[found, :1], answers[found, 1:]
    same = after == before
    return Consistency(
        n=int(found.sum()),
        unfound=int((~found).sum()),
        lost=(after == _LOST).sum(axis=0),
        same=same.sum(axis=0),
        same_always=int(same.all(axis=1).sum()),
    )


def _shifted(across: float, down: float) -> Callable[[Photo], Photo]:
    """Move the picture by shares of the face's side; its edge is repeated where it left."""
    matrix = np.array([[1, 0, across * FACE_SIDE], [0, 1, down * FACE_SIDE]], np.float64)

    def shift(photo: Photo) -> Photo:
        size = (photo.shape[1], photo.shape[0])
        moved = cv2.warpAffine(photo, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        return moved.astype(np.uint8, copy=False)

    return shift


def _mirrored(photo: Photo) -> Photo:
    return np.ascontiguousarray(photo[:, ::-1])


def _lit(stops: float) -> Callable[[Photo], Photo]:
    def light(photo: Photo) -> Photo:
        return cv2.convertScaleAbs(photo, alpha=2.0**stops).astype(np.uint8, copy=False)

    return light


def _compressed(quality: int) -> Callable[[Photo], Photo]:
    def compress(photo: Photo) -> Photo:
        data = io.BytesIO()
        Image.fromarray(photo).save(data, "JPEG", quality=quality)
        return np.asarray(Image.open(data).convert("RGB"))

    return compress


CHANGES = (
    PhotoChange("left-up", "3 % to the left and up", _shifted(-0.03, -0.03)),
    PhotoChange("right-down", "3 % to the right and down", _shifted(0.03, 0.03)),
    PhotoChange("mirror", "mirrored", _mirrored),
    PhotoChange("darker", "darker by 0.3 stops", _lit(-0.3)),
    PhotoChange("brighter", "brighter by 0.3 stops", _lit(0.3)),
    PhotoChange("jpeg-75", "JPEG, quality 75", _compressed(75)),
    PhotoChange("jpeg-40", "JPEG, quality 40", _compressed(40)),
)
"""What is done to a photo, one thing at a time; strengths are shares of the face's side."""
