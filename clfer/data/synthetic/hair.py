"""Hair: a shell around the skull, cut open where the face looks out."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from clfer.data.synthetic.canvas import Canvas, ribbon
from clfer.data.synthetic.geometry import Points, curve, hull
from clfer.data.synthetic.palette import hair_colour, mix, scaled, skin_colour
from clfer.data.synthetic.stage import Stage

_Line = tuple[tuple[float, float], ...]

_HIGH: _Line = ((-0.84, -0.32), (-0.72, -0.70), (-0.38, -0.90), (0.0, -0.94), (0.38, -0.90))
_RECEDING: _Line = ((-0.86, -0.36), (-0.66, -0.92), (-0.36, -1.06), (0.0, -0.97), (0.36, -1.06))
_FRINGE: _Line = ((-0.84, -0.15), (-0.74, -0.40), (-0.38, -0.47), (0.0, -0.50), (0.38, -0.47))
_SWEPT: _Line = ((-0.90, -0.20), (-0.86, -0.55), (-0.62, -0.88), (-0.30, -1.00), (0.30, -0.82))
_MIDDLE: _Line = ((-0.80, 0.02), (-0.76, -0.40), (-0.52, -0.78), (0.0, -1.10), (0.52, -0.78))


def _curl(start: float) -> Points:
    turn = start + np.linspace(0.0, 4.2, 9)
    return ribbon(np.stack([np.cos(turn), np.sin(turn)], axis=1), [0.1, 0.45, 0.1])


_CURLS = tuple(_curl(2.3 * k) for k in range(9))


@dataclass(frozen=True)
class _Style:
    line: _Line
    """Hairline from the left temple over the forehead; the right temple mirrors the left."""
    inflate: float
    """Thickness of the hair above the skull."""
    side_to: float
    """Height down to which the sides are covered."""
    length: float
    """Lower end of hair that hangs behind and beside the face; 0 for none."""
    bumps: int = 0
    """Number of curls along the outline."""
    crown: float = 0.0
    """Additional height above the forehead."""


_STYLES: dict[str, _Style] = {
    "buzz": _Style(_HIGH, 0.02, -0.05, 0.0),
    "short": _Style(_HIGH, 0.10, 0.05, 0.0),
    "side_part": _Style(_SWEPT, 0.12, 0.05, 0.0, crown=0.06),
    "quiff": _Style(_HIGH, 0.08, 0.0, 0.0, crown=0.24),
    "curly": _Style(_HIGH, 0.17, 0.10, 0.0, bumps=17),
    "afro": _Style(_HIGH, 0.36, 0.35, 0.0, bumps=26),
    "bob": _Style(_SWEPT, 0.15, 0.4, 1.05),
    "fringe_bob": _Style(_FRINGE, 0.14, 0.4, 0.95),
    "long": _Style(_SWEPT, 0.13, 0.4, 2.0),
    "long_part": _Style(_MIDDLE, 0.12, 0.4, 2.1),
    "bun": _Style(_HIGH, 0.06, 0.05, 0.0),
}


def _outer(stage: Stage, style: _Style) -> Points:
    """Outline of the hair in pixels."""
    identity = stage.face.identity
    inflate = style.inflate * identity.hair_volume
    shell = stage.head.shell(inflate=inflate, to=style.side_to)
    top = np.clip(-(shell[:, 1] + 0.9) / 0.5, 0.0, 1.0) * np.clip(shell[:, 2] + 0.5, 0.0, 1.2)
    shell[:, 1] -= style.crown * identity.hair_volume * top
    if style.length:
        wide = stage.head.width(0.2) + inflate
        hang = [(wide + 0.04, 0.3), (wide + 0.06, 0.6 * style.length)]
        hang += [(wide + 0.02, 0.88 * style.length), (wide - 0.14, style.length)]
        ends = [(s * x, y, z) for s in (-1.0, 1.0) for x, y in hang for z in (-0.7, 0.0)]
        shell = np.concatenate([shell, np.array(ends)])
    return hull(stage.camera.project(shell))


def _window(stage: Stage, style: _Style) -> Points:
    """The opening for the face in pixels: hairline, temples, and down past the chin."""
    side = stage.face.identity.hair_side
    left = np.array(style.line)
    line = np.concatenate([left, left[:1] * [-1.0, 1.0]])
    if style.line is not _SWEPT:
        line = np.insert(line, len(left), left[1] * [-1.0, 1.0], axis=0)
    else:
        line = np.insert(line, len(left), (0.70, -0.46), axis=0)
    smooth = curve(line, per=5) * [side, 1.0]
    if style.length:
        low = [(0.80, 0.5), (0.76, 1.0), (0.80, 3.0)]
    else:
        low = [(0.91, -0.1), (0.905, 0.18), (1.3, 0.22), (1.3, 3.0)]
    first = side * np.sign(line[-1, 0])
    near = np.array(low) * [first, 1.0]
    far = np.array(low[::-1]) * [-first, 1.0]
    return stage.at(np.concatenate([smooth, near, far]), 0.02)


def _scalloped(outline: Points, count: int, depth: float) -> list[Points]:
    """Discs along an outline that make it curly."""
    at = np.linspace(0, len(outline), count, endpoint=False).astype(int)
    closed = np.concatenate([outline, outline[:1]])
    steps = np.concatenate([[0.0], np.cumsum(np.sqrt((np.diff(closed, axis=0) ** 2).sum(1)))])
    where = np.linspace(0.0, steps[-1], count, endpoint=False)
    x, y = (np.interp(where, steps, closed[:, k]) for k in (0, 1))
    angles = np.linspace(0.0, 2 * np.pi, 14, endpoint=False)
    radii = depth * (0.85 + 0.3 * ((at * 7919) % 11) / 11)
    disc = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [
        np.array([cx, cy]) + r * disc for cx, cy, r in zip(x, y, radii, strict=True)
    ]


def _strands(stage: Stage, style: _Style, layer: Canvas) -> None:
    """Lighter and darker locks that run from the parting to the ends."""
    identity = stage.face.identity
    base = hair_colour(identity)
    parting = {id(_SWEPT): -0.42, id(_MIDDLE): 0.0}.get(id(style.line), 0.12) * identity.hair_side
    reach = style.length * 0.9 if style.length else 0.15
    lift = style.inflate * identity.hair_volume
    rise = style.crown * identity.hair_volume
    order = np.random.default_rng([identity.identity, 5])
    for t in np.linspace(-1.25, 1.25, 18):
        jitter = order.normal(0.0, 0.035, 4)
        x = np.array([parting * (1 - abs(t) * 0.3) + 0.06 * t, 0.55 * t + 0.5 * parting, 0.95 * t])
        y = np.array([-1.36 - lift - rise, -1.16 - 0.7 * rise, -0.72 + 0.10 * abs(t)])
        points = np.stack([x + jitter[:3], y], axis=1)
        if abs(t) > 0.75:
            edge = np.sign(t) * (stage.head.width(0.2) + lift - 0.10 * (1.3 - abs(t)) + jitter[3])
            points = np.concatenate([points, [(edge, -0.1), (edge, reach)]])
        tone = scaled(base, float(0.80 if order.uniform() < 0.5 else 1.20))
        width = 0.045 * (0.5 + order.uniform()) * stage.unit
        line = stage.line(points, lift + 0.02)
        layer.stroke(line, np.array([0.2, 1.0, 0.8, 0.1]) * width, mix(base, tone, 0.75))


def _curls(stage: Stage, layer: Canvas, inside: Points, count: int) -> None:
    """Round tufts, lighter where they face up."""
    base = hair_colour(stage.face.identity)
    place = np.random.default_rng([stage.face.identity.identity, 6])
    tones = (scaled(base, 0.78), scaled(base, 1.22))
    centres = place.uniform(inside.min(0), inside.max(0), (count * 4, 2))
    radii = stage.unit * place.uniform(0.04, 0.08, count * 4)
    for k, (centre, radius) in enumerate(zip(centres, radii, strict=True)):
        layer.fill(centre + radius * _CURLS[k % len(_CURLS)], tones[k % 2])


def draw_back_hair(stage: Stage) -> None:
    """What hangs or stands behind head and shoulders."""
    identity = stage.face.identity
    style = _STYLES.get(identity.hair_style)
    if style is None:
        return
    dark = scaled(hair_colour(identity), 0.72)
    if identity.hair_style == "bun":
        angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        bun = np.stack([0.42 * np.cos(angles), -1.52 + 0.34 * np.sin(angles)], axis=1)
        knot = np.column_stack([bun, np.full(len(bun), -0.35)])
        stage.canvas.fill(stage.camera.project(knot), scaled(dark, 1.15))
    if style.length or style.bumps > 20:
        stage.canvas.fill(_outer(stage, style), dark)


def draw_hair(stage: Stage) -> None:
    """The hair over the skull and beside the face."""
    identity = stage.face.identity
    style = _STYLES.get(identity.hair_style)
    if style is None:
        return
    outer, window = _outer(stage, style), _window(stage, style)
    colour = hair_colour(identity)
    if identity.hair_style == "buzz":
        colour = mix(colour, skin_colour(identity), 0.35)
    layer = Canvas(stage.canvas.pixels.copy())
    layer.fill(outer, colour)
    mask: NDArray[np.uint8] = np.zeros((stage.size, stage.size), dtype=np.uint8)
    cover = Canvas(mask)
    cover.fill(outer, (255.0, 255.0, 255.0))
    if style.bumps:
        for disc in _scalloped(outer, style.bumps, 0.15 * stage.unit):
            layer.fill(disc, colour)
            cover.fill(disc, (255.0, 255.0, 255.0))
        _curls(stage, layer, outer, style.bumps)
    elif identity.hair_style != "buzz":
        _strands(stage, style, layer)
    cover.fill(window, (0.0, 0.0, 0.0))
    cv2.copyTo(layer.pixels, mask, stage.canvas.pixels)


def hair_shadow(stage: Stage) -> None:
    """Soft shadow that the hair throws on the forehead and temples."""
    style = _STYLES.get(stage.face.identity.hair_style)
    if style is None:
        return
    window = _window(stage, style)
    stage.broad.add(stage.silhouette, 0.20)
    inner = window + np.array([0.0, 0.09]) * stage.unit
    stage.broad.add(inner, -0.20)
