"""Mouth: lips, teeth and tongue, shaped by AU 10, 12, 15 to 17 and 20 to 27."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from clfer.data.synthetic.geometry import Points, curve, oval
from clfer.data.synthetic.palette import lip_colour, mix, scaled, skin_colour
from clfer.data.synthetic.parameters import FaceParameters
from clfer.data.synthetic.stage import MOUTH_Y, Stage

_LIFT = 0.05


@dataclass(frozen=True)
class MouthShape:
    """Curves of the mouth in face coordinates, each ``[n, 2]`` from left to right."""

    upper_edge: Points
    upper_inner: Points
    lower_inner: Points
    lower_edge: Points
    gap: float
    """Greatest opening between the lips, in head units."""


@lru_cache(maxsize=4)
def mouth_shape(face: FaceParameters) -> MouthShape:
    """Move the resting mouth by the action units."""
    identity, au = face.identity, face.action_units
    part = max(au.au25, 0.6 * au.au26, au.au27)
    gap = 0.055 * au.au25 + 0.15 * au.au26 + 0.30 * au.au27 + 0.05 * au.au16 * part
    gap = max(gap + 0.07 * au.au12 * part - 0.015, 0.0)
    gap = gap if gap > 0.012 else 0.0
    stretch = 0.28 * au.au12 + 0.22 * au.au20 + 0.05 * au.au15 + 0.08 * au.au10
    narrow = 0.14 * au.au23 + 0.10 * au.au24 + 0.20 * au.au27 + 0.10 * au.au26 * (1 - au.au20)
    half = 0.355 * identity.mouth_width * (1.0 + stretch - narrow)
    middle = MOUTH_Y * identity.mouth_height + 0.25 * (identity.nose_length - 1.0)
    middle += -0.035 * au.au10 - 0.03 * au.au9 - 0.05 * au.au17 + 0.02 * au.au12
    corner = -0.155 * au.au12 + 0.125 * au.au15 + 0.03 * au.au20 + 0.04 * au.au17
    corner += -identity.mouth_corner + 0.40 * gap * (1.0 - au.au12)
    tilt = 0.5 * corner * face.asymmetry
    press = 1.0 - 0.45 * au.au23 - 0.62 * au.au24 - 0.22 * au.au12 - 0.20 * au.au20
    thick = max(identity.lip_fullness * press, 0.22)
    top = thick * 0.070 * (1.0 + 0.15 * au.au10)
    bottom = thick * 0.105 * (1.0 + 0.25 * au.au17)
    square = 0.06 * au.au10 + 0.015 * au.au16
    x = np.array([-1.0, -0.6, -0.22, 0.0, 0.22, 0.6, 1.0])
    ends = corner * np.abs(x) ** 1.6 + tilt * x
    bow = np.array([0.0, 0.006, 0.004, 0.012, 0.004, 0.006, 0.0])
    lift = np.array([0.0, 1.0, 0.55, 0.3, 0.55, 1.0, 0.0])
    inner_top = ends + bow - square * lift
    opening = np.array([0.0, 0.74, 0.97, 1.0, 0.97, 0.74, 0.0]) * gap
    dropped = 0.015 * au.au16 * np.array([0.0, 1.0, 1.0, 0.9, 1.0, 1.0, 0.0])
    inner_low = inner_top + opening + dropped + (square * lift if gap == 0.0 else 0.0) * 0.6
    if gap == 0.0:
        inner_low = inner_top + 0.004
    upper = inner_top - top * np.array([0.0, 0.75, 1.12, 0.92, 1.12, 0.75, 0.0])
    lower = inner_low + bottom * np.array([0.0, 0.74, 0.98, 1.0, 0.98, 0.74, 0.0])
    upper_edge, upper_inner, lower_inner, lower_edge = (
        curve(np.stack([half * x, middle + y], axis=1))
        for y in (upper, inner_top, inner_low, lower)
    )
    return MouthShape(upper_edge, upper_inner, lower_inner, lower_edge, gap)


def shade_mouth(stage: Stage) -> None:
    """Shadow under the lower lip, at the corners and on the chin (AU 17)."""
    shape, au = mouth_shape(stage.face), stage.face.action_units
    low = float(shape.lower_edge[:, 1].max())
    middle = len(shape.lower_edge) // 2
    under = float(shape.lower_edge[middle, 1]) + 0.055
    ends = [(1.06 * x, y + 0.01) for x, y in shape.upper_inner[[0, -1]]]
    stage.shade(
        (0.0, under, 0.19, 0.045, 0.17 + 0.12 * au.au17),
        *((x, y, 0.06, 0.06, 0.14 + 0.12 * au.au12) for x, y in ends),
    )
    groove = [(0.0, float(shape.upper_edge[middle, 1]) - y) for y in (0.13, 0.07, 0.02)]
    stage.crease(groove, 0.05, 0.10, 0.06)
    for x, y in ((-0.09, 0.15), (0.0, 0.12), (0.09, 0.15), (-0.04, 0.20), (0.05, 0.20)):
        dimple = [(x - 0.03, low + y), (x, low + y - 0.012), (x + 0.03, low + y)]
        stage.crease(dimple, 0.025, 0.38 * au.au17 - 0.06)


def _interior(stage: Stage, shape: MouthShape) -> None:
    au = stage.face.action_units
    inside = stage.at(np.concatenate([shape.upper_inner, shape.lower_inner[::-1]]), _LIFT)
    with stage.canvas.clipped(inside) as layer:
        layer.fill(inside + 0.0, (66.0, 18.0, 22.0))
        deep = float(shape.lower_inner[len(shape.lower_inner) // 2, 1])
        if shape.gap > 0.13:
            tongue = oval(0.0, deep + 0.03, 0.20, 0.05 + 0.28 * shape.gap)
            layer.fill(stage.at(tongue, _LIFT), (186.0, 82.0, 88.0))
        shown = 0.055 + 0.045 * au.au12 + 0.03 * au.au10 - 0.03 * au.au27
        teeth = np.concatenate(
            [
                shape.upper_inner - 0.02,
                (shape.upper_inner * np.array([0.9, 1.0]) + np.array([0.0, shown]))[::-1],
            ]
        )
        layer.fill(stage.at(teeth, _LIFT), (244.0, 240.0, 230.0))
        bared = 0.06 * au.au16 + 0.035 * au.au20 - 0.03 * au.au27
        if bared > 0.02:
            row = shape.lower_inner * [0.85, 1.0]
            lower = np.concatenate(
                [row + np.array([0.0, 0.02]), (row - np.array([0.0, bared]))[::-1]]
            )
            layer.fill(stage.at(lower, _LIFT), (228.0, 222.0, 210.0))
        shadow = np.concatenate(
            [shape.upper_inner - 0.01, (shape.upper_inner + np.array([0.0, 0.018]))[::-1]]
        )
        layer.blend(stage.at(shadow, _LIFT), (60.0, 20.0, 20.0), 0.45)


def draw_mouth(stage: Stage) -> None:
    """Lips over the mouth's interior, with a line where they meet and light on the lower lip."""
    shape, identity = mouth_shape(stage.face), stage.face.identity
    lips = lip_colour(identity)
    upper = np.concatenate([shape.upper_edge, shape.upper_inner[::-1]])
    lower = np.concatenate([shape.lower_inner, shape.lower_edge[::-1]])
    stage.canvas.fill(stage.at(upper, _LIFT), scaled(lips, 0.86))
    stage.canvas.fill(stage.at(lower, _LIFT), lips)
    n = len(shape.lower_edge)
    centre = slice(n // 4, n - n // 4)
    shine = 0.55 * shape.lower_inner[centre] + 0.45 * shape.lower_edge[centre]
    thick = float(shape.lower_edge[n // 2, 1] - shape.lower_inner[n // 2, 1])
    glow = stage.outline(stage.at(shine * [0.75, 1.0], _LIFT), 0.4 * thick)
    stage.canvas.blend(glow, (255.0, 226.0, 220.0), 0.22 + 0.2 * identity.lipstick)
    dark = mix(scaled(skin_colour(identity), 0.35), (74.0, 20.0, 24.0), 0.6)
    if shape.gap > 0.0:
        _interior(stage, shape)
        return
    seam = stage.at(shape.upper_inner, _LIFT)
    stage.canvas.stroke(seam, np.array([1.2, 0.8, 1.0, 0.8, 1.2]) * 0.022 * stage.unit, dark)
