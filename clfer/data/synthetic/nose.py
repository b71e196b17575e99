"""Nose: bridge and tip by light and shadow, wings and nostrils, wrinkled by AU 9."""

import numpy as np

from clfer.data.synthetic.geometry import curve, mirrored, oval
from clfer.data.synthetic.palette import mix, scaled, skin_colour
from clfer.data.synthetic.stage import EYE_Y, NOSE_Y, Stage

_TIP_LIFT = 0.24


def _base(stage: Stage) -> float:
    identity, au = stage.face.identity, stage.face.action_units
    return NOSE_Y * identity.nose_length - 0.05 * au.au9 - 0.02 * au.au10


def shade_nose(stage: Stage) -> None:
    """Relief of the nose; the shadow falls away from the light."""
    identity, face = stage.face.identity, stage.face
    width, base = 0.19 * identity.nose_width, _base(stage)
    away = -float(np.sign(stage.light[0]) or 1.0)
    strength = 0.10 + 0.20 * face.light.light_strength * abs(float(stage.light[0]))
    ridge = [(0.045, EYE_Y - 0.08), (0.05, 0.12), (0.075, base - 0.09)]
    flank = [(width * 0.95, base - 0.02), (0.15, 0.14), (0.13, EYE_Y)]
    shadow = mirrored(np.array(ridge + flank), away)
    lift = np.array([0.06, 0.13, 0.20, 0.08, 0.05, 0.02])
    cast_on = stage.camera.project_surface(shadow, stage.head.depth(shadow) + lift)
    stage.broad.add(cast_on, strength)
    stage.fine.add(cast_on, strength * 0.35)
    bridge = np.array([(0.0, EYE_Y - 0.1), (0.0, 0.12), (0.0, base - 0.16)])
    light = stage.at(bridge - np.array([0.02 * away, 0.0]), 0.14)
    stage.fine.add(stage.outline(light, 0.06), -0.07)
    stage.broad.add(stage.at(oval(-0.03 * away, base - 0.11, 0.055, 0.05), _TIP_LIFT), -0.17)
    stage.fine.add(stage.at(oval(-0.03 * away, base - 0.12, 0.03, 0.025), _TIP_LIFT), -0.10)
    cast = oval(0.04 * away, base + 0.07, width * 1.0, 0.05)
    stage.broad.add(stage.at(cast, 0.02), 0.16 + 0.10 * face.light.light_strength)
    _wings(stage, width, base)


def _wings(stage: Stage, width: float, base: float) -> None:
    au = stage.face.action_units
    flare = 1.0 + 0.12 * au.au9 + 0.06 * au.au10
    for side in (-1.0, 1.0):
        wing = mirrored(
            [
                (width * 0.80 * flare, base - 0.13),
                (width * 1.04 * flare, base - 0.06),
                (width * 1.0 * flare, base + 0.005),
                (width * 0.74, base + 0.03),
            ],
            side,
        )
        stage.crease(wing, 0.030, 0.36 + 0.2 * au.au9, 0.09)
        for k, (x, y) in enumerate(((0.04, 0.03), (0.07, 0.10), (0.09, 0.17))):
            lower = (x + 0.05, EYE_Y + y + 0.055)
            line = mirrored([(x - 0.03, EYE_Y + y), (x + 0.03, EYE_Y + y + 0.02), lower], side)
            stage.crease(line, 0.024, (0.42 - 0.06 * k) * au.au9, 0.07)


def draw_nose(stage: Stage) -> None:
    """Nostrils and the underside of the tip."""
    skin = skin_colour(stage.face.identity)
    width, base = 0.19 * stage.face.identity.nose_width, _base(stage)
    dark = mix(scaled(skin, 0.42), (70.0, 20.0, 20.0), 0.35)
    under = curve(
        [(-width * 0.72, base + 0.02), (0.0, base + 0.045), (width * 0.72, base + 0.02)], per=6
    )
    stage.canvas.stroke(
        stage.at(under, 0.13), np.array([0.1, 1.0, 0.1]) * 0.022 * stage.unit, scaled(skin, 0.68)
    )
    for side in (-1.0, 1.0):
        nostril = mirrored(
            [
                (width * 0.28, base + 0.022),
                (width * 0.48, base - 0.016),
                (width * 0.74, base - 0.006),
                (width * 0.70, base + 0.024),
            ],
            side,
        )
        stage.canvas.fill(stage.at(curve(nostril, closed=True), 0.13), dark)
