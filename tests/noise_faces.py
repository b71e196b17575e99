"""Data sets of noise: decoded, counted and trained on like faces, in the layout ``folder``."""

from pathlib import Path

import numpy as np
from PIL import Image

from clfer.expressions import BASIC_EXPRESSIONS

BAR = 6
"""Rows of pixels of the bar that marks an expression."""


def write_noise_faces(
    root: Path, *, train: int = 4, valid: int = 1, side: int = 48, bars: bool = False
) -> Path:
    """Write the splits ``train`` and ``valid`` of the seven basic expressions and return the root.

    Args:
        root: Folder of the data set.
        train: Training faces of every expression.
        valid: Validation faces of every expression.
        side: In pixels.
        bars: Mark every expression by a bright bar of its own, so that it can be learned.
    """
    rng = np.random.default_rng(0)
    for split, count in (("train", train), ("valid", valid)):
        for label, name in enumerate(BASIC_EXPRESSIONS):
            (root / split / name).mkdir(parents=True)
            for i in range(count):
                pixels = rng.integers(0, 120 if bars else 256, (side, side, 3), dtype=np.uint8)
                if bars:
                    pixels[BAR * label : BAR * (label + 1)] += 100
                Image.fromarray(pixels).save(root / split / name / f"{i}.png")
    return root
