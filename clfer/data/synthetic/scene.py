"""Backgrounds, and the camera that turns the drawing into a photograph."""

import cv2
import numpy as np
from numpy.typing import NDArray

from clfer.data.synthetic.palette import hsv, mix
from clfer.data.synthetic.parameters import Scene

_SHOULDER = 0.8
_ROLL_OFF = (1.0 - _SHOULDER) * 255.0
"""Above this share of full white, bright skin rolls off like film instead of clipping."""


def background(scene: Scene, size: int) -> NDArray[np.float32]:
    """The backdrop ``[size, size, 3]``: plain, a gradient, or lights out of focus."""
    top = np.array(hsv(scene.background_hue, 0.25, scene.background_value), dtype=np.float32)
    plane = np.empty((size, size, 3), dtype=np.float32)
    if scene.background == "plain":
        plane[:] = top
        return plane
    low = np.array(hsv(scene.background_hue + 0.08, 0.4, scene.background_value * 0.55))
    share = np.linspace(0.0, 1.0, size, dtype=np.float32)[:, None, None]
    plane[:] = top + (low.astype(np.float32) - top) * share
    return _with_lights(plane, scene) if scene.background == "bokeh" else plane


def _with_lights(plane: NDArray[np.float32], scene: Scene) -> NDArray[np.float32]:
    """Translucent discs, softened at their edge."""
    size = len(plane)
    spots = np.random.default_rng([scene.noise_seed, 1])
    light = mix(hsv(scene.background_hue + 0.1, 0.3, 1.0), (255.0, 240.0, 210.0), 0.5)
    cover = np.zeros((size, size), dtype=np.uint8)
    for _ in range(9):
        x, y, radius = spots.uniform(0, 1), spots.uniform(0, 0.8), spots.uniform(0.04, 0.12)
        disc = np.zeros_like(cover)
        fixed = (round(x * size * 16), round(y * size * 16))
        cv2.circle(disc, fixed, round(radius * size * 16), 60.0, -1, cv2.LINE_AA, 4)
        cover = np.asarray(cv2.add(cover, disc), np.uint8)
    soft = np.asarray(cv2.GaussianBlur(cover, (0, 0), max(size / 100, 0.3)), np.float32)
    opacity = soft[..., None] / np.float32(255.0)
    return plane + (np.array(light, dtype=np.float32) - plane) * opacity


def photograph(figure: NDArray[np.float32], scene: Scene, size: int) -> NDArray[np.uint8]:
    """Reduce the lit figure ``[S, S, 4]``, lay it over its background and take the picture.

    Returns:
        uint8 ``[size, size, 3]`` with the lens blur and sensor noise of the scene.
    """
    small = np.asarray(cv2.resize(figure, (size, size), interpolation=cv2.INTER_AREA), np.float32)
    cover = small[..., 3:]
    over = np.maximum(small[..., :3] - _SHOULDER * cover, 0.0)
    rolled = small[..., :3] - over + _ROLL_OFF * (1.0 - np.exp(over / -_ROLL_OFF))
    whole = background(scene, size) * (1.0 - cover / 255.0) + np.minimum(rolled, cover)
    if scene.blur * size > 0.2:
        whole = np.asarray(cv2.GaussianBlur(whole, (0, 0), scene.blur * size), np.float32)
    if scene.noise:
        grain = np.random.default_rng(scene.noise_seed)
        whole = whole + scene.noise * grain.standard_normal(whole.shape, dtype=np.float32)
    picture: NDArray[np.uint8] = np.clip(np.rint(whole), 0.0, 255.0).astype(np.uint8)
    return picture
