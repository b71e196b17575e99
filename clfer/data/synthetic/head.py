"""Shoulders, neck, ears and the skin of the head."""

import numpy as np
from numpy.typing import ArrayLike

from clfer.data.synthetic.geometry import Points, curve
from clfer.data.synthetic.palette import hsv, mix, scaled, skin_colour
from clfer.data.synthetic.stage import Stage

_EAR = np.array(
    [
        (0.0, -0.17),
        (0.09, -0.24),
        (0.17, -0.19),
        (0.18, -0.05),
        (0.14, 0.08),
        (0.09, 0.22),
        (0.02, 0.25),
        (-0.03, 0.1),
    ]
)


_BODY_DEPTH = -0.2


def _body(stage: Stage, *parts: ArrayLike) -> Points:
    """A closed outline, symmetric to the middle, given by its right half from the top down."""
    right = np.concatenate(parts)
    flat = np.concatenate([right, right[::-1] * (-1.0, 1.0)])
    return stage.body.project_surface(flat, np.full(len(flat), _BODY_DEPTH))


def draw_shoulders(stage: Stage) -> None:
    """Clothes and the neck with the shadow that the head throws on it."""
    identity, scene = stage.face.identity, stage.face.scene
    skin = skin_colour(identity)
    broad = 1.0 - 0.12 * identity.feminine
    slope = curve([(0.5, 1.36), (0.75, 1.58), (1.3 * broad, 1.74), (1.75 * broad, 1.98)], per=5)
    cloth = hsv(scene.clothing_hue, 0.45, scene.clothing_value)
    stage.canvas.fill(_body(stage, slope, [(1.95 * broad, 2.6), (2.0, 4.0)]), cloth)
    neck_width = 0.62 - 0.10 * identity.feminine
    deep = 2.15 if scene.neckline > 0.5 else 1.78
    neck = curve(
        [(0.0, 0.5), (neck_width, 0.5), (neck_width, 1.2), (neck_width + 0.06, 1.45)], per=4
    )
    collar = curve([(neck_width + 0.14, 1.56), (0.4, deep - 0.12), (0.0, deep)], per=5)
    outline = _body(stage, neck, collar)
    rim = np.concatenate([neck[-1:], collar]) * (1.05, 1.02)
    stage.canvas.fill(_body(stage, rim), scaled(cloth, 0.78))
    stage.canvas.fill(outline, scaled(skin, 0.93))
    with stage.canvas.clipped(outline) as layer:
        away = np.array([-0.10 * stage.light[0], 0.20]) * stage.unit
        dark = mix(scaled(skin, 0.72), (120.0, 50.0, 40.0), 0.12)
        layer.flood(scaled(skin, 0.93))
        layer.fill(stage.silhouette + away, dark)
        layer.soften(0.05 * stage.unit)


def draw_ears(stage: Stage) -> None:
    """Both ears; the head, drawn later, hides what lies behind it."""
    identity = stage.face.identity
    skin = skin_colour(identity)
    for side in (-1.0, 1.0):
        ear = curve(_EAR * identity.ear_size, closed=True, per=4)
        inner = curve((_EAR * 0.6 + np.array([0.03, -0.02])) * identity.ear_size, closed=True)
        base = stage.head.width(0.1) - 0.03
        for shape, colour in ((ear, mix(skin, (205.0, 92.0, 78.0), 0.12)), (inner, None)):
            points = np.column_stack(
                [side * (base + shape[:, 0]), 0.10 + shape[:, 1], -0.12 - 0.5 * shape[:, 0]]
            )
            tone = colour or mix(scaled(skin, 0.74), (150.0, 60.0, 50.0), 0.15)
            stage.canvas.fill(stage.camera.project(points), tone)


def draw_skin(stage: Stage) -> None:
    """The head itself, hair and features not yet on it."""
    stage.canvas.fill(stage.silhouette, skin_colour(stage.face.identity))
