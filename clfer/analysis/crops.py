"""Cut the faces out of a photo the way a model was trained to see them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from clfer.faces.align import AlignmentTemplate, align_face, crop_box
from clfer.faces.align import whole_image as whole_crop
from clfer.faces.detector import DetectedFace, FaceDetector
from clfer.faces.mtcnn import MtcnnDetector
from clfer.models.checkpoint import Checkpoint

Box = tuple[float, float, float, float]
"""Left, top, width and height in pixels of the photo."""


VIEW = 256
"""Side in pixels of the crop for people."""


@dataclass(frozen=True, eq=False)
class CroppedFace:
    """A face of a photo as a model wants to see it.

    Attributes:
        crop: uint8 ``[S, S, 3]``, as coarse as the model's training faces.
        view: The same framing for people, uint8 ``[256, 256, 3]``.
        box: Left, top, width, height in pixels of the photo; None for a face given as a crop.
        score: The detector's confidence; None where no detector was asked.
    """

    crop: NDArray[np.uint8]
    view: NDArray[np.uint8]
    box: Box | None
    score: float | None


def crop_faces(
    checkpoint: Checkpoint, image: NDArray[np.uint8], detector: FaceDetector
) -> list[CroppedFace]:
    """Faces of a uint8 RGB photo ``[H, W, 3]``, framed as the model's training faces were.

    A checkpoint without an alignment template gets the square around the detector's box.
    """
    return [crop_face(checkpoint, image, face) for face in detector.detect(image)]


def crop_face(checkpoint: Checkpoint, image: NDArray[np.uint8], face: DetectedFace) -> CroppedFace:
    """One detected face of a uint8 RGB photo ``[H, W, 3]``, framed as :func:`crop_faces` does."""
    points = checkpoint.card.template
    if points is None:
        return crop_region(checkpoint, image, face.box, face.score)
    template = AlignmentTemplate(points, checkpoint.card.dataset)
    crop, view = (
        align_face(image, face.landmarks, template, side)
        for side in (checkpoint.card.crop_side, VIEW)
    )
    return CroppedFace(crop, view, face.box, face.score)


def crop_region(
    checkpoint: Checkpoint, image: NDArray[np.uint8], box: Box, score: float | None = None
) -> CroppedFace:
    """The square around a region of a uint8 RGB photo ``[H, W, 3]``.

    Raises:
        ImageError: the region is empty or far from square.
    """
    crop, view = (crop_box(image, box, side) for side in (checkpoint.card.crop_side, VIEW))
    return CroppedFace(crop, view, box, score)


def whole_face(checkpoint: Checkpoint, image: NDArray[np.uint8]) -> CroppedFace:
    """The central square of a uint8 RGB photo ``[H, W, 3]`` that is a face already."""
    height, width = image.shape[:2]
    edge = min(height, width)
    box = (float((width - edge) // 2), float((height - edge) // 2), float(edge), float(edge))
    crop, view = (whole_crop(image, side) for side in (checkpoint.card.crop_side, VIEW))
    return CroppedFace(crop, view, box, None)


@cache
def default_detector() -> FaceDetector:
    """The one MTCNN of the process; its calls wait for each other."""
    return MtcnnDetector()
