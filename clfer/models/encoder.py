"""The feature encoder: ResNet-18 in its four blocks (Sec. III-A, L = 4).

That of torchvision to the bit: the same parameters drawn from the same seed, the same names within
a block, the same outputs and gradients. It is built here because importing torchvision loads the
compiler of torch (``torch._dynamo``, by ``torchvision.ops``), which takes longer than torch itself
and which no prediction needs.
"""

from typing import Literal

from torch import Tensor, nn

BLOCKS = 4
"""Number L of encoder blocks."""

_IMAGENET_CLASSES = 1000


class _ResidualUnit(nn.Module):
    """Two 3×3 convolutions beside a shortcut (He et al., 2016).

    Args:
        before: Channels of the input.
        channels: Channels of the output.
        stride: Of the first convolution and of the shortcut.
    """

    def __init__(self, before: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        # First, as torchvision draws it first; registered last, as torchvision does.
        shortcut = _shortcut(before, channels, stride) if before != channels else None
        self.conv1 = _convolution(before, channels, 3, stride)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = _convolution(channels, channels, 3)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = shortcut

    def forward(self, features: Tensor) -> Tensor:
        """``[B, before, H, W]`` to ``[B, channels, H / stride, W / stride]``."""
        found = self.relu(self.bn1(self.conv1(features)))
        found = self.bn2(self.conv2(found))
        found += features if self.downsample is None else self.downsample(features)
        activated: Tensor = self.relu(found)
        return activated


class Encoder(nn.Module):
    """ResNet-18 without its classifier; returns the output of every block.

    Args:
        stem: ``imagenet`` is torchvision's 7×7 convolution of stride 2; ``small`` a 3×3
            convolution of stride 1 for 48-pixel faces. Both are followed by max-pooling.
    """

    def __init__(self, stem: Literal["imagenet", "small"] = "imagenet") -> None:
        super().__init__()
        pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        wide = _convolution(3, 64, 7, 2)
        self.stem = nn.Sequential(wide, nn.BatchNorm2d(64), nn.ReLU(inplace=True), pool)
        self.blocks = nn.ModuleList(
            [_block(64, 64, 1), _block(64, 128, 2), _block(128, 256, 2), _block(256, 512, 2)]
        )
        # torchvision draws its classifier here, so that a seed means the same for all that follows.
        nn.Linear(512, _IMAGENET_CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                _draw(module)
        if stem == "small":
            narrow = _convolution(3, 64, 3)
            _draw(narrow)
            self.stem[0] = narrow

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Block outputs f_{i,1} … f_{i,4} ``[B, C_j, H_j, W_j]`` of images ``[B, 3, H, W]``."""
        return self.from_first_block(self.blocks[0](self.stem(images)))

    def from_first_block(self, first: Tensor) -> tuple[Tensor, ...]:
        """All block outputs given that of block 1, so that a gradient can start there."""
        features = [first]
        for block in list(self.blocks)[1:]:
            features.append(block(features[-1]))
        return tuple(features)


def _block(before: int, channels: int, stride: int) -> nn.Sequential:
    return nn.Sequential(_ResidualUnit(before, channels, stride), _ResidualUnit(channels, channels))


def _shortcut(before: int, channels: int, stride: int) -> nn.Sequential:
    return nn.Sequential(_convolution(before, channels, 1, stride), nn.BatchNorm2d(channels))


def _convolution(before: int, channels: int, side: int, stride: int = 1) -> nn.Conv2d:
    """One that keeps the size of the map but for its stride; batch normalisation has the bias."""
    return nn.Conv2d(before, channels, side, stride, padding=side // 2, bias=False)


def _draw(convolution: nn.Conv2d) -> None:
    """Starting weights (He et al., 2015)."""
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
