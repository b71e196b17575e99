"""A second set of synthetic faces that differs in one factor: heads are turned further aside."""

import hashlib
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd

from clfer.data.faceset import FaceSet
from clfer.data.synthetic import describe_face, render_face
from clfer.expressions import BASIC_EXPRESSIONS

TURNED = "synthetic-turned"
"""Its name among data sets; it cannot be trained on."""

YAW = 30.0
"""Degrees by which every head is turned on, to the side to which it looks. The faces of
``synthetic`` look up to 28 degrees aside."""

COUNT, SIDE = 210, 64


@lru_cache(maxsize=3)
def turned_faces(split: str) -> FaceSet:
    """The first faces of a synthetic split, turned; RGB ``[210, 64, 64, 3]``.

    Raises:
        DataError: there is no such split.
    """
    faces = [describe_face(split, i) for i in range(COUNT)]
    turned = [
        replace(face, pose=replace(face.pose, yaw=face.pose.yaw + np.copysign(YAW, face.pose.yaw)))
        for face in faces
    ]
    images = np.stack([render_face(face, SIDE) for face in turned])
    return FaceSet(
        TURNED,
        split,
        BASIC_EXPRESSIONS,
        images,
        np.arange(COUNT, dtype=np.int64) % len(BASIC_EXPRESSIONS),
        tuple(f"{TURNED}/{split}/{i:06d}" for i in range(COUNT)),
        tuple(hashlib.sha256(image.tobytes()).hexdigest() for image in images),
        factors=pd.DataFrame([face.factors() for face in turned]),
    )
