"""Faces and their labels: every data set becomes :class:`FaceSet`, one split at a time."""

from clfer.data.faceset import FaceSet
from clfer.data.registry import DATASETS, dataset_classes, load_faces, needs_root

__all__ = [
    "DATASETS",
    "FaceSet",
    "dataset_classes",
    "load_faces",
    "needs_root",
]
