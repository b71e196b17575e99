"""The heavier explanations of a subject, each made once per session when first asked for."""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import state
from clfer.analysis.intensity import Intensity, Quantity, learning_intensity
from clfer.analysis.semantics import GroupMaps, group_maps
from clfer.models.checkpoint import Checkpoint
from photos import Subject, prediction

Method = Literal["Grad-CAM", "Integrated gradients", "Occlusion"]


def semantics(checkpoint: Checkpoint, subject: Subject, block: int) -> GroupMaps:
    """Maps of the semantic groups of a block, 1 to 4."""

    def compute() -> GroupMaps:
        with torch.inference_mode():
            features = checkpoint.network(_image(checkpoint, subject)).features
        return group_maps(checkpoint, features, block)

    return state.remembered(("semantics", checkpoint.sha256, block, *subject.key), compute)


def intensity(
    checkpoint: Checkpoint, subject: Subject, of: Quantity, expression: str | None
) -> Intensity:
    """Learning intensity for an expression, by default the predicted one."""

    def compute() -> Intensity:
        target = torch.tensor([_target(checkpoint, subject, expression)], device=checkpoint.device)
        return learning_intensity(checkpoint, _image(checkpoint, subject), target, of)

    key = ("intensity", checkpoint.sha256, of, expression, *subject.key)
    return state.remembered(key, compute)


def attribution(
    checkpoint: Checkpoint, subject: Subject, method: Method, expression: str | None
) -> list[NDArray[np.float64]]:
    """Attribution maps of the four blocks for an expression, by default the predicted one."""
    # Captum takes a second to import, which the other panels need not wait for.
    from clfer.analysis.attribution import grad_cam, integrated_gradients, occlusion

    attribute = {
        "Grad-CAM": grad_cam,
        "Integrated gradients": integrated_gradients,
        "Occlusion": occlusion,
    }[method]

    def compute() -> list[NDArray[np.float64]]:
        image = _image(checkpoint, subject)
        target = _target(checkpoint, subject, expression)
        return [attribute(checkpoint, image, block, target) for block in range(1, 5)]

    key = ("attribution", checkpoint.sha256, method, expression, *subject.key)
    return state.remembered(key, compute)


def _image(checkpoint: Checkpoint, subject: Subject) -> Tensor:
    crop = prediction(checkpoint, subject).crop
    return checkpoint.card.preprocess(crop[None], checkpoint.device)


def _target(checkpoint: Checkpoint, subject: Subject, expression: str | None) -> int:
    name = expression or prediction(checkpoint, subject).expression
    return checkpoint.card.classes.index(name)
