"""Explanations of one face crop for the app: uint8 pixels in, numpy out, torch stays inside."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clfer.analysis.attribution import METHODS, Method
from clfer.analysis.intensity import Intensity, Quantity, learning_intensity
from clfer.analysis.semantics import GroupMaps, group_maps
from clfer.errors import DataError
from clfer.models.checkpoint import Checkpoint


@dataclass(frozen=True, eq=False)
class Attribution:
    """Which cells of the blocks speak for an expression.

    Attributes:
        method: How it was computed.
        expression: What it speaks for.
        maps: Of blocks 1 … 4, each ``[H_j, W_j]`` in units of the logit; not negative for
            Grad-CAM.
    """

    method: Method
    expression: str
    maps: tuple[NDArray[np.float64], ...]


def explain_groups(checkpoint: Checkpoint, crop: NDArray[np.uint8], block: int) -> GroupMaps:
    """Semantic groups of a block (1 … 4) as maps over a crop, uint8 ``[S, S, 3]``."""
    with torch.inference_mode():
        features = checkpoint.network.encoder(_input(checkpoint, crop))
    return group_maps(checkpoint, features, block)


def explain_intensity(
    checkpoint: Checkpoint,
    crop: NDArray[np.uint8],
    of: Quantity = "cls",
    expression: str | None = None,
) -> Intensity:
    """Learning intensity (B = 1) of a crop, uint8 ``[S, S, 3]``.

    Args:
        checkpoint: The model.
        crop: The face.
        of: What is differentiated.
        expression: For which expression; the predicted one by default.

    Raises:
        DataError: the model does not know the expression.
    """
    target = None
    if expression is not None:
        target = torch.tensor([_position(checkpoint, expression)], device=checkpoint.device)
    return learning_intensity(checkpoint, _input(checkpoint, crop), target, of)


def explain_attribution(
    checkpoint: Checkpoint, crop: NDArray[np.uint8], method: Method, expression: str
) -> Attribution:
    """Attribution for an expression at every block of a crop, uint8 ``[S, S, 3]``.

    Raises:
        DataError: the model does not know the expression.
    """
    target = _position(checkpoint, expression)
    found = METHODS[method](checkpoint, _input(checkpoint, crop), target)
    return Attribution(method, expression, tuple(found))


def _input(checkpoint: Checkpoint, crop: NDArray[np.uint8]) -> Tensor:
    return checkpoint.card.preprocess(crop[None], checkpoint.device)


def _position(checkpoint: Checkpoint, expression: str) -> int:
    classes = checkpoint.card.classes
    if expression not in classes:
        raise DataError(
            f"{checkpoint.card.name} does not know the expression '{expression}': "
            f"choose one of {', '.join(classes)}."
        )
    return classes.index(expression)
