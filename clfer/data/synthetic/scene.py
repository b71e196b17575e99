"""Backgrounds, and the camera that turns the drawing into a photograph."""

import cv2
import numpy as np
from numpy.typing import NDArray

from clfer.data.synthetic.palette import hsv, mix
from clfer.data.synthetic.stage import Stage


def background(stage: Stage) -> NDArray[np.float32]:
    """The backdrop ``[S, S, 3]``: plain, a gradient, or lights out of focus."""
    scene = stage.face.scene
    top = np.array(hsv(scene.background_hue, 0.25, scene.background_value), dtype=np.float32)
    plane = np.empty((stage.size, stage.size, 3), dtype=np.float32)
    if scene.background == "plain":
        plane[:] = top
        return plane
    low = np.array(hsv(scene.background_hue + 0.08, 0.4, scene.background_value * 0.55))
    share = np.linspace(0.0, 1.0, stage.size, dtype=np.float32)[:, None, None]
    plane[:] = top + (low.astype(np.float32) - top) * share
    if scene.background == "bokeh":
        spots = np.random.default_rng([scene.noise_seed, 1])
        light = mix(hsv(scene.background_hue + 0.1, 0.3, 1.0), (255.0, 240.0, 210.0), 0.5)
        layer = plane.copy()
        for _ in range(9):
            x, y, radius = spots.uniform(0, 1), spots.uniform(0, 0.8), spots.uniform(0.04, 0.12)
            centre = (round(x * stage.size), round(y * stage.size))
            cv2.circle(layer, centre, round(radius * stage.size), light, -1)
        layer = np.asarray(cv2.blur(layer, (stage.size // 24, stage.size // 24)), np.float32)
        plane = plane * np.float32(0.65) + layer * np.float32(0.35)
    return plane


def photograph(stage: Stage, size: int) -> NDArray[np.uint8]:
    """Lay the figure over its background and take the picture, uint8 ``[size, size, 3]``."""
    pixels, scene = stage.canvas.pixels, stage.face.scene
    clear = 1.0 - pixels[..., 3:].astype(np.float32) / np.float32(255.0)
    whole = background(stage) * clear + pixels[..., :3]
    if scene.blur:
        whole = np.asarray(cv2.GaussianBlur(whole, (0, 0), max(scene.blur * stage.size, 0.2)))
    factor = stage.size // size
    small = whole.reshape(size, factor, size, factor, 3).mean(axis=(1, 3))
    if scene.noise:
        grain = np.random.default_rng(scene.noise_seed).standard_normal(small.shape)
        small = small + scene.noise * grain
    return np.clip(np.rint(small), 0.0, 255.0).astype(np.uint8)
