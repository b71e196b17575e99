"""From every pixel type that Pillow knows to 8-bit RGB."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clfer.errors import ImageError

_ROWS = 256


def to_rgb(image: Image.Image, label: str) -> NDArray[np.uint8]:
    """The pixels as stored, uint8 RGB ``[H, W, 3]``; transparency is laid over white.

    Raises:
        ImageError: grey values of more than 8 bits are not numbers, negative or above 65,535; the
            sentence begins with ``label``.
    """
    if image.mode.startswith(("I", "F")):
        grey = _scaled(np.asarray(image), label)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return np.asarray(Image.alpha_composite(white, layer).convert("RGB"))
    return np.asarray(image.convert("RGB"))


def _scaled(values: NDArray[Any], label: str) -> NDArray[np.uint8]:
    """Grey values of more than 8 bits, scaled to 0..255.

    White is 65,535 for unsigned 16-bit files. Wider types do not say what white is: it is the
    smallest of 1 (floating point only), 255 and 65,535 that no value exceeds.
    """
    if not np.isfinite(values).all():
        raise ImageError(f"{label} holds values that are not numbers; save it as 8-bit PNG.")
    whites = [1.0, 255.0, 65535.0] if values.dtype.kind == "f" else [255.0, 65535.0]
    if values.dtype.itemsize == 2:
        whites = [65535.0]
    low, high = float(values.min()), float(values.max())
    fitting = [white for white in whites if high <= white]
    if low < 0 or not fitting:
        raise ImageError(f"{label} holds values outside 0 to 65,535; save it as 8-bit PNG.")
    scaled = np.empty(values.shape, np.uint8)
    for start in range(0, len(values), _ROWS):  # in double precision a photo takes gigabytes
        rows = slice(start, start + _ROWS)
        scaled[rows] = np.rint(values[rows].astype(np.float64) * (255.0 / fitting[0]))
    return scaled
