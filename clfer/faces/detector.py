"""What a face detector promises; every detector hides behind this protocol."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class DetectedFace:
    """A face in pixels of the original image; pixel centres lie at whole numbers.

    Attributes:
        box: Left, top, width, height, clipped to the image.
        score: The detector's confidence in ``[0, 1]``.
        landmarks: float32 ``[5, 2]``, x and y of the left eye, right eye, nose, left and right
            corner of the mouth. Left and right are as seen in the image, so on an upright face
            the left eye has the smaller x. A landmark may lie outside an image that cuts the face.
    """

    box: tuple[float, float, float, float]
    score: float
    landmarks: NDArray[np.float32]

    @property
    def area(self) -> float:
        """Area of the box in square pixels."""
        return self.box[2] * self.box[3]


class FaceDetector(Protocol):
    """Finds faces; one instance may be called from many threads."""

    def detect(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        """Faces in a uint8 RGB image ``[H, W, 3]``, largest box first; empty when there is none."""
        ...
