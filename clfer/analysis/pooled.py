"""The global average of every block's output: each block's own embedding of a face."""

import numpy as np
import torch
from numpy.typing import NDArray

from clfer.analysis.outputs import BATCH, Progress, image_batches
from clfer.config import BLOCK_CHANNELS
from clfer.models.checkpoint import Checkpoint

FUSED = "fused"
"""The space that the classifier sees: F of Eq. 9, or the pooled block 4 without MSR."""

SPACES = (FUSED, *(f"block {j + 1}" for j in range(len(BLOCK_CHANNELS))))
"""Every embedding of a face that a model has."""


def pooled_blocks(
    checkpoint: Checkpoint,
    images: NDArray[np.uint8],
    batch: int = BATCH,
    progress: Progress | None = None,
) -> list[NDArray[np.float32]]:
    """Mean over the places of f_{i,1} … f_{i,4}, without gradients.

    Args:
        checkpoint: The model.
        images: uint8 faces ``[N, H, W, C]``, N ≥ 1.
        batch: Faces per forward pass.
        progress: Called after every batch.

    Returns:
        One array ``[N, C_j]`` per block.
    """
    parts = []
    with torch.inference_mode():
        for rows, inputs in image_batches(checkpoint, images, batch):
            features = checkpoint.network.encoder(inputs)
            parts.append([f.float().mean(dim=(2, 3)).cpu().numpy() for f in features])
            if progress is not None:
                progress(rows.stop, len(images))
    return [np.concatenate(block) for block in zip(*parts, strict=True)]


def face_embedding(
    checkpoint: Checkpoint, crop: NDArray[np.uint8], space: str
) -> NDArray[np.float32]:
    """One face's embedding ``[D]``.

    Args:
        checkpoint: The model.
        crop: The face as the model is shown it, uint8 ``[S, S, 3]``.
        space: One of :data:`SPACES`.
    """
    if space != FUSED:
        block = pooled_blocks(checkpoint, crop[np.newaxis])[block_of(space) - 1]
        return np.asarray(block[0], dtype=np.float32)
    with torch.inference_mode():
        _, inputs = next(image_batches(checkpoint, crop[np.newaxis]))
        embedding: torch.Tensor = checkpoint.network(inputs).embedding
    return np.asarray(embedding[0].float().cpu().numpy(), dtype=np.float32)


def block_of(space: str) -> int:
    """Number of the block of a space such as ``block 3``, from 1."""
    return SPACES.index(space)
