"""All faces of a photo, found and aligned in one call."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clfer.faces.align import AlignmentTemplate, align_face
from clfer.faces.detector import DetectedFace, FaceDetector


@dataclass(frozen=True, eq=False)
class Face(DetectedFace):
    """A detected face with its aligned crop, uint8 ``[side, side, 3]``."""

    crop: NDArray[np.uint8]


def find_faces(
    image: NDArray[np.uint8], detector: FaceDetector, template: AlignmentTemplate, side: int
) -> list[Face]:
    """Detect and align every face of a uint8 RGB image ``[H, W, 3]``, largest first.

    An image without faces gives an empty list.
    """
    return [
        Face(
            box=found.box,
            score=found.score,
            landmarks=found.landmarks,
            crop=align_face(image, found.landmarks, template, side),
        )
        for found in detector.detect(image)
    ]
