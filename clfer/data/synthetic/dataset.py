"""The synthetic data set: balanced classes, people disjoint across splits, factors recorded."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clfer.data.faceset import FaceSet
from clfer.data.synthetic.drawn import (
    digests_of,
    kept_count,
    kept_file,
    load_drawn,
    save_drawn,
)
from clfer.data.synthetic.parameters import GLASSES, OCCLUSIONS, FaceParameters, Light, Pose
from clfer.data.synthetic.render import render_face
from clfer.data.synthetic.sampling import sample_face
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS

DEFAULT_COUNTS: dict[str, int] = {"train": 4200, "valid": 700, "test": 700}
SMALLEST, LARGEST = 32, 1024
_FACE_STREAM, _SAMPLE_STREAM = 102, 103
_SPLIT_PEOPLE = 1_000_000


def load_synthetic(
    split: str, *, size: int = 64, count: int | None = None, seed: int = 0
) -> FaceSet:
    """One split of the synthetic faces, RGB ``[N, size, size, 3]``: drawn once, then kept on disk.

    Face number i shows expression i mod 7, so any multiple of seven is balanced; every seven
    faces show another person. A smaller ``count`` yields the first faces of a larger one.

    Args:
        split: ``"train"``, ``"valid"`` or ``"test"``; no person appears in two of them.
        size: Edge of the pictures in pixels, 32 to 1024.
        count: Number of faces; 4200, 700 and 700 unless given. At least one of every class.
        seed: Another seed gives other people and other pictures.

    Raises:
        DataError: the split is unknown, or size, count or seed is out of range.
    """
    _check(split, size, count, seed)
    number = DEFAULT_COUNTS[split] if count is None else count
    faces = [describe_face(split, i, seed) for i in range(number)]
    images, digests = _images(kept_file(split, size, seed), faces, size)
    return FaceSet(
        dataset="synthetic",
        split=split,
        classes=BASIC_EXPRESSIONS,
        images=images,
        labels=np.arange(number, dtype=np.int64) % len(BASIC_EXPRESSIONS),
        names=tuple(f"synthetic/{split}/{i:06d}" for i in range(number)),
        digests=tuple(digests),
        factors=pd.DataFrame([face.factors() for face in faces]),
    )


def faces_to_draw(split: str, *, size: int = 64, count: int | None = None, seed: int = 0) -> int:
    """How many faces :func:`load_synthetic` would have to draw, the others being kept on disk.

    Raises:
        DataError: as there.
    """
    _check(split, size, count, seed)
    number = DEFAULT_COUNTS[split] if count is None else count
    return max(0, number - kept_count(kept_file(split, size, seed)))


def synthetic_valid(count: int | None) -> int:
    """How many validation faces a run draws that asks for ``count``; None for all."""
    most = DEFAULT_COUNTS["valid"]
    return most if count is None else min(count, most)


def render_faces(faces: Sequence[FaceParameters], size: int) -> NDArray[np.uint8]:
    """Draw faces, whatever is kept on disk: uint8 ``[N, size, size, 3]``."""
    images = np.empty((len(faces), size, size, 3), dtype=np.uint8)
    for i, face in enumerate(faces):
        images[i] = render_face(face, size)
    return images


def describe_face(split: str, index: int, seed: int = 0) -> FaceParameters:
    """Parameters of face ``index`` of a split.

    Raises:
        DataError: the split is unknown, or seed is negative.
    """
    _check(split, SMALLEST, None, seed)
    where = list(DEFAULT_COUNTS).index(split)
    person = where * _SPLIT_PEOPLE + index // len(BASIC_EXPRESSIONS)
    rng = np.random.default_rng([seed, _FACE_STREAM, where, index])
    return sample_face(BASIC_EXPRESSIONS[index % len(BASIC_EXPRESSIONS)], person, rng, seed)


def draw_face(
    expression: str,
    identity: int,
    *,
    size: int = 256,
    seed: int = 0,
    pose: Pose | None = None,
    light: Light | None = None,
    glasses: str | None = None,
    occlusion: str = "none",
) -> NDArray[np.uint8]:
    """Draw one clean sample face, uint8 RGB ``[size, size, 3]``, without blur or sensor noise.

    Args:
        expression: One of the seven basic expressions.
        identity: Number of the person, 0 or above; below 1,000,000 are those of the train split.
        size: Edge in pixels, 32 to 1024.
        seed: Chooses the people and, with expression and identity, everything not given here.
        pose: Head pose; a slight random one unless given.
        light: Light; a random one unless given.
        glasses: One of :data:`~clfer.data.synthetic.parameters.GLASSES`; random unless given.
        occlusion: One of :data:`~clfer.data.synthetic.parameters.OCCLUSIONS`.

    Raises:
        DataError: one of the arguments is unknown or out of range.
    """
    if expression not in BASIC_EXPRESSIONS:
        raise DataError(
            f"Expression '{expression}' cannot be drawn; "
            f"choose from {', '.join(BASIC_EXPRESSIONS)}."
        )
    if identity < 0:
        raise DataError(f"Identity {identity} is negative; number people from 0.")
    if occlusion not in OCCLUSIONS:
        raise DataError(f"Occlusion '{occlusion}' is unknown; choose from {', '.join(OCCLUSIONS)}.")
    if glasses not in (None, *GLASSES):
        raise DataError(f"Glasses '{glasses}' are unknown; choose from {', '.join(GLASSES)}.")
    _check("train", size, None, seed)
    which = BASIC_EXPRESSIONS.index(expression)
    rng = np.random.default_rng([seed, _SAMPLE_STREAM, identity, which])
    face = sample_face(expression, identity, rng, seed)
    drawn = face.pose
    calm = replace(drawn, yaw=0.8 * drawn.yaw, pitch=0.6 * drawn.pitch, roll=0.6 * drawn.roll)
    scene = replace(face.scene, blur=0.0, noise=0.0, occlusion=occlusion)
    scene = scene if glasses is None else replace(scene, glasses=glasses)
    return render_face(
        replace(face, pose=pose or calm, light=light or face.light, scene=scene), size
    )


def _images(
    path: Path, faces: Sequence[FaceParameters], size: int
) -> tuple[NDArray[np.uint8], list[str]]:
    """Pixels and digests: read as far as they are kept, the rest drawn and kept."""
    images, digests = load_drawn(path, len(faces))
    if len(images) == len(faces):
        return images, digests
    added = render_faces(faces[len(images) :], size)
    images = np.concatenate([images, added]) if len(images) else added
    digests += digests_of(added)
    save_drawn(path, images, digests)
    return images, digests


def _check(split: str, size: int, count: int | None, seed: int) -> None:
    if split not in DEFAULT_COUNTS:
        raise DataError(
            f"The synthetic set has no split '{split}'; choose from {', '.join(DEFAULT_COUNTS)}."
        )
    if not SMALLEST <= size <= LARGEST:
        raise DataError(
            f"Synthetic faces of {size} pixels cannot be drawn; choose a size from "
            f"{SMALLEST} to {LARGEST}."
        )
    if count is not None and not len(BASIC_EXPRESSIONS) <= count < _SPLIT_PEOPLE:
        raise DataError(
            f"A count of {count} synthetic faces is out of range; ask for at least "
            f"{len(BASIC_EXPRESSIONS)}, one of every expression."
        )
    if seed < 0:
        raise DataError(f"Seed {seed} is negative; choose 0 or above.")
