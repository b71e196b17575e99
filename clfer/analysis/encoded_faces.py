"""A few faces run through an encoder once, so that every block can be looked at without delay."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clfer.analysis.semantics import GroupMaps, group_maps
from clfer.models.checkpoint import Checkpoint


@dataclass(frozen=True, eq=False)
class EncodedFaces:
    """The block outputs of N faces.

    Attributes:
        features: Per block ``[N, C_j, H_j, W_j]``.
    """

    features: tuple[Tensor, ...]

    def __len__(self) -> int:
        return len(self.features[0])

    def groups(self, checkpoint: Checkpoint, position: int, block: int) -> GroupMaps:
        """Semantic groups of a block, 1 … 4, on the face at ``position``.

        Args:
            checkpoint: The model that encoded the faces.
            position: From 0.
            block: 1 … 4.
        """
        rows = slice(position, position + 1)
        return group_maps(checkpoint, tuple(feature[rows] for feature in self.features), block)


def encode_faces(checkpoint: Checkpoint, crops: Sequence[NDArray[np.uint8]]) -> EncodedFaces:
    """Encode faces, each uint8 ``[H, W, C]`` of any size, without gradients."""
    with torch.inference_mode():
        inputs = [checkpoint.card.preprocess(crop[None], checkpoint.device) for crop in crops]
        return EncodedFaces(checkpoint.network.encoder(torch.cat(inputs)))
