"""What a network says about many faces, as numpy arrays; every analysis of a set starts here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from clfer.data.faceset import FaceSet
from clfer.errors import DataError
from clfer.expressions import class_positions
from clfer.models.checkpoint import Checkpoint
from clfer.models.output import ModelOutput

BATCH = 64
"""Faces per forward pass."""

Progress = Callable[[int, int], None]
"""Called after every batch with the number of faces done and the number of all faces."""


@dataclass(frozen=True, eq=False)
class Outputs:
    """Results for N faces and n_c expressions.

    Attributes:
        logits: float64 ``[N, n_c]``. With MSR they are summed up in float64 from the contributions
            and the bias (the same numbers as the network's up to its rounding), so that the sum
            is exact for logits near zero too.
        embedding: float32 ``[N, D]``, the vector that the classifier sees.
        attention: μ_{i,j} of Eq. 8, float64 ``[N, 4]``; None without MSR.
        attention_norm: μ_{i,j}·‖f'_{i,j}‖, float64 ``[N, 4]``; None without MSR. μ trades its scale
            with ‖f'‖, so the two belong side by side.
        contributions: μ_{i,j}·w_c·f'_{i,j}, float64 ``[N, n_c, 4]``; None without MSR.
    """

    logits: NDArray[np.float64]
    embedding: NDArray[np.float32]
    attention: NDArray[np.float64] | None = None
    attention_norm: NDArray[np.float64] | None = None
    contributions: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.logits)


def known_faces(
    checkpoint: Checkpoint, faces: FaceSet
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The faces of an expression that the model knows.

    Returns:
        Their indices in the split, and their labels as indices into the model's classes.

    Raises:
        DataError: model and data share no expression, or no face is left.
    """
    labels = class_positions(faces.classes, checkpoint.card.classes)[faces.labels]
    kept = np.flatnonzero(labels >= 0)
    if not len(kept):
        raise DataError(f"The {faces.split} split of {faces.dataset} has no face that can be used.")
    return kept, labels[kept]


def read_output(checkpoint: Checkpoint, output: ModelOutput) -> Outputs:
    """The result of one forward pass of the checkpoint's network, in numpy."""
    embedding = output.embedding.detach().float().cpu().numpy()
    if output.attention is None or output.layer_embeddings is None:
        return Outputs(output.logits.detach().double().cpu().numpy(), embedding)
    wide = replace(
        output,
        attention=output.attention.detach().double(),
        layer_embeddings=output.layer_embeddings.detach().double(),
    )
    contributions = checkpoint.network.contributions(wide).detach().cpu().numpy()
    attention = output.attention.detach().double().cpu().numpy()
    norms = output.layer_embeddings.detach().double().norm(dim=-1).cpu().numpy()
    logits = contributions.sum(axis=-1) + classifier_bias(checkpoint)
    return Outputs(logits, embedding, attention, attention * norms, contributions)


def classifier_bias(checkpoint: Checkpoint) -> NDArray[np.float64]:
    """Bias of the classifier, ``[n_c]``."""
    bias: NDArray[np.float64] = checkpoint.network.classifier.bias.detach().double().cpu().numpy()
    return bias


def image_batches(
    checkpoint: Checkpoint, images: NDArray[np.uint8], batch: int = BATCH
) -> Iterator[tuple[slice, torch.Tensor]]:
    """Slices of uint8 faces ``[N, H, W, C]``, each with its network input ``[n, 3, S, S]``."""
    for start in range(0, len(images), batch):
        rows = slice(start, min(start + batch, len(images)))
        inputs = checkpoint.card.preprocess(images[rows], checkpoint.device)
        # A fifth faster on the CPU.
        yield rows, inputs.contiguous(memory_format=torch.channels_last)


def run_network(
    checkpoint: Checkpoint,
    images: NDArray[np.uint8],
    batch: int = BATCH,
    progress: Progress | None = None,
    *,
    mirror: bool = False,
) -> Outputs:
    """Run the network over uint8 faces ``[N, H, W, C]``, N ≥ 1, without gradients.

    Args:
        checkpoint: The model.
        images: The faces.
        batch: Faces per forward pass.
        progress: Called after every batch.
        mirror: Average with what the network says of the mirror image, in a second pass. The paper
            predicts in one. Contributions still add up to the logits, which are linear in them.
    """
    parts = []
    with torch.inference_mode():
        for rows, inputs in image_batches(checkpoint, images, batch):
            found = read_output(checkpoint, checkpoint.network(inputs))
            if mirror:
                other = read_output(checkpoint, checkpoint.network(inputs.flip(-1)))
                found = _average(found, other)
            parts.append(found)
            if progress is not None:
                progress(rows.stop, len(images))
    return concatenate(parts)


def _average(one: Outputs, other: Outputs) -> Outputs:
    """The mean of every field of two results for the same faces."""

    def mean(name: str) -> Any:
        first, second = getattr(one, name), getattr(other, name)
        return None if first is None else (first + second) / 2

    return Outputs(**{field.name: mean(field.name) for field in fields(Outputs)})


def concatenate(parts: list[Outputs]) -> Outputs:
    """One result from those of consecutive batches of one network."""

    def optional(arrays: list[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
        present = [array for array in arrays if array is not None]
        return np.concatenate(present) if present else None

    return Outputs(
        np.concatenate([part.logits for part in parts]),
        np.concatenate([part.embedding for part in parts]),
        optional([part.attention for part in parts]),
        optional([part.attention_norm for part in parts]),
        optional([part.contributions for part in parts]),
    )
