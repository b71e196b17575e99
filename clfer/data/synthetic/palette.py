"""Colours of skin, hair, eyes, lips and cloth."""

import colorsys

import numpy as np

from clfer.data.synthetic.parameters import Colour, Identity

SKIN_TONES = np.array(
    [
        (246, 216, 197),
        (242, 205, 180),
        (230, 184, 154),
        (212, 162, 126),
        (188, 134, 98),
        (156, 106, 74),
        (132, 88, 63),
        (104, 69, 52),
    ],
    dtype=np.float64,
)

HAIR_COLOURS: tuple[Colour, ...] = (
    (226, 190, 130),
    (196, 152, 92),
    (172, 92, 52),
    (140, 96, 60),
    (104, 68, 44),
    (74, 48, 34),
    (52, 36, 30),
    (36, 28, 28),
    (168, 166, 164),
    (216, 214, 210),
    (176, 70, 96),
    (64, 96, 140),
)
"""Blond to black, then two greys, then two dyes."""

EYE_COLOURS: tuple[Colour, ...] = (
    (66, 40, 24),
    (92, 58, 32),
    (118, 82, 44),
    (104, 118, 66),
    (84, 132, 160),
    (112, 140, 154),
)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """``share`` of the second colour in the first."""
    r, g, b = (a + (c - a) * share for a, c in zip(first, second, strict=True))
    return r, g, b


def scaled(colour: Colour, factor: float) -> Colour:
    """The colour darkened or lightened, kept within 0 to 255."""
    r, g, b = (min(255.0, max(0.0, c * factor)) for c in colour)
    return r, g, b


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour by hue, saturation and value, each 0 to 1."""
    r, g, b = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return 255.0 * r, 255.0 * g, 255.0 * b


def skin_colour(identity: Identity) -> Colour:
    """Skin of a person, interpolated on the tone scale and shifted by warmth."""
    place = identity.skin_tone * (len(SKIN_TONES) - 1)
    low = min(int(place), len(SKIN_TONES) - 2)
    tone = SKIN_TONES[low] + (place - low) * (SKIN_TONES[low + 1] - SKIN_TONES[low])
    warm = identity.skin_warmth
    return float(tone[0] + 2 * warm), float(tone[1] + 3 * warm), float(tone[2] - 7 * warm)


def lip_colour(identity: Identity) -> Colour:
    """Natural lips are a redder skin; lipstick goes over them."""
    skin = skin_colour(identity)
    natural = mix(scaled(skin, 0.86), (178.0, 62.0, 72.0), 0.42 - 0.17 * identity.skin_tone)
    return mix(natural, (176.0, 30.0, 58.0), 0.6 * identity.lipstick)


def hair_colour(identity: Identity) -> Colour:
    """Hair of the head; brows and beard are derived from it."""
    return HAIR_COLOURS[identity.hair_colour]


def brow_colour(identity: Identity) -> Colour:
    """Brows are darker than light hair and never lighter than the skin."""
    dark = mix(hair_colour(identity), (46.0, 32.0, 26.0), 0.55)
    return mix(dark, scaled(skin_colour(identity), 0.4), 0.15)
