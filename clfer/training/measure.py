"""What is measured after every epoch, on the averaged weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from clfer.analysis.groups import semantic_groups
from clfer.analysis.intensity import Intensity, Quantity, differentiable_pass, intensity_of
from clfer.analysis.matching import match_centroids
from clfer.analysis.outputs import Outputs, run_network
from clfer.analysis.tables import reference_centroids
from clfer.data.faceset import FaceSet
from clfer.models.checkpoint import Checkpoint

PROBE = 256
"""Validation faces on which the gradient norms of an epoch are measured."""

REFERENCE_FACES = 256
"""Training faces on which the reference centroids of an epoch are fitted."""

_BATCH = 64


@dataclass(frozen=True)
class Validation:
    """The averaged model on the validation faces after an epoch.

    Attributes:
        outputs: Logits, embeddings and attention of all faces.
        row: Loss and accuracy for the history.
    """

    outputs: Outputs
    row: dict[str, float]


def validate(checkpoint: Checkpoint, faces: FaceSet) -> Validation:
    """Run the network over the validation faces."""
    outputs = run_network(checkpoint, faces.images, _BATCH)
    logits, labels = torch.from_numpy(outputs.logits), torch.from_numpy(faces.labels)
    return Validation(
        outputs,
        {
            "valid_loss": float(functional.cross_entropy(logits, labels)),
            "valid_accuracy": float((logits.argmax(dim=1) == labels).double().mean()),
        },
    )


def matched_references(checkpoint: Checkpoint, faces: FaceSet, seed: int) -> torch.Tensor:
    """Reference centroids ``[K, 16]`` of this epoch, in the order of those of the epoch before.

    Args:
        checkpoint: Its ``references`` are those of the epoch before.
        faces: Training faces; a seeded sample is used.
        seed: Seed of the sample and of the fit.
    """
    clusters = checkpoint.card.config.clfm.clusters
    rows = np.random.default_rng(seed).permutation(len(faces))[:REFERENCE_FACES]
    found = reference_centroids(checkpoint, faces.subset(np.sort(rows)), clusters, seed)
    before = checkpoint.references.cpu().numpy()
    order = match_centroids(found.cpu().numpy()[np.newaxis], before)[0]
    return found[torch.from_numpy(order)]


def measure_intensity(checkpoint: Checkpoint, faces: FaceSet) -> dict[str, Any]:
    """Mean gradient norms per block, and per semantic group, for the history.

    Both losses are measured on the same faces: L_cls alone, and the joint loss.
    """
    probe = faces.subset(np.arange(min(PROBE, len(faces))))
    found: dict[Quantity, list[Intensity]] = {"cls": [], "joint": []}
    for start in range(0, len(probe), _BATCH):
        images = checkpoint.card.preprocess(probe.images[start : start + _BATCH], checkpoint.device)
        labels = torch.from_numpy(probe.labels[start : start + _BATCH]).to(checkpoint.device)
        output = differentiable_pass(checkpoint, images)
        groups = semantic_groups(checkpoint, output.features)
        for of, parts in found.items():
            parts.append(intensity_of(checkpoint, output, labels, of, groups))
    row: dict[str, Any] = {}
    for of, parts in found.items():
        row |= _columns(f"grad_{of}", np.concatenate([part.norm for part in parts]).mean(axis=0))
        row |= _columns(f"rms_{of}", np.concatenate([part.rms for part in parts]).mean(axis=0))
        by_group = np.concatenate([part.group_norm for part in parts]).mean(axis=0)
        for block, values in enumerate(by_group, start=1):
            row |= _columns(f"group_grad_{of}_{block}", values)
    return row


def _columns(prefix: str, values: NDArray[np.floating]) -> dict[str, float]:
    return {f"{prefix}_{i}": float(v) for i, v in enumerate(values, start=1)}
