"""Faces and their labels: every data set becomes :class:`FaceSet`, one split at a time."""

from clfer.data.check import DataReport, check_faces
from clfer.data.faceset import FaceSet
from clfer.data.names import read_names, restrict
from clfer.data.registry import (
    DATASETS,
    available_splits,
    dataset_classes,
    load_faces,
    needs_root,
)

__all__ = [
    "DATASETS",
    "DataReport",
    "FaceSet",
    "available_splits",
    "check_faces",
    "dataset_classes",
    "load_faces",
    "needs_root",
    "read_names",
    "restrict",
]
