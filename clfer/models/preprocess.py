"""From stored uint8 faces to the tensor that a network was trained on."""

from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional

_LUMA = (0.299, 0.587, 0.114)
_CHUNK = 4096


class Preprocess(BaseModel):
    """Colour mode, normalisation and input size that belong to a model.

    Attributes:
        side: Input side S in pixels, a multiple of 32.
        colour: ``grey`` repeats the luma in all three channels.
        mean: Mean of the training pixels in [0, 1].
        std: Standard deviation of the training pixels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    side: int = Field(ge=32, le=512, multiple_of=32)
    colour: Literal["grey", "rgb"]
    mean: Annotated[float, Field(ge=0, le=1)]
    std: Annotated[float, Field(gt=0, le=1)]

    def __call__(self, images: NDArray[np.uint8], device: torch.device | str = "cpu") -> Tensor:
        """Turn uint8 faces ``[N, H, W, C]`` (grey or RGB) into float32 ``[N, 3, S, S]``."""
        pixels = self.normalise(as_tensor(images, device))
        if pixels.shape[-2:] != (self.side, self.side):
            pixels = functional.interpolate(
                pixels, (self.side, self.side), mode="bilinear", align_corners=False, antialias=True
            )
        return pixels

    def normalise(self, pixels: Tensor) -> Tensor:
        """Apply colour mode and normalisation to pixels in [0, 1], ``[N, C, H, W]``."""
        if self.colour == "grey" and pixels.shape[1] == 3:
            luma = torch.tensor(_LUMA, dtype=pixels.dtype, device=pixels.device)
            pixels = torch.einsum("nchw,c->nhw", pixels, luma).unsqueeze(1)
        return ((pixels - self.mean) / self.std).expand(-1, 3, -1, -1)


def as_tensor(images: NDArray[np.uint8], device: torch.device | str = "cpu") -> Tensor:
    """uint8 faces ``[N, H, W, C]`` as float32 pixels in [0, 1], ``[N, C, H, W]``."""
    raw = torch.from_numpy(np.ascontiguousarray(images)).to(device)
    return raw.permute(0, 3, 1, 2).to(torch.float32).div_(255)


def measure_pixels(images: NDArray[np.uint8]) -> tuple[float, float]:
    """Mean and standard deviation of the pixels of uint8 faces ``[N, H, W, C]``, in [0, 1]."""
    counts = np.zeros(256)
    for start in range(0, len(images), _CHUNK):  # counting takes eight bytes a pixel
        counts += np.bincount(images[start : start + _CHUNK].reshape(-1), minlength=256)
    levels = np.arange(256) / 255
    mean = float(counts @ levels / counts.sum())
    return mean, float(np.sqrt(counts @ (levels - mean) ** 2 / counts.sum()))
