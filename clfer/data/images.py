"""Decode the images of a split into one array."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Literal, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from clfer.data.listing import UNUSED, Listing
from clfer.errors import DataError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
"""File name endings that count as images."""

Channels = Literal[1, 3]

T = TypeVar("T")

_CHUNK = 256


def is_image(path: str) -> bool:
    """Whether the file name says that this is an image."""
    return path.lower().endswith(IMAGE_SUFFIXES)


def digest(data: bytes) -> str:
    """Hash of the encoded image; equal digests are exact duplicates."""
    return blake2b(data, digest_size=16).hexdigest()


def decode(data: bytes, name: str, channels: Channels) -> NDArray[np.uint8]:
    """Decode one image to uint8 ``[H, W, channels]``, grey or RGB.

    Raises:
        DataError: the bytes are no image.
    """
    flag = cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR_RGB
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flag) if data else None
    except cv2.error:  # more pixels than OpenCV reads
        image = None
    if image is None or _is_cut(data):
        raise DataError(f"{name} is no image that can be decoded: replace or remove the file.")
    return np.asarray(image, dtype=np.uint8).reshape(*image.shape[:2], channels)


def _is_cut(data: bytes) -> bool:
    """Whether a JPEG image ends early, which OpenCV fills up with grey without a word."""
    if not data.startswith(b"\xff\xd8"):
        return False
    at = 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] != b"\xda":  # to the first scan
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data.find(b"\xff\xd9", at) < 0


def decode_face(listing: Listing, index: int, data: bytes, channels: Channels) -> NDArray[np.uint8]:
    """Decode one image of a listing, cut to the square around its face box where it has one.

    The square has the longer side of the box and its centre, moved or cut to lie in the image.

    Args:
        listing: N images.
        index: Which of them.
        data: Its encoded bytes.
        channels: 1 (grey) or 3 (RGB).

    Returns:
        uint8 ``[H, W, channels]``.

    Raises:
        DataError: the bytes are no image, or the box does not touch it.
    """
    image = decode(data, listing.files[index], channels)
    if listing.boxes is None or listing.labels[index] == UNUSED:
        return image
    left, top, width, height = listing.boxes[index].tolist()
    rows, columns = image.shape[:2]
    if left >= columns or top >= rows or left + width <= 0 or top + height <= 0:
        raise DataError(
            f"The face box of {listing.files[index]} lies outside of the image of {columns} x "
            f"{rows} pixels: copy the image or the list again."
        )
    edge = min(max(width, height), rows, columns)
    x = min(max(left + (width - edge) // 2, 0), columns - edge)
    y = min(max(top + (height - edge) // 2, 0), rows - edge)
    return image[y : y + edge, x : x + edge]


def square(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Cut the central square out of ``[H, W, C]`` and resize it to ``[side, side, C]``.

    Cropping keeps the aspect of the face without borders that a network could learn from.
    """
    height, width, channels = image.shape
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    crop = image[top : top + edge, left : left + edge]
    if edge == side:
        return crop
    method = cv2.INTER_AREA if edge > side else cv2.INTER_CUBIC
    resized = cv2.resize(crop, (side, side), interpolation=method)
    return np.asarray(resized, dtype=np.uint8).reshape(side, side, channels)


def load_images(
    listing: Listing, *, side: int, channels: Channels | None
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Read and decode all images of a listing.

    Args:
        listing: N images.
        side: Height and width of the result in pixels.
        channels: 1 (grey), 3 (RGB), or ``None`` for grey if all the images are grey.

    Returns:
        uint8 ``[N, side, side, channels]`` and N digests.

    Raises:
        DataError: an image is missing or cannot be decoded; the message names it.
    """
    images = np.empty((len(listing.files), side, side, channels or 3), dtype=np.uint8)
    grey = np.zeros(len(listing.files), dtype=bool)

    def load(index: int) -> str:
        data = listing.read(listing.files[index])
        images[index] = square(decode_face(listing, index, data, channels or 3), side)
        if channels is None:
            grey[index] = (images[index] == images[index, :, :, :1]).all()
        return digest(data)

    digests = tuple(map_indices(load, len(listing.files)))
    if grey.all():
        images = images[..., :1].copy()
    return images, digests


def map_indices(function: Callable[[int], T], count: int) -> Iterator[T]:
    """Apply ``function`` to 0 … count-1 in threads; results, and the first error, come in order."""
    chunks = [range(i, min(i + _CHUNK, count)) for i in range(0, count, _CHUNK)]
    pool = ThreadPoolExecutor(min(8, os.cpu_count() or 1))
    try:
        for results in pool.map(lambda chunk: [function(i) for i in chunk], chunks):
            yield from results
    finally:
        pool.shutdown(cancel_futures=True)
