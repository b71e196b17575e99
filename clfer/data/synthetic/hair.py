"""Hair: a shell around the skull, cut open where the face looks out."""

import cv2
import numpy as np
from numpy.typing import NDArray

from clfer.data.synthetic.canvas import Canvas, ribbon, ribbons
from clfer.data.synthetic.geometry import Points, curve, hull, mirrored
from clfer.data.synthetic.hair_styles import STYLES, HairStyle
from clfer.data.synthetic.palette import hair_colour, mix, scaled, skin_colour
from clfer.data.synthetic.stage import Stage


def _curl(start: float) -> Points:
    turn = start + np.linspace(0.0, 4.2, 9)
    return ribbon(np.stack([np.cos(turn), np.sin(turn)], axis=1), [0.1, 0.45, 0.1])


_LOCKS = 18
_TAPER = np.array([0.2, 1.0, 0.8, 0.1])
_CURLS = tuple(_curl(2.3 * k) for k in range(9))


def _outer(stage: Stage, style: HairStyle) -> Points:
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


def _window(stage: Stage, style: HairStyle) -> Points:
    """The opening for the face in pixels: hairline, temples, and down past the chin."""
    side = stage.face.identity.hair_side
    smooth = curve(style.line, per=5) * np.array([side, 1.0])
    if style.bumps:
        low = [(0.86, 0.2), (0.86, 0.5), (0.80, 3.0)]
    elif style.length:
        low = [(0.80, 0.5), (0.76, 1.0), (0.80, 3.0)]
    else:
        low = [(0.91, -0.1), (0.905, 0.18), (1.3, 0.22), (1.3, 3.0)]
    near, far = mirrored(low, side), mirrored(low[::-1], -side)
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
    return [np.array([cx, cy]) + r * disc for cx, cy, r in zip(x, y, radii, strict=True)]


def _locks(stage: Stage, style: HairStyle, rng: np.random.Generator) -> tuple[Points, Points]:
    """Control points of the locks, ``[3, n, 2]`` on top and ``[5, m, 2]`` at the sides."""
    identity = stage.face.identity
    parting = style.parting * identity.hair_side
    volume = identity.hair_volume
    lift, rise = style.inflate * volume, style.crown * volume
    t = np.linspace(-1.25, 1.25, _LOCKS)
    root = parting * (1.0 - 0.3 * np.abs(t)) + 0.06 * t
    x = np.stack([root, 0.55 * t + 0.5 * parting, 0.95 * t]) + rng.normal(0.0, 0.035, (3, _LOCKS))
    y = np.stack([np.full(_LOCKS, -1.36 - lift - rise), np.full(_LOCKS, -1.16 - 0.7 * rise)])
    y = np.concatenate([y, (-0.72 + 0.10 * np.abs(t))[None]])
    edge = np.sign(t) * (stage.head.width(0.2) + lift - 0.10 * (1.3 - np.abs(t)))
    edge = edge + rng.normal(0.0, 0.035, _LOCKS)
    reach = 0.9 * style.length if style.length else 0.15
    low = np.stack([np.full(_LOCKS, -0.1), np.full(_LOCKS, reach)])
    side = np.abs(t) > 0.75
    top = np.stack([x, y], axis=-1)
    hanging = np.concatenate([top, np.stack([np.stack([edge, edge]), low], axis=-1)])
    return top[:, ~side], hanging[:, side]


def _strands(stage: Stage, style: HairStyle, layer: Canvas) -> None:
    """Lighter and darker locks that run from the parting to the ends."""
    base = hair_colour(stage.face.identity)
    rng = np.random.default_rng([stage.face.identity.identity, 5])
    tones = [mix(base, scaled(base, k), 0.75) for k in (0.80, 1.20)]
    lift = style.inflate * stage.face.identity.hair_volume + 0.02
    for control in _locks(stage, style, rng):
        smooth = curve(control.reshape(len(control), -1), per=5)
        lines = stage.at(smooth.reshape(-1, 2), lift).reshape(len(smooth), -1, 2)
        widths = 0.045 * stage.unit * rng.uniform(0.5, 1.5, lines.shape[1])
        for outline in ribbons(lines, _TAPER[:, None] * widths):
            layer.fill(outline, tones[rng.integers(2)])


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
    style = STYLES.get(identity.hair_style)
    if style is None:
        return
    dark = scaled(hair_colour(identity), 0.72)
    if identity.hair_style == "bun":
        angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        bun = np.stack([0.42 * np.cos(angles), -1.52 + 0.34 * np.sin(angles)], axis=1)
        knot = np.column_stack([bun, np.full(len(bun), -0.35)])
        stage.canvas.fill(stage.camera.project(knot), scaled(dark, 1.15))
    if style.length or style.bumps:
        stage.canvas.fill(_outer(stage, style), dark)


def draw_hair(stage: Stage) -> None:
    """The hair over the skull and beside the face."""
    identity = stage.face.identity
    style = STYLES.get(identity.hair_style)
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
    style = STYLES.get(stage.face.identity.hair_style)
    if style is None:
        return
    window = _window(stage, style)
    stage.broad.add(stage.silhouette, 0.20)
    inner = window + np.array([0.0, 0.09]) * stage.unit
    stage.broad.add(inner, -0.20)
