"""Curves, the surface of the head, and the camera that projects it."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from clfer.data.synthetic.parameters import Identity, Pose

Points = NDArray[np.float64]
"""``[n, 2]`` or ``[n, 3]`` points."""

_LEVELS = np.array([-1.42, -1.36, -1.2, -0.95, -0.6, -0.2, 0.2, 0.5, 0.75, 0.97, 1.13, 1.24, 1.29])
_WIDTH = np.array([0.0, 0.34, 0.64, 0.86, 0.975, 0.995, 0.955, 0.89, 0.79, 0.62, 0.43, 0.25, 0.06])
_FRONT = np.array([0.0, 0.32, 0.58, 0.8, 0.92, 0.94, 0.95, 0.95, 0.93, 0.9, 0.86, 0.8, 0.7])
_BACK = np.array([0.0, -0.4, -0.75, -1.0, -1.1, -1.05, -0.85, -0.55, -0.25, 0.0, 0.2, 0.35, 0.6])
_SIDE_DEPTH = 0.05
_ROUNDNESS = 2.3
_JAW_TOP = 0.55
_TABLE_TOP, _TABLE_STEPS, _TABLE_SIZE = -1.6, 400.0, 1400
_FOCAL = 7.0
_FRAME_SCALE = 0.31
_ANGLES = np.linspace(0.0, 2.0 * np.pi, 28, endpoint=False)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


@lru_cache(maxsize=64)
def _spline_basis(count: int, closed: bool, per: int) -> NDArray[np.float64]:
    """Matrix ``[m, count]`` that evaluates a Catmull-Rom curve from its control points."""
    t = np.arange(per) / per
    weights = 0.5 * np.stack(
        [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]
    )
    segments = count if closed else count - 1
    basis = np.zeros((segments * per + (not closed), count))
    for s in range(segments):
        for k in range(4):
            at = (s + k - 1) % count if closed else min(max(s + k - 1, 0), count - 1)
            basis[s * per : (s + 1) * per, at] += weights[k]
    if not closed:
        basis[-1, -1] = 1.0
    return basis


def curve(points: ArrayLike, *, closed: bool = False, per: int = 6) -> Points:
    """A smooth curve through control points ``[n, d]``, ``per`` samples for every segment."""
    control = np.asarray(points, dtype=np.float64)
    smooth: Points = _spline_basis(len(control), closed, per) @ control
    return smooth


def oval(x: float, y: float, half_width: float, half_height: float) -> Points:
    """Outline ``[28, 2]`` of an ellipse."""
    result: Points = _CIRCLE * np.array((half_width, half_height)) + np.array((x, y))
    return result


def mirrored(points: ArrayLike, side: float) -> Points:
    """Points ``[n, 2]`` given for the right of the image, brought to ``side`` (-1 or 1)."""
    moved: Points = np.asarray(points, dtype=np.float64) * np.array([side, 1.0])
    return moved


def hull(points: Points) -> Points:
    """Convex outline of points ``[n, 2]``."""
    outline: Points = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
    return outline


class HeadShape:
    """Surface of one person's head; the jaw may be dropped by ``jaw_drop`` units."""

    def __init__(self, identity: Identity, jaw_drop: float = 0.0) -> None:
        profile = curve(np.stack([_LEVELS, _WIDTH, _FRONT, _BACK], axis=1), per=3)
        y, width, self._front, self._back = profile.T
        jaw = np.clip((y - 0.2) / 0.6, 0.0, 1.0)
        self._width = np.maximum(width, 0.0) * identity.face_width
        self._width *= 1.0 + jaw * (identity.jaw_width - 1.0)
        below = np.clip((y - _JAW_TOP) / (1.29 - _JAW_TOP), 0.0, 1.0)
        above = np.clip((-0.4 - y), 0.0, None)
        chin = below * ((identity.chin_length - 1.0) * 1.2 + jaw_drop)
        self._y = y + chin - above * (identity.forehead_height - 1.0)
        self.chin = float(self._y[-1])
        even = _TABLE_TOP + np.arange(_TABLE_SIZE) / _TABLE_STEPS
        self._width_at = np.maximum(np.interp(even, self._y, self._width), 1e-3)
        self._bulge_at = np.interp(even, self._y, self._front) - _SIDE_DEPTH

    def depth(self, points: Points) -> NDArray[np.float64]:
        """z ``[n]`` of the front surface at face points ``[n, 2]``."""
        row = ((points[:, 1] - _TABLE_TOP) * _TABLE_STEPS).astype(np.int64)
        row = np.minimum(np.maximum(row, 0), _TABLE_SIZE - 1)
        share = np.minimum(np.abs(points[:, 0]) / self._width_at[row], 1.0)
        bulge = (1.0 - share**_ROUNDNESS) ** (1.0 / _ROUNDNESS)
        depth: NDArray[np.float64] = _SIDE_DEPTH + self._bulge_at[row] * bulge
        return depth

    def width(self, y: float) -> float:
        """Half width of the head at height y."""
        return float(np.interp(y, self._y, self._width))

    def shell(self, *, inflate: float = 0.0, to: float = 2.0) -> Points:
        """Points ``[n, 3]`` around the head above height ``to``, moved outwards by ``inflate``."""
        keep = self._y <= to
        y, width = self._y[keep], self._width[keep]
        front, back = self._front[keep], self._back[keep]
        sin, cos = np.sin(_ANGLES), np.cos(_ANGLES)
        x = (width + inflate)[:, None] * sin
        reach = np.where(cos > 0, front[:, None], -back[:, None]) + inflate
        z = _SIDE_DEPTH + (reach - _SIDE_DEPTH * np.sign(cos)) * cos
        lift = inflate * np.clip(-y / 1.0, 0.0, 1.0) ** 2
        return np.stack([x, np.broadcast_to((y - lift)[:, None], x.shape), z], -1).reshape(-1, 3)


class Camera:
    """Perspective projection of head coordinates to a square picture of ``pixels`` pixels."""

    def __init__(self, pose: Pose, pixels: int) -> None:
        yaw, pitch, roll = np.deg2rad([pose.yaw, pose.pitch, pose.roll])
        turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
        nod = np.array(
            [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
        )
        tilt = np.array(
            [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
        )
        self._rotation = (tilt @ nod @ turn).T
        self.unit = _FRAME_SCALE * pose.zoom * pixels
        self._centre = pixels * np.array([0.5 + pose.shift_x, 0.51 + pose.shift_y])

    def project(self, points: Points) -> Points:
        """Pixel coordinates ``[n, 2]`` of head points ``[n, 3]``."""
        return self._to_pixels(points @ self._rotation)

    def project_surface(self, points: Points, depth: NDArray[np.float64]) -> Points:
        """The same for points given as x, y ``[n, 2]`` and z ``[n]``."""
        turned = points @ self._rotation[:2] + depth[:, None] * self._rotation[2]
        return self._to_pixels(turned)

    def _to_pixels(self, turned: Points) -> Points:
        scale = self.unit * _FOCAL / (_FOCAL - turned[:, 2:])
        result: Points = self._centre + scale * turned[:, :2]
        return result
