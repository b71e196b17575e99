"""Lips, teeth and tongue, and the shadows around the mouth."""

import numpy as np

from clfer.data.synthetic.geometry import oval
from clfer.data.synthetic.mouth_shape import MouthShape, mouth_shape
from clfer.data.synthetic.palette import lip_colour, mix, scaled, skin_colour
from clfer.data.synthetic.stage import Stage

_LIFT = 0.05


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
