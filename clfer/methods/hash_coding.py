"""Hash coding of feature maps (Eq. 1): where does a channel respond?

A map is averaged to 4×4 cells and its position map becomes a vector of 16 values, fd_fm = 16.
``soft`` codes are the softmax over the cells of the standardised map, minus 1/16, and have a
gradient. ``peaks`` are the coordinates of the eight strongest cells, as the paper words it; they
are integers, so no gradient passes through them.
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

CELLS = 4
"""Side of the position map."""

CODE_DIMENSION = CELLS**2
"""fd_fm = 16 values per channel, with either coding."""

_DEAD = 1e-6


class ChannelCodes(NamedTuple):
    """Codes g_{i,j} of all channels of one block.

    Attributes:
        codes: ``[B, C, 16]``; zero where not alive.
        alive: bool ``[B, C]``; False for constant maps, which have no code and join no group.
    """

    codes: Tensor
    alive: Tensor


def hash_coding(
    feature: Tensor, coding: Literal["soft", "peaks"] = "soft", temperature: float = 0.5
) -> ChannelCodes:
    """Code every channel of a block.

    Args:
        feature: Block output ``[B, C, H, W]`` (after the convolution of Eq. 1).
        coding: ``soft`` or ``peaks``.
        temperature: Temperature of the softmax over standardised cells; unused by ``peaks``.

    Returns:
        The codes, computed in float32 or wider.
    """
    wide = torch.promote_types(feature.dtype, torch.float32)
    pooled = functional.adaptive_avg_pool2d(feature.to(wide), CELLS)
    # Channels stay last, so that the gradient finds channels-last maps as they lie in memory.
    cells = pooled.permute(0, 2, 3, 1).flatten(1, 2)
    centred = cells - cells.mean(dim=1, keepdim=True)
    variance = centred.square().mean(dim=1, keepdim=True)
    magnitude = cells.detach().square().mean(dim=1, keepdim=True)
    alive = variance.detach() > _DEAD * magnitude + _DEAD**2
    if coding == "peaks":
        codes = _peak_coordinates(cells.detach().transpose(1, 2))
    else:
        standard = centred / torch.where(alive, variance, 1.0).sqrt()
        codes = torch.softmax(standard / temperature, dim=1) - 1 / CODE_DIMENSION
        codes = codes.transpose(1, 2)
    alive = alive.squeeze(1)
    return ChannelCodes(codes.masked_fill(~alive.unsqueeze(-1), 0.0).contiguous(), alive)


def _peak_coordinates(cells: Tensor) -> Tensor:
    """Row and column of the eight strongest cells, strongest first, centred on the map."""
    places = cells.topk(CODE_DIMENSION // 2, dim=-1).indices
    rows = torch.div(places, CELLS, rounding_mode="floor")
    coordinates = torch.stack((rows, places % CELLS), dim=-1).flatten(-2)
    return coordinates.to(cells.dtype) - (CELLS - 1) / 2
