"""Any picture a user may bring, decoded to one form: uint8 RGB, upright."""

import threading
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clfer.errors import ImageError, shown
from clfer.faces.pixels import to_rgb

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""The only decoders that ever see a user's bytes."""

MAX_PIXELS = 40_000_000
MAX_BYTES = 50_000_000
MIN_SIDE = 16
MAX_SIDE = 30_000
"""Longest side in pixels; OpenCV's warps stop at 32,766."""

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow reports doubtful files through the warnings module, whose filters are global to the
# process: one decode at a time keeps another thread's filters whole.
_decoding = threading.Lock()

Source = str | Path | bytes | BinaryIO | Image.Image | NDArray[np.uint8]


def decode_image(source: Source, *, name: str | None = None) -> NDArray[np.uint8]:
    """Decode a picture to uint8 RGB ``[H, W, 3]``.

    The first frame of an animation is taken, EXIF orientation is honoured (a broken EXIF block
    counts as none), transparency is laid over white, 16-bit values are scaled to 8 bits.

    Args:
        source: A path, the encoded bytes, a binary stream, a PIL image, or a uint8 array, either
            grey ``[H, W]`` or RGB ``[H, W, 3]`` (an RGB array is returned without a copy).
        name: What error messages call the picture. It is never used as a path.

    Raises:
        ImageError: the picture cannot be read, is too large or too small.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, shown(name or "The image"))
    if isinstance(source, Image.Image):
        label = shown(name or "The image")
        with _decoding, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _from_pil(source, label)
    label, data = _encoded(source, name)
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _open(data, label) as image:
            return _from_pil(image, label)


def _encoded(source: Any, name: str | None) -> tuple[str, bytes]:
    """The encoded bytes and the name for messages."""
    label = shown(name or "The image")
    if isinstance(source, str | Path):
        label = shown(name or Path(source).name or source)
        data = _read_file(Path(source), label)
    elif isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    elif hasattr(source, "read"):
        data = source.read(MAX_BYTES + 1)
    else:
        data = None
    if not isinstance(data, bytes):
        raise ImageError(
            f"{label} is given as {type(source).__name__}; give a path, bytes, a binary stream, "
            "a PIL image or a uint8 array."
        )
    if not data:
        raise ImageError(f"{label} is empty; choose another file.")
    if len(data) > MAX_BYTES:
        raise ImageError(f"{label} is larger than {MAX_BYTES // 10**6} MB; save it smaller first.")
    return label, data


def _read_file(path: Path, label: str) -> bytes:
    try:
        if not path.is_file():
            raise ImageError(f"{label} is not a file; check the path {path}.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ImageError(f"{label} cannot be opened ({error}); check the path.") from error


def _open(data: bytes, label: str) -> Image.Image:
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(label) from error
    except Exception as error:  # decoders fail on hostile headers in more ways than they document
        raise ImageError(
            f"{label} is not an image in a format that can be read "
            "(PNG, JPEG, WebP, BMP, GIF, TIFF)."
        ) from error


def _too_many_pixels(label: str) -> ImageError:
    return ImageError(
        f"{label} has more than {MAX_PIXELS // 10**6} megapixels; scale it down first."
    )


def _check_size(width: int, height: int, label: str) -> None:
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"{label} is {width} x {height} pixels; the shorter side needs at least {MIN_SIDE}."
        )
    if width * height > MAX_PIXELS:
        raise _too_many_pixels(label)
    if max(width, height) > MAX_SIDE:
        raise ImageError(
            f"{label} is {width} x {height} pixels; the longer side may have at most {MAX_SIDE}."
        )


def _from_pil(image: Image.Image, label: str) -> NDArray[np.uint8]:
    _check_size(*image.size, label)
    try:
        image.load()
        orientation = _orientation(image)  # after loading: Pillow turns TIFF files upright itself
        pixels = to_rgb(image, label)
        if orientation in _UPRIGHT:
            pixels = np.asarray(Image.fromarray(pixels).transpose(_UPRIGHT[orientation]))
    except ImageError:
        raise
    except Exception as error:  # as in _open; nothing is swallowed, the cause rides along
        raise ImageError(f"{label} is damaged or incomplete; choose another copy of it.") from error
    return np.ascontiguousarray(pixels)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # a broken EXIF block says nothing about the pixels
        return 1


def _from_array(pixels: NDArray[Any], label: str) -> NDArray[np.uint8]:
    grey = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 1)
    colour = pixels.ndim == 3 and pixels.shape[2] == 3
    if pixels.dtype != np.uint8 or not (grey or colour):
        raise ImageError(
            f"{label} is an array of {pixels.dtype} with shape {list(pixels.shape)}; "
            "give uint8 RGB [H, W, 3] or grey [H, W]."
        )
    height, width = pixels.shape[:2]
    _check_size(width, height, label)
    if grey:
        pixels = np.repeat(pixels.reshape(height, width, 1), 3, axis=2)
    return np.ascontiguousarray(pixels)
