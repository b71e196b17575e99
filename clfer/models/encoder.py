"""The feature encoder: ResNet-18 cut into its four blocks (Sec. III-A, L = 4)."""

from typing import Literal

import torchvision
from torch import Tensor, nn

BLOCKS = 4
"""Number L of encoder blocks."""


class Encoder(nn.Module):
    """ResNet-18 without its classifier; returns the output of every block.

    Args:
        stem: ``imagenet`` is torchvision's 7×7 convolution of stride 2; ``small`` a 3×3
            convolution of stride 1 for 48-pixel faces. Both are followed by max-pooling.
    """

    def __init__(self, stem: Literal["imagenet", "small"] = "imagenet") -> None:
        super().__init__()
        net = torchvision.models.resnet18(weights=None)
        if stem == "small":
            net.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
            nn.init.kaiming_normal_(net.conv1.weight, mode="fan_out", nonlinearity="relu")
        self.stem = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)
        self.blocks = nn.ModuleList([net.layer1, net.layer2, net.layer3, net.layer4])

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Block outputs f_{i,1} … f_{i,4} ``[B, C_j, H_j, W_j]`` of images ``[B, 3, H, W]``."""
        return self.from_first_block(self.blocks[0](self.stem(images)))

    def from_first_block(self, first: Tensor) -> tuple[Tensor, ...]:
        """All block outputs given that of block 1, so that a gradient can start there."""
        features = [first]
        for block in list(self.blocks)[1:]:
            features.append(block(features[-1]))
        return tuple(features)
