"""Hair styles as hairline, volume and length."""

from dataclasses import dataclass

Hairline = tuple[tuple[float, float], ...]
"""Face points from the left temple over the forehead to the right temple."""


def _even(*left: tuple[float, float]) -> Hairline:
    """A symmetric hairline from its left half and the middle point."""
    return left + tuple((-x, y) for x, y in reversed(left[:-1]))


_HIGH = _even((-0.84, -0.32), (-0.72, -0.70), (-0.38, -0.90), (0.0, -0.94))
_FRINGE = _even((-0.84, -0.15), (-0.74, -0.40), (-0.38, -0.47), (0.0, -0.50))
_MIDDLE = _even((-0.80, 0.02), (-0.76, -0.40), (-0.52, -0.78), (0.0, -1.10))
_SWEPT: Hairline = (
    (-0.90, -0.20),
    (-0.86, -0.55),
    (-0.62, -0.88),
    (-0.30, -1.00),
    (0.30, -0.82),
    (0.70, -0.46),
    (0.90, -0.20),
)


@dataclass(frozen=True)
class HairStyle:
    """How a style covers the head; lengths in head units."""

    line: Hairline
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
    parting: float = 0.12
    """Place of the parting beside the middle."""


STYLES: dict[str, HairStyle] = {
    "buzz": HairStyle(_HIGH, 0.02, -0.05, 0.0),
    "short": HairStyle(_HIGH, 0.10, 0.05, 0.0),
    "side_part": HairStyle(_SWEPT, 0.12, 0.05, 0.0, crown=0.06, parting=-0.42),
    "quiff": HairStyle(_HIGH, 0.08, 0.0, 0.0, crown=0.24),
    "curly": HairStyle(_HIGH, 0.17, 0.10, 0.0, bumps=17),
    "afro": HairStyle(_HIGH, 0.36, 0.35, 0.0, bumps=26),
    "bob": HairStyle(_SWEPT, 0.15, 0.4, 1.05, parting=-0.42),
    "fringe_bob": HairStyle(_FRINGE, 0.14, 0.4, 0.95),
    "long": HairStyle(_SWEPT, 0.13, 0.4, 2.0, parting=-0.42),
    "long_part": HairStyle(_MIDDLE, 0.12, 0.4, 2.1, parting=0.0),
    "bun": HairStyle(_HIGH, 0.06, 0.05, 0.0),
}
