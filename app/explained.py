"""The heavier explanations of a subject, each made once per session when first asked for."""

import numpy as np
from numpy.typing import NDArray

import state
from clfer.analysis.attribution import Method
from clfer.analysis.explain import explain_attribution, explain_groups, explain_intensity
from clfer.analysis.intensity import Intensity, Quantity
from clfer.analysis.semantics import GroupMaps
from clfer.models.checkpoint import Checkpoint
from photos import Subject, prediction


def semantics(checkpoint: Checkpoint, subject: Subject, block: int) -> GroupMaps:
    """Maps of the semantic groups of a block, 1 to 4."""
    crop = prediction(checkpoint, subject).crop
    key = ("semantics", checkpoint.sha256, block, *subject.key)
    return state.remembered(key, lambda: explain_groups(checkpoint, crop, block))


def intensity(
    checkpoint: Checkpoint, subject: Subject, of: Quantity, expression: str | None
) -> Intensity:
    """Learning intensity for an expression, by default the predicted one."""
    crop = prediction(checkpoint, subject).crop
    key = ("intensity", checkpoint.sha256, of, expression, *subject.key)
    return state.remembered(key, lambda: explain_intensity(checkpoint, crop, of, expression))


def attribution(
    checkpoint: Checkpoint, subject: Subject, method: Method, expression: str
) -> tuple[NDArray[np.float64], ...]:
    """Attribution maps of the four blocks for an expression."""
    crop = prediction(checkpoint, subject).crop
    key = ("attribution", checkpoint.sha256, method, expression, *subject.key)
    return state.remembered(
        key, lambda: explain_attribution(checkpoint, crop, method, expression).maps
    )
