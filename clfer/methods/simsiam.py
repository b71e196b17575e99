"""SimSiam (Chen and He, CVPR 2021): two views of a face predict each other's projection."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from clfer.config import SimSiamConfig
from clfer.methods.gather import Gather, own_rows


class SimSiamResult(NamedTuple):
    """What SimSiam finds in a batch.

    Attributes:
        loss: The loss times its weight, scalar.
        std: Standard deviation of z/‖z‖ over the faces, mean over the dimensions, scalar. Near
            1/√d the projections are spread over all directions; at 0 they have collapsed.
        even: 1/√d, scalar.
    """

    loss: Tensor
    std: Tensor
    even: Tensor


class SimSiam(nn.Module):
    """Projector, predictor and loss.

    The projector has two layers, as SimSiam has it for small images and training from scratch;
    its last normalisation has no scale and shift of its own.

    Args:
        config: The SimSiam section of the configuration.
        dimension: Length D of the vector that the classifier sees.

    Attributes:
        gather: Puts together the batch where several processes share one, to watch its spread.
    """

    def __init__(self, config: SimSiamConfig, dimension: int) -> None:
        super().__init__()
        self.weight = config.weight
        self.gather: Gather = own_rows
        width, hidden = config.projector, config.predictor
        self.projector = nn.Sequential(
            nn.Linear(dimension, width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Linear(width, width, bias=False),
            nn.BatchNorm1d(width, affine=False),
        )
        self.predictor = nn.Sequential(
            nn.Linear(width, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Linear(hidden, width),
        )

    def forward(self, first: Tensor, second: Tensor) -> SimSiamResult:
        """L = −½ [cos(p₁, sg z₂) + cos(p₂, sg z₁)], mean over the faces; sg stops the gradient.

        Args:
            first: f of one view of every face, ``[B, D]``.
            second: f of the other view, ``[B, D]``.
        """
        z1, z2 = self.projector(first), self.projector(second)
        p1, p2 = self.predictor(z1), self.predictor(z2)
        cosines = functional.cosine_similarity(
            p1, z2.detach(), dim=1
        ) + functional.cosine_similarity(p2, z1.detach(), dim=1)
        std = self._spread(z1.detach())
        even = torch.full_like(std, z1.shape[1] ** -0.5)
        return SimSiamResult(-0.5 * self.weight * cosines.mean(), std, even)

    @torch.no_grad()
    def _spread(self, projection: Tensor) -> Tensor:
        directions = self.gather(functional.normalize(projection, dim=1))
        return directions.std(dim=0, correction=0).mean()
