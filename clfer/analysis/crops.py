"""Cut the faces out of a photo the way a model was trained to see them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from clfer.faces.align import AlignmentTemplate, crop_box
from clfer.faces.align import whole_image as whole_crop
from clfer.faces.detector import FaceDetector
from clfer.faces.find import find_faces
from clfer.faces.mtcnn import MtcnnDetector
from clfer.models.checkpoint import Checkpoint

Box = tuple[float, float, float, float]
"""Left, top, width and height in pixels of the photo."""


@dataclass(frozen=True, eq=False)
class CroppedFace:
    """A face of a photo as a model wants to see it.

    Attributes:
        crop: uint8 ``[S, S, 3]``.
        box: Left, top, width, height in pixels of the photo.
        score: The detector's confidence; None where no detector was asked.
    """

    crop: NDArray[np.uint8]
    box: Box
    score: float | None


def crop_faces(
    checkpoint: Checkpoint, image: NDArray[np.uint8], detector: FaceDetector
) -> list[CroppedFace]:
    """Faces of a uint8 RGB photo ``[H, W, 3]``, framed as the model's training faces were.

    A checkpoint without an alignment template gets the square around the detector's box.
    """
    side = checkpoint.card.crop_side
    points = checkpoint.card.template
    if points is None:
        return [
            CroppedFace(crop_box(image, face.box, side), face.box, face.score)
            for face in detector.detect(image)
        ]
    template = AlignmentTemplate(points, checkpoint.card.dataset)
    aligned = find_faces(image, detector, template, side)
    return [CroppedFace(face.crop, face.box, face.score) for face in aligned]


def whole_face(checkpoint: Checkpoint, image: NDArray[np.uint8]) -> CroppedFace:
    """The central square of a uint8 RGB photo ``[H, W, 3]`` that is a face already."""
    height, width = image.shape[:2]
    edge = min(height, width)
    box = (float((width - edge) // 2), float((height - edge) // 2), float(edge), float(edge))
    return CroppedFace(whole_crop(image, checkpoint.card.crop_side), box, None)


@cache
def default_detector() -> FaceDetector:
    """The one MTCNN of the process; its calls wait for each other."""
    return MtcnnDetector()
