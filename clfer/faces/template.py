"""Alignment templates, measured on the faces that a model is trained on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from clfer.errors import DataError
from clfer.faces.align import AlignmentTemplate
from clfer.faces.detector import FaceDetector

MIN_FACES = 30
"""Fewer detected faces than this do not make a template."""


def measure_template(
    images: NDArray[np.uint8],
    detector: FaceDetector,
    *,
    enlarge: int = 4,
    limit: int = 400,
    name: str = "training faces",
) -> AlignmentTemplate:
    """Median landmarks of training faces, so that a photo is framed as the model saw its faces.

    Args:
        images: Square faces, uint8 ``[N, H, H, C]``, C being 1 or 3.
        detector: Runs on the enlarged faces; of several faces in one image the largest counts.
        enlarge: Factor of enlargement; small faces are hard to detect.
        limit: At most this many images are tried, a sample drawn with seed 0.
        name: What the faces are, for the template's ``measured_on``.

    Raises:
        DataError: the detector finds fewer than 30 faces.
    """
    chosen = np.random.default_rng(0).permutation(len(images))[:limit]
    shapes = [_landmarks(images[i], detector, enlarge) for i in sorted(chosen)]
    found = [shape for shape in shapes if shape is not None]
    if len(found) < MIN_FACES:
        raise DataError(
            f"Only {len(found)} of {len(chosen)} {name} show a face that the detector finds and "
            f"{MIN_FACES} are needed to measure how faces are framed; set the alignment template "
            "by hand."
        )
    middle = np.median(np.stack(found), axis=0)
    points = tuple((round(float(x), 4), round(float(y), 4)) for x, y in middle)
    return AlignmentTemplate(points, f"{name} ({len(found)} of {len(chosen)} found)")


def _landmarks(
    image: NDArray[np.uint8], detector: FaceDetector, enlarge: int
) -> NDArray[np.float64] | None:
    """Landmarks ``[5, 2]`` of the largest face as fractions of the side, None without a face."""
    rgb = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
    large = cv2.resize(rgb, None, fx=enlarge, fy=enlarge, interpolation=cv2.INTER_CUBIC)
    faces = detector.detect(np.asarray(large, dtype=np.uint8))
    if not faces:
        return None
    return (faces[0].landmarks + 0.5) / np.array(large.shape[1::-1], dtype=np.float64)


FERPLUS_TEMPLATE = AlignmentTemplate(
    points=(
        (0.3151, 0.3880),
        (0.6901, 0.3828),
        (0.5026, 0.5964),
        (0.3516, 0.7786),
        (0.6589, 0.7734),
    ),
    measured_on="FER+ training faces (3625 of 4000 found)",
)
"""How FER+ frames its faces.

``measure_template(images, MtcnnDetector(), limit=4000)`` over all 28,558 pictures of
``FER2013Train``, sorted by name and enlarged four times: a face was found in 3,625 of the 4,000
pictures drawn. Half of the faces lie within a band of 0.05 to 0.08 of the side around each
coordinate (interquartile range), and the medians of two halves of the sample differ by at most
0.005.
"""

SYNTHETIC_TEMPLATE = AlignmentTemplate(
    points=(
        (0.3620, 0.4818),
        (0.6432, 0.4766),
        (0.5026, 0.6536),
        (0.3828, 0.7943),
        (0.6172, 0.7917),
    ),
    measured_on="synthetic faces (698 of 700 found)",
)
"""How the synthetic set frames its faces, hair and chin included.

``measure_template`` over the first 100 identities with seven expressions each, drawn at 192 pixels
and not enlarged. Half of the faces lie within a band of 0.04 to 0.12 of the side around each
coordinate (the nose, which turns with the head, spreads most).
"""
