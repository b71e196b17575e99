"""Folds that action units press into the skin, over those that age leaves there."""

import numpy as np

from clfer.data.synthetic.geometry import mirrored, oval
from clfer.data.synthetic.mouth_shape import mouth_shape
from clfer.data.synthetic.stage import EYE_Y, NOSE_Y, Stage


def shade_wrinkles(stage: Stage) -> None:
    """Nasolabial folds, forehead lines, brow furrow, marionette lines and freckles."""
    _nasolabial(stage)
    _forehead(stage)
    _freckles(stage)


def _nasolabial(stage: Stage) -> None:
    identity, au = stage.face.identity, stage.face.action_units
    corner = np.abs(mouth_shape(stage.face).upper_inner[-1])
    wing = 0.21 * identity.nose_width
    depth = 0.03 + 0.16 * identity.age + 0.42 * max(au.au12, 0.9 * au.au10, 0.8 * au.au9)
    bulge = 0.05 + 0.05 * au.au12 + 0.04 * au.au10
    for side in (-1.0, 1.0):
        top = NOSE_Y - 0.10 - 0.03 * au.au9
        fold = [
            (wing, top),
            (0.5 * (wing + corner[0]) + bulge, 0.5 * (top + corner[1]) - 0.03),
            (corner[0] + 0.08, corner[1] - 0.02),
        ]
        stage.crease(mirrored(fold, side), 0.045, depth)
        stage.broad.add(stage.at(mirrored([*fold, (corner[0], 0.75)], side)), 0.16 * depth)
        hang = [
            (corner[0] + x, corner[1] + y) for x, y in ((0.03, 0.04), (0.05, 0.11), (0.04, 0.18))
        ]
        stage.crease(mirrored(hang, side), 0.03, 0.12 * identity.age + 0.28 * au.au15 - 0.04)


def _forehead(stage: Stage) -> None:
    identity, au = stage.face.identity, stage.face.action_units
    raised = max(au.au2, 0.8 * au.au1)
    reach = 0.50 if au.au2 > 0.4 * au.au1 else 0.26
    for y in (-0.50, -0.60, -0.70):
        line = [(-reach, y + 0.02), (-reach / 2, y - 0.01), (0.0, y), (reach / 2, y - 0.01)]
        depth = 0.26 * raised + 0.14 * identity.age - 0.07
        stage.crease([*line, (reach, y + 0.02)], 0.022, depth)
    for side in (-1.0, 1.0):
        furrow = [(0.055, EYE_Y - 0.34), (0.05, EYE_Y - 0.24), (0.065, EYE_Y - 0.15)]
        stage.crease(mirrored(furrow, side), 0.026, 0.50 * au.au4 + 0.06 * identity.age - 0.05)


def _freckles(stage: Stage) -> None:
    identity = stage.face.identity
    if not identity.freckles:
        return
    spots = np.random.default_rng(identity.identity)
    for _ in range(26):
        x, y = spots.uniform(-0.62, 0.62), spots.normal(0.27, 0.09)
        size = spots.uniform(0.006, 0.013)
        stage.fine.add(stage.at(oval(x, y, size, size)), 0.22 * identity.freckles)
