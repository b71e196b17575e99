"""From a photo to the square crop that a model expects."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from clfer.errors import ImageError

_MAX_SAMPLES = 16
_MAX_ASPECT = 3.0


@dataclass(frozen=True)
class AlignmentTemplate:
    """Where the five landmarks lie in an aligned face.

    Attributes:
        points: x and y of left eye, right eye, nose, left and right mouth corner (as seen in the
            image), as fractions of the side: 0 is the outer edge of the first pixel, 1 that of
            the last.
        measured_on: The faces it was measured on, in words.
    """

    points: tuple[tuple[float, float], ...]
    measured_on: str

    def __post_init__(self) -> None:
        points = tuple((float(x), float(y)) for x, y in self.points)
        if len(points) != 5 or not all(isfinite(x) and isfinite(y) for x, y in points):
            raise ValueError(f"An alignment template needs five finite points, got {points}.")
        object.__setattr__(self, "points", points)

    def pixels(self, side: int) -> NDArray[np.float64]:
        """The points ``[5, 2]`` in pixels of a crop of ``side``, pixel centres at whole numbers."""
        return np.array(self.points) * side - 0.5


def similarity_transform(
    source: NDArray[np.floating[Any]], target: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """The matrix ``[2, 3]`` of rotation, scale and shift that best maps ``source`` on ``target``.

    Least squares in closed form (Umeyama, 1991, for the plane without reflection): with points as
    complex numbers and means removed, the rotation and scale are ``<s, t> / <s, s>``.

    Args:
        source: Points ``[N, 2]``.
        target: Points ``[N, 2]``.

    Raises:
        ImageError: the source points coincide, or the targets do not follow them at all.
    """
    s = source[:, 0] + 1j * source[:, 1].astype(np.float64)
    t = target[:, 0] + 1j * target[:, 1].astype(np.float64)
    centred = s - s.mean()
    spread = np.vdot(centred, centred).real
    factor = np.vdot(centred, t - t.mean()) / spread if spread > 0 else 0.0
    if not abs(factor) > 0:
        raise ImageError("The landmarks of the face coincide; crop the face by hand.")
    shift = t.mean() - factor * s.mean()
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )


def align_face(
    image: NDArray[np.uint8],
    landmarks: NDArray[np.floating[Any]],
    template: AlignmentTemplate,
    side: int,
) -> NDArray[np.uint8]:
    """Crop a face so that its landmarks lie as near to the template as a similarity can bring them.

    Args:
        image: uint8 RGB ``[H, W, 3]``; beyond its edge the border is replicated.
        landmarks: ``[5, 2]`` in pixels, in the order of :class:`AlignmentTemplate`.
        template: Where the landmarks shall lie.
        side: Side of the crop in pixels.

    Returns:
        uint8 ``[side, side, 3]``. A face larger than the crop is sampled more densely and averaged
        over each pixel's area, so nothing aliases.

    Raises:
        ImageError: the landmarks coincide.
    """
    matrix = similarity_transform(landmarks, template.pixels(side))
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    samples = min(_MAX_SAMPLES, ceil(1 / scale))
    if samples > 1:
        matrix = similarity_transform(landmarks, template.pixels(side * samples))
    crop = cv2.warpAffine(
        image,
        matrix,
        (side * samples, side * samples),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return _to_side(crop, side)


def crop_box(image: NDArray[np.uint8], box: Sequence[float], side: int) -> NDArray[np.uint8]:
    """Cut a box out of ``image``: the way for manual crops, and for faces without landmarks.

    The box (left, top, width, height in pixels) is clipped to the image and then grows around its
    centre to a square of its longer side; beyond the image the border is replicated.

    Returns:
        uint8 ``[side, side, 3]``.

    Raises:
        ImageError: the box has no area inside the image, or is more than three times as long as
            wide there.
    """
    rows, columns = image.shape[:2]
    left, top = max(float(box[0]), 0.0), max(float(box[1]), 0.0)
    width = min(float(box[0]) + float(box[2]), columns) - left
    height = min(float(box[1]) + float(box[3]), rows) - top
    if not (width > 0 and height > 0):
        raise ImageError("The crop has no area inside the image; draw it over the face.")
    if max(width, height) > _MAX_ASPECT * min(width, height):
        raise ImageError("The crop is more than three times as long as wide; draw it anew.")
    length = max(1, round(max(width, height)))
    x = round(left + (width - length) / 2)
    y = round(top + (height - length) / 2)
    inner = image[max(y, 0) : max(y + length, 0), max(x, 0) : max(x + length, 0)]
    square = cv2.copyMakeBorder(
        inner,
        max(-y, 0),
        max(y + length - rows, 0),
        max(-x, 0),
        max(x + length - columns, 0),
        cv2.BORDER_REPLICATE,
    )
    return _to_side(square, side)


def whole_image(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The picture as it is, for pictures that are faces already: uint8 ``[side, side, 3]``.

    The central square is kept: a square picture loses nothing, a portrait keeps its full width.
    """
    height, width = image.shape[:2]
    length = min(height, width)
    y, x = (height - length) // 2, (width - length) // 2
    return _to_side(image[y : y + length, x : x + length], side)


def _to_side(square: NDArray[Any], side: int) -> NDArray[np.uint8]:
    """Resize a square: averaged over pixel areas when it shrinks, bilinear when it grows."""
    method = cv2.INTER_AREA if square.shape[0] > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (side, side), interpolation=method), dtype=np.uint8)
