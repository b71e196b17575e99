"""Multi-scale representation (MSR): attention over the reshaped features of all blocks."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from clfer.config import BLOCK_CHANNELS

CELLS = 4
"""Side of the map that a block is pooled to before it is flattened."""

CONV_CHANNELS = 64
"""Channels of the convolution block behind the pixel shuffle."""


class LayerReshaper(nn.Module):
    """One block's way to f' (Eq. 8): shuffle, convolution block, average pool, flatten, 1×1.

    The shuffle by r = 2^{j-1} brings every block to the size of block 1. The convolution has
    stride 2, which keeps the whole head below a tenth of the encoder's cost.

    Args:
        channels: Channels C_j of the block.
        upscale: The factor r.
        fd: Dimension of f'.
    """

    def __init__(self, channels: int, upscale: int, fd: int) -> None:
        super().__init__()
        self.upscale = upscale
        self.conv = nn.Conv2d(
            channels // upscale**2, CONV_CHANNELS, kernel_size=3, stride=2, padding=1, bias=False
        )
        self.norm = nn.BatchNorm2d(CONV_CHANNELS)
        # On a flattened map a 1×1 convolution is a linear layer.
        self.project = nn.Linear(CONV_CHANNELS * CELLS**2, fd, bias=False)

    def forward(self, feature: Tensor) -> Tensor:
        """f'_{i,j} ``[B, fd]`` of a block output ``[B, C_j, H_j, W_j]``."""
        # A shuffle by 1 would copy the largest map, there and back.
        shuffled = functional.pixel_shuffle(feature, self.upscale) if self.upscale > 1 else feature
        maps = functional.relu(self.norm(self.conv(shuffled)))
        cells = functional.adaptive_avg_pool2d(maps, CELLS).permute(0, 2, 3, 1).flatten(1)
        # The weight is turned to the order of the pooled map, cells before channels, not the map
        # to that of the weight: the gradient would leave channels-last memory, and all backward
        # operations on the maps would be several times as slow.
        turned = self.project.weight.view(-1, CONV_CHANNELS, CELLS, CELLS)
        return functional.linear(cells, turned.permute(0, 2, 3, 1).flatten(1))


class MultiScaleHead(nn.Module):
    """Fuses the blocks into F_i = Σ_j μ_{i,j} f'_{i,j} (Eq. 8, 9).

    Args:
        fd: Dimension of f' and F.
        normalise: LayerNorm on each f', and W = 0 at the start (μ = 0.5 for every block).
            Without it μ trades its scale with ‖f'‖ and saturates.
    """

    def __init__(self, fd: int = 128, normalise: bool = False) -> None:
        super().__init__()
        self.reshapers = nn.ModuleList(
            LayerReshaper(channels, 2**j, fd) for j, channels in enumerate(BLOCK_CHANNELS)
        )
        self.norms = nn.ModuleList(
            nn.LayerNorm(fd) if normalise else nn.Identity() for _ in BLOCK_CHANNELS
        )
        self.attention = nn.Linear(fd, 1, bias=False)
        if normalise:
            nn.init.zeros_(self.attention.weight)

    def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor, Tensor, Tensor]:
        """Fuse block outputs.

        Args:
            features: The four block outputs, each ``[B, C_j, H_j, W_j]``.

        Returns:
            F ``[B, fd]``, μ ``[B, 4]`` and f' ``[B, 4, fd]``, in float32 at least.
        """
        reshaped = [
            norm(reshape(f))
            for f, reshape, norm in zip(features, self.reshapers, self.norms, strict=True)
        ]
        layers = torch.stack(reshaped, dim=1)
        layers = layers.to(torch.promote_types(layers.dtype, torch.float32))
        with torch.autocast(layers.device.type, enabled=False):
            weights = torch.sigmoid(self.attention(layers).squeeze(-1))
            fused = torch.einsum("bl,bld->bd", weights, layers)
        return fused, weights, layers
