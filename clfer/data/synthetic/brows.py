"""Brows: raised at the inner end by AU 1, at the outer by AU 2, drawn down and in by AU 4."""

import numpy as np

from clfer.data.synthetic.geometry import Points, curve, mirrored
from clfer.data.synthetic.palette import brow_colour, mix, skin_colour
from clfer.data.synthetic.stage import EYE_X, EYE_Y, Stage

_X = np.array([-0.23, -0.10, 0.05, 0.20, 0.33])
_ARCH = np.array([0.0, 0.025, 0.05, 0.048, -0.005])
_INNER = np.array([1.0, 0.62, 0.22, 0.0, -0.06])
_OUTER = np.array([0.10, 0.35, 0.80, 1.0, 0.85])
_LOWERED = np.array([1.0, 0.80, 0.50, 0.25, 0.10])
_WIDTHS = np.array([0.036, 0.082, 0.076, 0.054, 0.012])


def _brow(stage: Stage, side: float) -> Points:
    identity, au = stage.face.identity, stage.face.action_units
    uneven = 1.0 + side * stage.face.asymmetry
    y = EYE_Y - 0.245 * identity.brow_height - identity.brow_arch * _ARCH
    y = y + identity.brow_tilt * np.array([1.0, 0.4, 0.0, -0.4, -0.6])
    free = 1.0 - 0.75 * au.au1
    moved = -0.155 * au.au1 * _INNER - 0.130 * au.au2 * _OUTER
    moved = moved + (0.125 * au.au4 * free + 0.055 * au.au9) * _LOWERED
    moved = moved + 0.035 * au.au4 * au.au1 * np.array([0.0, 0.2, 0.8, 1.2, 1.4])
    inward = np.array([1.0, 0.8, 0.5, 0.2, 0.0]) * (0.06 * au.au4 + 0.02 * au.au9)
    x = EYE_X * identity.eye_spacing + _X - inward
    return mirrored(curve(np.stack([x, y + uneven * moved], axis=1)), side)


def draw_brows(stage: Stage) -> None:
    """Both brows, soft at the inner end and pointed at the outer."""
    identity = stage.face.identity
    colour = brow_colour(identity)
    soft = mix(colour, skin_colour(identity), 0.35)
    for side in (-1.0, 1.0):
        line = stage.at(_brow(stage, side), 0.02)
        widths = _WIDTHS * identity.brow_thickness * stage.unit
        stage.canvas.stroke(line, widths * 1.10, soft)
        stage.canvas.stroke(line[1:-1], widths * 0.84, colour)
