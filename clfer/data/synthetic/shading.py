"""Soft relief of the skin and the light that falls on the whole figure."""

import cv2
import numpy as np
from numpy.typing import NDArray

from clfer.data.synthetic.geometry import oval
from clfer.data.synthetic.stage import EYE_X, EYE_Y, Stage

_SKIN_HUES = ((0.82, 0.0), (1.0, 1.0), (1.06, 0.85))
"""How much shadow and blush darken red, green and blue: shadows of skin are reddish."""


def sculpt(stage: Stage) -> None:
    """Add the sockets, cheeks, forehead and chin to the soft layers."""
    identity, units = stage.face.identity, stage.face.action_units
    raised = max(units.au6, 0.7 * units.au12)
    eye = EYE_X * identity.eye_spacing
    spots = [
        (0.0, -0.72, 0.42, 0.20, -0.08),
        (0.0, stage.head.chin - 0.2, 0.16, 0.10, -0.07 + 0.05 * units.au17),
    ]
    for side in (-1.0, 1.0):
        lit = 0.5 + 0.5 * float(side * stage.light[0])
        hollow = 0.05 + 0.13 * identity.cheek_depth * (1.0 - 0.4 * identity.feminine)
        spots += [
            (side * eye, EYE_Y - 0.05, 0.27, 0.15, 0.13),
            (side * 0.17, EYE_Y + 0.02, 0.07, 0.17, 0.16 * (1.3 - lit)),
            (side * 0.72, 0.62, 0.17, 0.30, hollow * (1.4 - lit)),
            (side * 0.52, 0.28, 0.20, 0.13, -(0.05 + 0.11 * raised) * (0.6 + 0.6 * lit)),
            (side * 0.50, 0.47, 0.20, 0.05, 0.10 * raised),
            (side * 0.95, -0.3, 0.16, 0.5, 0.14 * (1.2 - lit)),
        ]
        stage.blush.add(stage.at(oval(side * 0.56, 0.36, 0.24, 0.16)), 0.16)
    stage.shade(*spots)
    stage.blush.add(stage.at(oval(0.0, 0.36, 0.13, 0.12), 0.2), 0.12)


def apply_relief(stage: Stage) -> None:
    """Multiply the skin drawn so far by the soft layers."""
    stage.press()
    unit = stage.unit
    dark = stage.broad.blurred(0.075 * unit) + stage.fine.blurred(0.013 * unit)
    red = stage.blush.blurred(0.11 * unit)
    channels = [1.0 - hue * dark - blush * red for hue, blush in _SKIN_HUES]
    factor = cv2.merge([*channels, np.ones_like(dark)])
    cv2.multiply(stage.canvas.pixels, factor, dst=stage.canvas.pixels, dtype=cv2.CV_8U)


def illuminate(stage: Stage) -> NDArray[np.float32]:
    """The figure ``[S, S, 4]`` under a Lambertian light, on the normals of an ellipsoid."""
    light = stage.face.light
    outline = stage.silhouette
    low, high = outline.min(0), outline.max(0)
    centre, radius = (low + high) / 2, (high - low) / 2 * 1.12
    grid = (np.arange(stage.size // 4) + 0.5) * 4.0
    u = np.clip((grid - centre[0]) / radius[0], -1.3, 1.3)[None, :]
    v = np.clip((grid - centre[1]) / radius[1], -1.0, 0.8)[:, None] * 0.8
    z = np.sqrt(np.clip(1.0 - u**2 - v**2, 0.05, None))
    facing = u * stage.light[0] + v * stage.light[1] + z * stage.light[2]
    facing = np.clip(facing / np.sqrt(u**2 + v**2 + z**2), 0.0, None)
    strength = light.light_strength
    brightness = light.exposure * (1.0 - 0.46 * strength + 0.54 * strength * facing)
    tint = 1.0 + 0.07 * light.light_warmth * np.array([1.0, 0.1, -1.2])
    channels = [(brightness * t).astype(np.float32) for t in tint]
    small = cv2.merge([*channels, np.ones_like(channels[0])])
    full = cv2.resize(small, (stage.size, stage.size), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(stage.canvas.pixels, full, dtype=cv2.CV_32F), np.float32)
