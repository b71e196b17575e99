"""Pictures to begin with, none of which needs a network or a data set."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clfer.errors import ImageError
from clfer.faces.decode import decode_image

SAMPLES: dict[str, str] = {
    "astronaut": (
        "Eileen Collins, photographed by NASA; public domain, no known copyright restrictions; "
        "ships with scikit-image."
    ),
    "synthetic happiness 3": "Happiness, drawn by the project's own code.",
    "synthetic surprise 5": "Surprise, drawn by the project's own code.",
    "synthetic sadness 8": "Sadness, drawn by the project's own code.",
    "synthetic anger 12": "Anger, drawn by the project's own code.",
}
"""Name of each sample and where it comes from, in the order to offer them."""

_SYNTHETIC_SIDE = 256


def load_sample(name: str) -> NDArray[np.uint8]:
    """A sample picture as uint8 RGB ``[H, W, 3]``: 512 x 512 for the photo, 256 x 256 if drawn.

    Raises:
        ImageError: there is no sample of that name, or scikit-image is missing.
    """
    if name not in SAMPLES:
        raise ImageError(f'There is no sample "{name}"; choose one of: {", ".join(SAMPLES)}.')
    if name == "astronaut":
        return decode_image(_skimage_file("astronaut.png"))
    from clfer.data.synthetic import draw_face  # heavy, and of no use to the photo

    _, expression, identity = name.split()
    return decode_image(draw_face(expression, int(identity), size=_SYNTHETIC_SIDE))


def _skimage_file(name: str) -> Path:
    """A file of scikit-image's data folder, found without importing the package."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise ImageError(f"The sample {name} is missing; install scikit-image.")
    return Path(spec.origin).parent / "data" / name
