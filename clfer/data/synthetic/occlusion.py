"""Things that cover a part of the face: a scarf, a hand, an object."""

import numpy as np

from clfer.data.synthetic.geometry import Points, curve, oval
from clfer.data.synthetic.palette import hsv, mix, scaled, skin_colour
from clfer.data.synthetic.stage import MOUTH_Y, Stage


def draw_occlusion(stage: Stage) -> None:
    """A scarf, a hand or an object in front of the face."""
    kind = stage.face.scene.occlusion
    if kind == "scarf":
        _scarf(stage)
    elif kind == "hand":
        _hand(stage)
    elif kind == "object":
        _object(stage)


def _disc(centre: Points, radius: float) -> Points:
    return oval(float(centre[0]), float(centre[1]), radius, radius)


def _scarf(stage: Stage) -> None:
    scene = stage.face.scene
    cloth = hsv(scene.accessory_hue, 0.5, 0.72)
    top = MOUTH_Y - 0.45 * scene.occlusion_size
    outline = [(-1.0, top - 0.05), (-0.5, top + 0.06), (0.0, top + 0.02), (0.5, top + 0.08)]
    outline += [(1.0, top - 0.02), (1.18, 0.9), (1.2, 2.4), (-1.2, 2.4), (-1.18, 0.9)]
    stage.canvas.fill(stage.at(curve(outline, closed=True), 0.15), cloth)
    for k in range(5):
        y = top + 0.2 + 0.2 * k
        fold = stage.line([(-0.95, y - 0.15), (-0.3, y), (0.3, y + 0.02), (0.95, y - 0.12)], 0.16)
        shade = scaled(cloth, 0.82 if k % 2 else 1.12)
        stage.canvas.fill(stage.outline(fold, 0.06), shade)


def _hand(stage: Stage) -> None:
    """A hand laid against cheek or mouth from below."""
    scene = stage.face.scene
    skin = skin_colour(stage.face.identity)
    outline = scaled(mix(skin, (120.0, 50.0, 40.0), 0.15), 0.75)
    side = 1.0 if scene.occlusion_x > 0 else -1.0
    size = 0.8 + scene.occlusion_size * 0.6
    base = np.array([side * (0.45 + 0.3 * abs(scene.occlusion_x)), 1.25])
    lean = np.deg2rad(-side * 18.0)
    turn = np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]])
    fingers = ((-0.27, 0.62), (-0.09, 0.74), (0.09, 0.70), (0.26, 0.54))
    for x, length in fingers:
        finger = np.array([(x * 0.9, 0.1), (x, -0.5 * length), (x * 1.08, -length)]) * size
        line = stage.at(curve(finger @ turn + base), 0.2)
        width = 0.17 * size * stage.unit
        tip = _disc(line[-1], 0.5 * width)
        stage.canvas.stroke(line, [width + 0.03 * stage.unit], outline)
        stage.canvas.fill(_disc(line[-1], 0.56 * width), outline)
        stage.canvas.stroke(line, [width], skin)
        stage.canvas.fill(tip, skin)
    palm = oval(0.0, 0.35, 0.37, 0.42) * size
    stage.canvas.fill(stage.at(palm @ turn + base, 0.2), skin)


def _object(stage: Stage) -> None:
    """A rounded card, such as a telephone held before the face."""
    scene = stage.face.scene
    colour = hsv(scene.accessory_hue, 0.35, 0.45)
    angles = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
    cos, sin = np.cos(angles), np.sin(angles)
    width, height = 0.75 * scene.occlusion_size, 1.25 * scene.occlusion_size
    x = scene.occlusion_x + width * np.sign(cos) * np.abs(cos) ** 0.35
    y = scene.occlusion_y + 0.3 + height * np.sign(sin) * np.abs(sin) ** 0.35 + 0.2 * x
    card = stage.body.project(np.column_stack([x, y, np.full(len(x), 1.3)]))
    stage.canvas.fill(card, scaled(colour, 0.6))
    stage.canvas.fill(card * 0.93 + card.mean(0) * 0.07, colour)
    lens = card[0] * 0.12 + card[25] * 0.88
    stage.canvas.fill(_disc(lens, 0.06 * stage.unit), (25.0, 25.0, 30.0))
