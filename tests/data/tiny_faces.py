"""Faces of noise for tiny data sets."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

VOTES = {
    "a.png": (10, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    "b.png": (0, 7, 0, 0, 0, 0, 3, 0, 0, 0),
    "c.png": (5, 0, 0, 5, 0, 0, 0, 0, 0, 0),
    "d.png": (0, 0, 0, 0, 0, 0, 0, 0, 9, 1),
    "e.png": (0, 0, 1, 1, 6, 1, 0, 0, 0, 0),
}
"""Votes on five faces: neutral, happiness, a tie, unknown, anger."""


def pixels(seed: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def write_image(path: Path, image: NDArray[np.uint8]) -> None:
    """Write a grey ``[H, W]`` or RGB ``[H, W, 3]`` image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image[..., ::-1] if image.ndim == 3 else image)
