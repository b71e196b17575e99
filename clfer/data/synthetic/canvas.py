"""A small drawing surface on OpenCV: filled shapes, tapered strokes, clipping, soft shading.

Colours are premultiplied by coverage, so the figure can be lit and then laid over any
background. Everything is drawn larger than needed and reduced by area averaging.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from clfer.data.synthetic.geometry import Points
from clfer.data.synthetic.parameters import Colour

_SHIFT = 4
_QUARTER_TURN = np.array([-1.0, 1.0])


@lru_cache(maxsize=256)
def _spread(given: int, wanted: int) -> NDArray[np.float64]:
    """Matrix ``[wanted, given]`` of linear interpolation at even distances."""
    at = np.linspace(0.0, given - 1.0, wanted)
    if given == 1:
        return np.ones((wanted, 1))
    return np.maximum(1.0 - np.abs(at[:, None] - np.arange(given)), 0.0)


def _fixed(points: Points, origin: tuple[int, int]) -> NDArray[np.int32]:
    moved = np.multiply(points, 1 << _SHIFT)
    if origin != (0, 0):
        moved -= (origin[0] << _SHIFT, origin[1] << _SHIFT)
    return np.rint(moved).astype(np.int32)


def _bounds(fixed: NDArray[np.int32], width: int, height: int) -> tuple[int, int, int, int]:
    """Left, right, top and bottom of a polygon with a pixel of margin, within the picture."""
    x, y, w, h = cv2.boundingRect(fixed)
    left, top = (x >> _SHIFT) - 1, (y >> _SHIFT) - 1
    right, bottom = ((x + w) >> _SHIFT) + 2, ((y + h) >> _SHIFT) + 2
    return (
        min(max(left, 0), width),
        min(max(right, 0), width),
        min(max(top, 0), height),
        min(max(bottom, 0), height),
    )


def ribbons(lines: Points, widths: NDArray[np.float64]) -> Points:
    """Outlines ``[n, 2m, 2]`` of n strokes.

    Args:
        lines: Centre lines ``[m, n, 2]``, m points each.
        widths: Full widths ``[k, n]`` at k even distances along each line.
    """
    along = np.empty_like(lines)
    along[1:-1] = lines[2:] - lines[:-2]
    along[0], along[-1] = lines[1] - lines[0], lines[-1] - lines[-2]
    width = _spread(len(widths), len(lines)) @ widths
    half = 0.5 * width / (np.hypot(along[..., 0], along[..., 1]) + 1e-6)
    normal = along[..., ::-1] * (half[..., None] * _QUARTER_TURN)
    outlines: Points = np.concatenate([lines + normal, (lines - normal)[::-1]])
    by_stroke: Points = outlines.transpose(1, 0, 2)
    return by_stroke


def ribbon(line: Points, widths: ArrayLike) -> Points:
    """Outline ``[2m, 2]`` of one stroke along ``line`` ``[m, 2]``, widths at even distances."""
    width = np.atleast_1d(np.asarray(widths, dtype=np.float64))
    outline: Points = ribbons(line[:, None], width[:, None])[0]
    return outline


class Canvas:
    """Premultiplied RGBA pixels ``[H, W, 4]``, uint8; ``origin`` places a clipped part."""

    def __init__(self, pixels: NDArray[np.uint8], origin: tuple[int, int] = (0, 0)) -> None:
        self.pixels = pixels
        self._origin = origin

    @classmethod
    def blank(cls, size: int) -> "Canvas":
        """A square, fully transparent canvas."""
        return cls(np.zeros((size, size, 4), dtype=np.uint8))

    def fill(self, outline: Points, colour: Colour) -> None:
        """Fill a polygon given in pixels of the whole picture."""
        cv2.fillPoly(
            self.pixels,
            [_fixed(outline, self._origin)],
            (*colour, 255.0),
            lineType=cv2.LINE_AA,
            shift=_SHIFT,
        )

    def stroke(self, line: Points, widths: ArrayLike, colour: Colour) -> None:
        """Draw a line whose width (pixels) may vary along it."""
        self.fill(ribbon(line, widths), colour)

    def flood(self, colour: Colour) -> None:
        """Cover everything with an opaque colour."""
        self.pixels[:] = np.rint((*colour, 255.0))

    def soften(self, sigma: float) -> None:
        """Blur what is drawn; ``sigma`` in pixels."""
        if self.pixels.size:
            cv2.GaussianBlur(self.pixels, (0, 0), sigma, dst=self.pixels)

    @contextmanager
    def clipped(self, outline: Points) -> Iterator["Canvas"]:
        """Draw inside a polygon only: what is drawn on the yielded canvas is cut to it."""
        height, width = self.pixels.shape[:2]
        left, right, top, bottom = _bounds(_fixed(outline, self._origin), width, height)
        part = self.pixels[top:bottom, left:right]
        origin = (self._origin[0] + left, self._origin[1] + top)
        layer = Canvas(part.copy(), origin)
        yield layer
        if part.size:
            mask = np.zeros(part.shape[:2], dtype=np.uint8)
            cv2.fillPoly(mask, [_fixed(outline, origin)], 255.0, shift=_SHIFT)
            cv2.copyTo(layer.pixels, mask, part)

    def blend(self, outline: Points, colour: Colour, opacity: float) -> None:
        """Lay a translucent colour over what is already drawn inside a polygon."""
        with self.clipped(outline) as layer:
            solid = Canvas(np.empty_like(layer.pixels))
            solid.flood(colour)
            if solid.pixels.size:
                cv2.addWeighted(
                    layer.pixels, 1.0 - opacity, solid.pixels, opacity, 0.0, dst=layer.pixels
                )


class SoftLayer:
    """Signed darkness that is blurred before use; ``reduction`` trades detail for speed."""

    def __init__(self, size: int, reduction: int) -> None:
        self._reduction = reduction
        self._size = size
        self.values = np.zeros((size // reduction, size // reduction), dtype=np.float32)

    def add(self, outline: Points, value: float) -> None:
        """Add ``value`` inside a polygon given in full-size pixels."""
        fixed = _fixed(outline / self._reduction, (0, 0))
        edge = self.values.shape[0]
        left, right, top, bottom = _bounds(fixed, edge, edge)
        part = self.values[top:bottom, left:right]
        if not part.size:
            return
        shape = np.zeros(part.shape, dtype=np.uint8)
        cv2.fillPoly(
            shape,
            [fixed - (left << _SHIFT, top << _SHIFT)],
            255.0,
            lineType=cv2.LINE_AA,
            shift=_SHIFT,
        )
        part += shape * np.float32(value / 255.0)

    def blurred(self, sigma: float) -> NDArray[np.float32]:
        """The layer at full size after a Gaussian blur of ``sigma`` full-size pixels."""
        soft = cv2.GaussianBlur(self.values, (0, 0), max(sigma / self._reduction, 0.3))
        if self._reduction > 1:
            soft = cv2.resize(soft, (self._size, self._size), interpolation=cv2.INTER_LINEAR)
        return np.asarray(soft, dtype=np.float32)
