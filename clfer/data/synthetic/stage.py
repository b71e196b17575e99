"""What every drawing step needs: the canvas, the shading layers, the head and the cameras."""

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clfer.data.synthetic.canvas import Canvas, SoftLayer, ribbon, ribbons
from clfer.data.synthetic.geometry import Camera, HeadShape, Points, curve, hull, oval
from clfer.data.synthetic.parameters import FaceParameters

EYE_Y = -0.04
EYE_X = 0.40
NOSE_Y = 0.47
MOUTH_Y = 0.80

_TAPER = np.array([0.2, 0.8, 1.0, 0.8, 0.2])
_FAINTEST = 0.03


class Stage:
    """One face being drawn on a square canvas of ``size`` pixels.

    Attributes:
        canvas: The figure, transparent around it.
        broad, fine: Soft darkness of the skin: wide shadows, and wrinkles.
        blush: Soft redness of the skin.
        head: Surface of the head, jaw dropped as the action units ask.
        camera: Projects head coordinates. ``body`` does so for the shoulders, which turn less.
    """

    def __init__(self, face: FaceParameters, size: int) -> None:
        units, pose = face.action_units, face.pose
        self.face = face
        self.size = size
        self.canvas = Canvas.blank(size)
        self.broad = SoftLayer(size, 2)
        self.blush = SoftLayer(size, 4)
        self.fine = SoftLayer(size, 1)
        self._creases: dict[int, list[tuple[Points, float, float, float]]] = {}
        self.jaw_drop = 0.10 * units.au26 + 0.20 * units.au27
        self.head = HeadShape(face.identity, self.jaw_drop)
        self.camera = Camera(pose, size)
        self.body = Camera(
            replace(pose, yaw=0.25 * pose.yaw, pitch=0.0, roll=0.25 * pose.roll), size
        )
        azimuth = np.deg2rad(face.light.light_azimuth)
        elevation = np.deg2rad(face.light.light_elevation)
        self.light: NDArray[np.float64] = np.array(
            [
                np.sin(azimuth) * np.cos(elevation),
                -np.sin(elevation),
                np.cos(azimuth) * np.cos(elevation),
            ]
        )

    @property
    def unit(self) -> float:
        """Pixels in one head unit."""
        return self.camera.unit

    @cached_property
    def silhouette(self) -> Points:
        """Outline of the bare head in pixels."""
        return hull(self.camera.project(self.head.shell()))

    def at(self, points: ArrayLike, lift: float | NDArray[np.float64] = 0.0) -> Points:
        """Pixels ``[n, 2]`` of face points ``[n, 2]`` lying ``lift`` above the surface."""
        flat = np.asarray(points, dtype=np.float64)
        return self.camera.project_surface(flat, self.head.depth(flat) + lift)

    def line(self, points: ArrayLike, lift: float = 0.0, per: int = 5) -> Points:
        """A smooth open curve on the face, in pixels."""
        return self.at(curve(points, per=per), lift)

    def ovals(self, *shapes: tuple[float, float, float, float], lift: float = 0.0) -> list[Points]:
        """Outlines in pixels of ovals on the face: x, y, half width, half height of each."""
        outlines = np.concatenate([oval(*shape) for shape in shapes])
        return np.split(self.at(outlines, lift), len(shapes))

    def shade(self, *spots: tuple[float, float, float, float, float]) -> None:
        """Darken wide soft ovals of the skin; negative values lighten.

        Each spot is x, y, half width, half height (head units) and darkness.
        """
        for spot, outline in zip(spots, self.ovals(*(s[:4] for s in spots)), strict=True):
            self.broad.add(outline, spot[4])

    def crease(self, points: ArrayLike, width: float, value: float, lift: float = 0.0) -> None:
        """Note a soft tapered wrinkle of the given greatest width, in head units."""
        if value > _FAINTEST:
            control = np.asarray(points, dtype=np.float64)
            self._creases.setdefault(len(control), []).append((control, width, value, lift))

    def press(self) -> None:
        """Put the noted wrinkles on the fine layer, all of one length in one go."""
        for creases in self._creases.values():
            control, width, value, lift = zip(*creases, strict=True)
            smooth = curve(np.stack(control, axis=1).reshape(len(control[0]), -1), per=5)
            raised = np.tile(lift, len(smooth))
            lines = self.at(smooth.reshape(-1, 2), raised).reshape(len(smooth), -1, 2)
            widths = _TAPER[:, None] * np.array(width) * self.unit
            for outline, depth in zip(ribbons(lines, widths), value, strict=True):
                self.fine.add(outline, depth)

    def outline(self, line: Points, width: float) -> Points:
        """A stroke along ``line`` that tapers to both ends."""
        return ribbon(line, _TAPER * width * self.unit)
