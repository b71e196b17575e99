"""Eyes: lids moved by AU 5, 6, 7 and 9, iris, pupil, catch light, lashes and creases."""

from functools import lru_cache

import numpy as np

from clfer.data.synthetic.canvas import Canvas
from clfer.data.synthetic.geometry import Points, curve, mirrored
from clfer.data.synthetic.palette import EYE_COLOURS, mix, scaled, skin_colour
from clfer.data.synthetic.parameters import FaceParameters
from clfer.data.synthetic.stage import EYE_X, EYE_Y, Stage

_HALF_WIDTH = 0.225
_IRIS = 0.108


@lru_cache(maxsize=8)
def _lids(face: FaceParameters, side: float) -> tuple[Points, Points]:
    """Upper and lower lid from the inner to the outer corner, face coordinates ``[n, 2]``."""
    identity, au = face.identity, face.action_units
    half = _HALF_WIDTH * (0.5 + 0.5 * identity.eye_size)
    narrowed = 0.32 * au.au7 + 0.22 * au.au6 + 0.25 * au.au9 + 0.10 * au.au4
    upper = 0.108 * identity.eye_size * (1.0 + 0.62 * au.au5 - narrowed)
    lower = (
        0.072
        * identity.eye_size
        * (1.0 + 0.15 * au.au5 - 0.60 * au.au7 - 0.80 * au.au6 - 0.35 * au.au9)
    )
    upper = max(upper - 0.012 * au.au1 * au.au4 * (1.0 - au.au5), 0.03)
    lower = max(lower, -0.012)
    tilt = identity.eye_tilt * half - 0.035 * au.au1 * au.au4 * (1.0 - au.au5)
    inner = 0.02 * au.au1 * au.au4
    top = [
        (-1.0, 0.012),
        (-0.55, -upper * 0.80 - inner),
        (0.0, -upper),
        (0.55, -upper * 0.82),
        (1.0, 0.0),
    ]
    bottom = [
        (-1.0, 0.012),
        (-0.5, lower * 0.75),
        (0.1, lower),
        (0.6, lower * 0.85),
        (1.0, 0.0),
    ]
    centre = np.array([EYE_X * identity.eye_spacing, EYE_Y])
    result = []
    for lid in (top, bottom):
        points = np.array(lid)
        points[:, 1] -= tilt * (0.5 + 0.5 * points[:, 0])
        points[:, 0] *= half
        result.append(mirrored(curve(points + centre), side))
    return result[0], result[1]


def _eyeball(stage: Stage, layer: Canvas, side: float, upper: Points) -> None:
    """Sclera, iris, pupil, the shadow of the lid, and the light mirrored in the eye."""
    identity, pose = stage.face.identity, stage.face.pose
    iris = EYE_COLOURS[identity.eye_colour]
    centre = side * EYE_X * identity.eye_spacing
    x, y = centre + 0.07 * pose.gaze_x, EYE_Y - 0.018 + 0.04 * pose.gaze_y
    r = _IRIS * (0.6 + 0.4 * identity.eye_size)
    dx, dy = np.array([stage.light[0], min(stage.light[1], -0.2)]) * r * 0.55
    sclera, corner, rim, disc, glow, pupil, glint, mirror = stage.ovals(
        (centre, EYE_Y, 0.5, 0.4),
        (centre - side * 0.215, EYE_Y, 0.045, 0.05),
        (x, y, r, r),
        (x, y + 0.004, 0.86 * r, 0.86 * r),
        (x, y + 0.03, 0.62 * r, 0.5 * r),
        (x, y, 0.46 * r, 0.46 * r),
        (x + dx, y + dy, 0.24 * r, 0.24 * r),
        (x - dx, y - dy, 0.15 * r, 0.15 * r),
    )
    layer.fill(sclera, (240.0, 236.0, 232.0))
    layer.fill(corner, (226.0, 168.0, 160.0))
    layer.fill(rim, scaled(iris, 0.5))
    layer.fill(disc, iris)
    layer.fill(glow, mix(iris, (235.0, 210.0, 160.0), 0.28))
    layer.fill(pupil, (16.0, 12.0, 12.0))
    shadow = np.concatenate([upper, (upper + np.array([0.0, 0.032]))[::-1]])
    layer.blend(stage.at(shadow), (60.0, 40.0, 40.0), 0.42)
    layer.fill(glint, (255.0, 255.0, 255.0))
    layer.fill(mirror, mix(iris, (255.0, 255.0, 255.0), 0.4))


def shade_eyes(stage: Stage) -> None:
    """Lid creases, bags and crow's feet, which belong to the skin."""
    identity, au = stage.face.identity, stage.face.action_units
    for side in (-1.0, 1.0):
        upper, lower = _lids(stage.face, side)
        fold = upper[3:-2] + np.array([0.0, -0.050 + 0.022 * au.au5 + 0.012 * au.au4])
        stage.crease(fold[::4], 0.024, 0.34 - 0.12 * au.au5)
        bag = lower[5:-3] + np.array([0.0, 0.075 - 0.02 * au.au6])
        stage.crease(bag[::4], 0.035, 0.06 + 0.14 * identity.age + 0.22 * max(au.au6, au.au7))
        corner = upper[-1]
        depth = 0.34 * au.au6 + 0.16 * identity.age - 0.06
        for rise, reach in ((-0.07, 0.13), (0.0, 0.16), (0.07, 0.13)):
            start = corner + np.array([side * 0.05, rise * 0.5])
            end = corner + np.array([side * reach, rise * 1.3])
            stage.crease([start, (start + end) / 2, end], 0.018, depth)


def draw_eyes(stage: Stage) -> None:
    """Both eyes with their lashes."""
    identity = stage.face.identity
    skin = skin_colour(identity)
    lash = (30.0, 20.0, 20.0)
    for side in (-1.0, 1.0):
        upper, lower = _lids(stage.face, side)
        opening = stage.at(np.concatenate([upper, lower[::-1]]))
        with stage.canvas.clipped(opening) as layer:
            _eyeball(stage, layer, side, upper)
        under = stage.at(lower)
        stage.canvas.stroke(
            under, np.array([0.3, 1.0, 1.0]) * 0.016 * stage.unit, mix(skin, (70, 30, 26), 0.55)
        )
        wing = 0.05 * identity.feminine * np.array([side, -0.55])
        edge = np.concatenate([upper, upper[-1:] + wing])
        width = (0.024 + 0.016 * identity.feminine) * stage.unit
        stage.canvas.stroke(stage.at(edge), np.array([0.35, 0.8, 1.0, 1.15, 0.3]) * width, lash)
