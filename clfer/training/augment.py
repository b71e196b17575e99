"""Random changes to training faces, a whole batch at a time."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from clfer.config import AugmentConfig


class Draws(NamedTuple):
    """The random numbers for a batch of B faces.

    Attributes:
        affine: From the place in the result to that in the face, ``[B, 2, 3]``.
        contrast: ``[B]``.
        brightness: ``[B]``.
        erase: Chance, area, shape, top and left of the erased rectangle in [0, 1], ``[B, 5]``.
    """

    affine: Tensor
    contrast: Tensor
    brightness: Tensor
    erase: Tensor

    def of(self, rows: slice) -> "Draws":
        """Those for a part of the batch."""
        return Draws(*(values[rows] for values in self))


class Augmenter:
    """Mirrors, rotates, scales, shifts, relights and erases, drawn per face.

    The geometry, the enlargement to the training size included, is one resampling. All random
    numbers come from a CPU generator, so a seed gives the same faces on every device.

    Args:
        config: Which changes, and how strong.
    """

    def __init__(self, config: AugmentConfig) -> None:
        self.config = config

    def __call__(self, pixels: Tensor, side: int, generator: torch.Generator) -> Tensor:
        """Augment a batch.

        Args:
            pixels: Values in [0, 1], ``[B, C, H, W]``.
            side: Side of the result in pixels.
            generator: CPU generator.

        Returns:
            ``[B, C, side, side]``.
        """
        return self.apply(pixels, side, self.draw(len(pixels), generator))

    def draw(self, count: int, generator: torch.Generator) -> Draws:
        """Random numbers for ``count`` faces."""
        light = self.config.light
        affine = self._affine(count, generator)
        contrast = 1 + _around_zero(count, light, generator)
        brightness = _around_zero(count, light, generator)
        return Draws(affine, contrast, brightness, torch.rand(5, count, generator=generator).T)

    def apply(self, pixels: Tensor, side: int, draws: Draws) -> Tensor:
        """Change faces ``[B, C, H, W]`` as drawn; ``[B, C, side, side]``."""
        if min(pixels.shape[-2:]) > side:
            pixels = functional.interpolate(
                pixels, (side, side), mode="bilinear", align_corners=False, antialias=True
            )
        shape = (len(pixels), pixels.shape[1], side, side)
        grid = functional.affine_grid(
            draws.affine.to(pixels.device), list(shape), align_corners=False
        )
        moved = functional.grid_sample(
            pixels, grid, mode="bilinear", padding_mode="border", align_corners=False
        )
        return self._erase(_relight(moved, draws), draws.erase)

    def _affine(self, count: int, generator: torch.Generator) -> Tensor:
        config = self.config
        angle = _around_zero(count, math.radians(config.rotate), generator)
        scale = 1 + _around_zero(count, config.scale, generator)
        # The grid spans [-1, 1], so a shift by a fraction of the side counts twice.
        shift = 2 * _around_zero(2 * count, config.shift, generator).view(count, 2, 1)
        mirror = torch.where(torch.rand(count, generator=generator) < config.flip, -1.0, 1.0)
        cos, sin = angle.cos() / scale, angle.sin() / scale
        rows = torch.stack((cos * mirror, -sin, sin * mirror, cos), dim=-1).view(count, 2, 2)
        if config.crop < 1:
            place = _around_zero(2 * count, 1 - config.crop, generator).view(count, 2, 1)
            rows, shift = rows * config.crop, shift + place
        return torch.cat((rows, shift), dim=-1)

    def _erase(self, pixels: Tensor, drawn: Tensor) -> Tensor:
        side = pixels.shape[-1]
        chance, area, shape, top, left = drawn.T
        low, high = self.config.erase_area
        height = ((low + area * (high - low)) * torch.exp((shape - 0.5) * 2.4)).sqrt().clamp(max=1)
        width = ((low + area * (high - low)) / height).clamp(max=1)
        inside_y = _between(side, top * (1 - height), height)
        inside_x = _between(side, left * (1 - width), width)
        chosen = (chance < self.config.erase).view(-1, 1, 1)
        hole = (chosen & inside_y.unsqueeze(2) & inside_x.unsqueeze(1)).unsqueeze(1)
        mean = pixels.mean(dim=(2, 3), keepdim=True)
        return torch.where(hole.to(pixels.device), mean, pixels)


def _relight(pixels: Tensor, draws: Draws) -> Tensor:
    contrast = draws.contrast.to(pixels.device).view(-1, 1, 1, 1)
    brightness = draws.brightness.to(pixels.device).view(-1, 1, 1, 1)
    mean = pixels.mean(dim=(1, 2, 3), keepdim=True)
    return ((pixels - mean) * contrast + mean + brightness).clamp(0, 1)


def _around_zero(count: int, largest: float, generator: torch.Generator) -> Tensor:
    return (torch.rand(count, generator=generator) * 2 - 1) * largest


def _between(side: int, start: Tensor, length: Tensor) -> Tensor:
    centres = (torch.arange(side) + 0.5) / side
    return (centres >= start.unsqueeze(1)) & (centres < (start + length).unsqueeze(1))
