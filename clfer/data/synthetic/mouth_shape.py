"""Shape of the mouth: what AU 10, 12, 15 to 17 and 20 to 27 do to the lips."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from clfer.data.synthetic.action_units import ActionUnits
from clfer.data.synthetic.geometry import Points, curve
from clfer.data.synthetic.parameters import FaceParameters
from clfer.data.synthetic.stage import MOUTH_Y

_SEAM = 0.004


@dataclass(frozen=True)
class MouthShape:
    """Curves of the mouth in face coordinates, each ``[n, 2]`` from left to right."""

    upper_edge: Points
    upper_inner: Points
    lower_inner: Points
    lower_edge: Points
    gap: float
    """Greatest opening between the lips, in head units."""


# Shares of a quantity at seven places across the mouth, from corner to corner.
_ACROSS = np.array([-1.0, -0.6, -0.22, 0.0, 0.22, 0.6, 1.0])
_BOW = np.array([0.0, 0.5, 0.33, 1.0, 0.33, 0.5, 0.0])
_SQUARED = np.array([0.0, 1.0, 0.55, 0.3, 0.55, 1.0, 0.0])
_DROPPED = np.array([0.0, 1.0, 1.0, 0.9, 1.0, 1.0, 0.0])
_OPENED = np.array([0.0, 0.74, 0.97, 1.0, 0.97, 0.74, 0.0])
_UPPER_LIP = np.array([0.0, 0.75, 1.12, 0.92, 1.12, 0.75, 0.0])
_LOWER_LIP = np.array([0.0, 0.74, 0.98, 1.0, 0.98, 0.74, 0.0])


def _gap(au: ActionUnits) -> float:
    """Opening between the lips; a trace of AU 25 leaves them closed."""
    part = max(au.au25, 0.6 * au.au26, au.au27)
    gap = 0.055 * au.au25 + 0.15 * au.au26 + 0.30 * au.au27
    gap += (0.05 * au.au16 + 0.07 * au.au12) * part - 0.015
    return gap if gap > 0.012 else 0.0


def _half_width(face: FaceParameters) -> float:
    au = face.action_units
    stretch = 0.28 * au.au12 + 0.22 * au.au20 + 0.05 * au.au15 + 0.08 * au.au10
    narrow = 0.14 * au.au23 + 0.10 * au.au24 + 0.20 * au.au27 + 0.10 * au.au26 * (1 - au.au20)
    return 0.355 * face.identity.mouth_width * (1.0 + stretch - narrow)


def _line_of_mouth(face: FaceParameters, gap: float) -> NDArray[np.float64]:
    """Height of the upper lip's inner edge at the seven places."""
    identity, au = face.identity, face.action_units
    middle = MOUTH_Y * identity.mouth_height + 0.25 * (identity.nose_length - 1.0)
    middle += -0.035 * au.au10 - 0.03 * au.au9 - 0.05 * au.au17 + 0.02 * au.au12
    corner = -0.155 * au.au12 + 0.125 * au.au15 + 0.03 * au.au20 + 0.04 * au.au17
    corner += -identity.mouth_corner + 0.40 * gap * (1.0 - au.au12)
    ends = corner * (np.abs(_ACROSS) ** 1.6 + 0.5 * face.asymmetry * _ACROSS)
    raised = (0.06 * au.au10 + 0.015 * au.au16) * _SQUARED
    line: NDArray[np.float64] = middle + ends + 0.012 * _BOW - raised
    return line


@lru_cache(maxsize=4)
def mouth_shape(face: FaceParameters) -> MouthShape:
    """Move the resting mouth by the action units."""
    au = face.action_units
    gap, half = _gap(au), _half_width(face)
    press = 1.0 - 0.45 * au.au23 - 0.62 * au.au24 - 0.22 * au.au12 - 0.20 * au.au20
    thick = max(face.identity.lip_fullness * press, 0.22)
    inner_top = _line_of_mouth(face, gap)
    opened = gap * _OPENED + 0.015 * au.au16 * _DROPPED if gap else np.full(7, _SEAM)
    inner_low = inner_top + opened
    upper = inner_top - 0.070 * thick * (1.0 + 0.15 * au.au10) * _UPPER_LIP
    lower = inner_low + 0.105 * thick * (1.0 + 0.25 * au.au17) * _LOWER_LIP
    upper_edge, upper_inner, lower_inner, lower_edge = (
        curve(np.stack([half * _ACROSS, y], axis=1)) for y in (upper, inner_top, inner_low, lower)
    )
    return MouthShape(upper_edge, upper_inner, lower_inner, lower_edge, gap)
