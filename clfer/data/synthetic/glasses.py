"""Glasses, clear or dark."""

import numpy as np

from clfer.data.synthetic.geometry import Points, curve
from clfer.data.synthetic.palette import hsv
from clfer.data.synthetic.stage import EYE_X, EYE_Y, Stage

_ANGLES = np.linspace(0.0, 2.0 * np.pi, 32, endpoint=False)


def _lens(stage: Stage, side: float, square: bool, size: float) -> Points:
    """Outline of a lens in pixels; glasses curve less than the face."""
    power = 0.55 if square else 1.0
    cos, sin = np.cos(_ANGLES), np.sin(_ANGLES)
    x = side * (EYE_X + 0.01) + 0.31 * size * np.sign(cos) * np.abs(cos) ** power
    y = EYE_Y + 0.03 + (0.22 if square else 0.27) * size * np.sign(sin) * np.abs(sin) ** power
    depth = 1.12 - 0.22 * x**2
    return stage.camera.project(np.column_stack([x, y, depth]))


def _frame(stage: Stage, points: list[tuple[float, float, float]], width: float) -> Points:
    line = stage.camera.project(curve(points))
    return stage.outline(line, width)


def _wears_glasses(stage: Stage) -> bool:
    return stage.face.scene.glasses != "none" or stage.face.scene.occlusion == "sunglasses"


def draw_temples(stage: Stage) -> None:
    """The arms of the glasses, drawn before the hair that may cover them."""
    if not _wears_glasses(stage):
        return
    frame = hsv(stage.face.scene.accessory_hue, 0.5, 0.25)
    for side in (-1.0, 1.0):
        hinge = (side * 0.72, EYE_Y - 0.06, 1.0)
        temple = [hinge, (side * 0.98, EYE_Y - 0.05, 0.6), (side * 1.04, EYE_Y, -0.05)]
        with stage.canvas.clipped(stage.silhouette) as layer:
            layer.fill(_frame(stage, temple, 0.045), frame)


def draw_glasses(stage: Stage) -> None:
    """Clear or dark lenses in a frame with a bridge."""
    if not _wears_glasses(stage):
        return
    scene = stage.face.scene
    dark = scene.occlusion == "sunglasses"
    frame = hsv(scene.accessory_hue, 0.5, 0.25)
    tint, opacity = ((20.0, 20.0, 26.0), 0.93) if dark else ((235.0, 244.0, 255.0), 0.10)
    for side in (-1.0, 1.0):
        lens = _lens(stage, side, scene.glasses == "square", 1.12 if dark else 1.0)
        stage.canvas.blend(lens, tint, opacity)
        stage.canvas.stroke(np.concatenate([lens, lens[:2]]), 0.036 * stage.unit, frame)
        inner = 0.72 * lens[[22, 20, 18]] + 0.28 * lens.mean(0)
        glare = np.concatenate([lens[[17, 20, 23]], inner])
        stage.canvas.blend(glare, (255.0, 255.0, 255.0), 0.18)
    bridge = [(-0.11, EYE_Y, 1.12), (0.0, EYE_Y - 0.035, 1.16), (0.11, EYE_Y, 1.12)]
    stage.canvas.fill(_frame(stage, bridge, 0.04), frame)
