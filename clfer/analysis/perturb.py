"""Perturbations of faces, each with a strength in stated units and a neutral one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from clfer.errors import DataError

Place = tuple[float, float]
"""Centre of the patch: across and down, in % of the side."""

Change = Callable[[NDArray[np.uint8], float, Place], NDArray[np.uint8]]
"""From one face uint8 ``[S, S, C]``, the strength and the patch's centre to ``[S, S, C]``."""

CENTRE: Place = (50.0, 50.0)


@dataclass(frozen=True)
class Perturbation:
    """One kind of perturbation.

    Attributes:
        name: Key of :attr:`Settings.strengths`.
        title: For people.
        unit: Unit of the strength.
        low: Smallest strength.
        high: Largest strength.
        step: Step of a slider.
        neutral: The strength that leaves every face as it is.
        strengths: Where its curve is measured, in ascending order; holds the neutral one.
        change: Perturbs one face.
        logarithmic: Whether the strength is a ratio scale, drawn in octaves.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    step: float
    neutral: float
    strengths: tuple[float, ...]
    change: Change
    logarithmic: bool = False

    @property
    def fine_strengths(self) -> tuple[float, ...]:
        """The strengths and the points halfway between them, for the curve of a single face."""
        between = ((a + b) / 2 for a, b in pairwise(self.strengths))
        return tuple(sorted({*self.strengths, *between}))

    def said(self, strength: float) -> str:
        """The strength with its unit."""
        return f"{strength:g}{'' if self.unit == '°' else ' '}{self.unit}"


@dataclass(frozen=True)
class Settings:
    """What is done to a face.

    Attributes:
        strengths: Name and strength of the perturbations that are not neutral.
        place: Centre of the patch.
    """

    strengths: frozenset[tuple[str, float]] = frozenset()
    place: Place = CENTRE

    def at(self, kind: Perturbation, strength: float) -> "Settings":
        """The same with another strength of one kind.

        Raises:
            DataError: the strength is out of range.
        """
        if not kind.low <= strength <= kind.high:
            raise DataError(
                f"The strength {strength:g} of '{kind.name}' is out of range: choose one from "
                f"{kind.low:g} to {kind.high:g} {kind.unit}."
            )
        others = {pair for pair in self.strengths if pair[0] != kind.name}
        own = set() if strength == kind.neutral else {(kind.name, float(strength))}
        return replace(self, strengths=frozenset(others | own))


def perturb(images: NDArray[np.uint8], settings: Settings) -> NDArray[np.uint8]:
    """Perturb faces uint8 ``[N, S, S, C]``; each depends on itself alone.

    What is set is applied in this order, from the scene over the light to the camera: rotation,
    patch, brightness, contrast, blur, resolution.

    Raises:
        DataError: a perturbation is unknown.
    """
    kinds = perturbations(images.shape[1])
    strengths = dict(settings.strengths)
    if unknown := sorted(set(strengths) - set(kinds)):
        raise DataError(
            f"There is no perturbation '{unknown[0]}': choose one of {', '.join(kinds)}."
        )
    changed = images.copy()
    for name, kind in kinds.items():
        if name in strengths:
            for i, image in enumerate(changed):
                changed[i] = kind.change(image, strengths[name], settings.place)
    return changed


def perturbations(side: int) -> dict[str, Perturbation]:
    """All kinds by name, in the order in which they are applied.

    Args:
        side: Side S of the faces in pixels, the neutral resolution.
    """
    pixels = tuple(float(s) for s in (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128) if s < side)
    turns = (-60.0, -40.0, -20.0, 0.0, 20.0, 40.0, 60.0)
    kinds = (
        Perturbation("rotation", "Rotation", "°", -60, 60, 1, 0, turns, _rotate),
        Perturbation(
            "patch", "Patch", "% of the side", 0, 80, 1, 0, (0, 10, 20, 30, 40, 60, 80), _occlude
        ),
        Perturbation(
            "brightness", "Brightness", "stops", -3, 3, 0.1, 0, (-3, -2, -1, 0, 1, 2, 3), _brighten
        ),
        Perturbation(
            "contrast", "Contrast", "×", 0, 3, 0.05, 1, (0, 0.25, 0.5, 1, 1.5, 2, 3), _contrast
        ),
        Perturbation("blur", "Blur", "% of the side", 0, 12, 0.5, 0, (0, 1, 2, 4, 6, 8, 12), _blur),
        Perturbation(
            "resolution", "Resolution", "px", 4, side, 1, side, (*pixels, side), _coarsen, True
        ),
    )
    return {kind.name: kind for kind in kinds}


def _rotate(image: NDArray[np.uint8], degrees: float, _: Place) -> NDArray[np.uint8]:
    """Turn counter-clockwise around the centre; beyond the edge the border is replicated."""
    side = image.shape[0]
    middle = (side - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), degrees, 1.0)
    turned = cv2.warpAffine(
        image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return _like(turned, image)


def _occlude(image: NDArray[np.uint8], size: float, place: Place) -> NDArray[np.uint8]:
    """Cover a square of ``size`` % of the side with the face's mean grey.

    A patch that would reach over the edge is moved inside, so that its area is always the same.
    """
    side = image.shape[0]
    edge = round(size / 100 * side)
    left, top = (round(min(max(at / 100 * side - edge / 2, 0), side - edge)) for at in place)
    covered = image.copy()
    covered[top : top + edge, left : left + edge] = round(float(image.mean()))
    return covered


def _brighten(image: NDArray[np.uint8], stops: float, _: Place) -> NDArray[np.uint8]:
    """Twice the light for every stop; what exceeds white is white."""
    return _like(cv2.convertScaleAbs(image, alpha=2.0**stops), image)


def _contrast(image: NDArray[np.uint8], factor: float, _: Place) -> NDArray[np.uint8]:
    """Stretch the distance of every pixel to the face's mean grey by ``factor``."""
    rest = (1 - factor) * float(image.mean())
    return _like(cv2.addWeighted(image, factor, image, 0.0, rest), image)


def _blur(image: NDArray[np.uint8], sigma: float, _: Place) -> NDArray[np.uint8]:
    """Gaussian blur, σ in % of the side."""
    if sigma == 0:
        return image
    pixels = sigma / 100 * image.shape[0]
    return _like(cv2.GaussianBlur(image, (0, 0), pixels, borderType=cv2.BORDER_REPLICATE), image)


def _coarsen(image: NDArray[np.uint8], pixels: float, _: Place) -> NDArray[np.uint8]:
    """Shrink to ``pixels`` by averaging over areas, and enlarge again bilinearly.

    A face that has no more pixels than that stays as it is.
    """
    side, few = image.shape[0], round(pixels)
    if few >= side:
        return image
    small = cv2.resize(image, (few, few), interpolation=cv2.INTER_AREA)
    return _like(cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR), image)


def _like(changed: cv2.typing.MatLike, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """OpenCV drops a last axis of length one; give it back."""
    return np.asarray(changed, dtype=np.uint8).reshape(image.shape)
