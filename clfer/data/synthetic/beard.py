"""Stubble, moustaches and beards, drawn before the lips."""

import numpy as np

from clfer.data.synthetic.geometry import Points, curve, mirrored
from clfer.data.synthetic.mouth_shape import mouth_shape
from clfer.data.synthetic.palette import brow_colour, hair_colour, mix, skin_colour
from clfer.data.synthetic.stage import NOSE_Y, Stage


def _symmetric(half: list[tuple[float, float]]) -> Points:
    right = np.array(half)
    return curve(np.concatenate([right, mirrored(right[::-1], -1.0)]), closed=True, per=4)


def draw_beard(stage: Stage) -> None:
    """The person's beard, if any; the jaw carries it along when it drops."""
    identity = stage.face.identity
    if identity.beard == "none":
        return
    opacity = {"stubble": 0.20, "full": 0.96}.get(identity.beard, 0.88)
    colour = mix(mix(hair_colour(identity), brow_colour(identity), 0.4), skin_colour(identity), 0.1)
    thickness = 1.05 if identity.beard == "full" else 1.0
    middle = stage.silhouette.mean(0)
    with stage.canvas.clipped(middle + thickness * (stage.silhouette - middle)) as layer:
        for outline in _outlines(stage, identity.beard):
            layer.blend(stage.at(outline, 0.03), colour, opacity)


def _outlines(stage: Stage, kind: str) -> list[Points]:
    shape = mouth_shape(stage.face)
    middle = len(shape.upper_edge) // 2
    corner_x, corner_y = np.abs(shape.upper_inner[-1])
    lip = float(shape.upper_edge[middle, 1])
    low = float(shape.lower_edge[middle, 1])
    chin = stage.head.chin
    top = max(lip - 0.13, NOSE_Y + 0.06)
    moustache = _symmetric(
        [
            (0.02, top),
            (0.20, top + 0.01),
            (corner_x + 0.05, corner_y - 0.02),
            (corner_x + 0.03, corner_y + 0.06),
            (0.18, lip + 0.05),
            (0.02, lip + 0.02),
        ]
    )
    goatee = _symmetric(
        [(0.02, low + 0.05), (0.16, low + 0.04), (0.27, chin - 0.16), (0.18, chin), (0.02, chin)]
    )
    side = 1.1 * stage.head.width(0.8)
    full = _symmetric(
        [
            (0.02, low + 0.04),
            (corner_x * 0.7, low + 0.01),
            (corner_x + 0.10, corner_y),
            (0.70, 0.62),
            (0.88, 0.25),
            (1.02, 0.2),
            (side + 0.1, 0.8),
            (0.6, 1.3),
            (0.02, chin + 0.25),
        ]
    )
    return {
        "stubble": [full, moustache],
        "moustache": [moustache],
        "goatee": [moustache, goatee],
        "full": [full, moustache],
    }[kind]
