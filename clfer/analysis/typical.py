"""Faces that stand for the expressions of a split where nobody has picked any."""

import numpy as np

from clfer.analysis.scored import ScoredFaces
from clfer.data.faceset import FaceSet


def typical_faces(scored: ScoredFaces, limit: int) -> tuple[str, ...]:
    """One face per expression: the one whose true expression the model is surest of.

    Args:
        scored: What a model says about the faces of a split.
        limit: Number of faces, at most.

    Returns:
        Names in the order of the expressions; expressions without a face are left out.
    """
    found = []
    for position in range(len(scored.classes)):
        rows = np.flatnonzero(scored.labels == position)
        if len(rows):
            best = rows[scored.probabilities[rows, position].argmax()]
            found.append(scored.names[best])
    return tuple(found[:limit])


def first_faces(faces: FaceSet, limit: int) -> tuple[str, ...]:
    """The first face of each expression of a split that no model has scored, at most ``limit``."""
    _, first = np.unique(faces.labels, return_index=True)
    return tuple(faces.names[i] for i in first[:limit])
