"""Task "run_groups": the semantic groups of a run's averaged network on a few validation faces."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clfer.analysis.encoded_faces import encode_faces
from clfer.analysis.semantics import GroupMaps
from clfer.analysis.typical import first_faces
from clfer.config import BLOCK_CHANNELS
from clfer.data.faceset import FaceSet
from clfer.runs.launch import config_hash
from clfer.runs.record import Run
from clfer.training.epochs import TrainingFaces
from clfer.training.run_folder import RunFolder
from clfer.training.run_model import run_model
from clfer.work.request import Request
from clfer.work.tasks import Arguments, Arrays, Progress

FACES = 7
"""The first validation face of so many expressions."""

FacePicture = tuple[str, str, NDArray[np.uint8]]
"""Name, true expression and grey picture ``[H, W]`` of a face."""

PARTS = 3
"""Of the work: faces, network, groups."""


def groups_request(run: Run, row: Mapping[str, Any]) -> Request:
    """Ask for the groups after an epoch; answered by what :func:`read_groups` reads.

    Args:
        run: The run.
        row: History row of the epoch, whose state must still be there.
    """
    measured = hashlib.sha256(json.dumps(dict(row)).encode()).hexdigest()
    known = {"config": config_hash(run.config), "epoch": row["epoch"], "row": measured}
    return Request("run_groups", known, {"folder": str(run.path)})


def run_groups(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; see :func:`groups_request`.

    Raises:
        CheckpointError: the state of the epoch is gone or damaged.
        DataError: the faces of the run cannot be read.
    """
    progress(0, PARTS)
    run = RunFolder(Path(arguments["folder"]))
    faces = TrainingFaces.load(run.config())
    progress(1, PARTS)
    checkpoint = run_model(run, arguments["epoch"], faces)
    progress(2, PARTS)
    chosen = _chosen(faces.valid)
    encoded = encode_faces(checkpoint, list(chosen.images))
    arrays: Arrays = {
        "names": np.array(chosen.names),
        "labels": np.array([chosen.classes[label] for label in chosen.labels]),
        "pictures": np.stack([_grey(image) for image in chosen.images]),
    }
    for block in range(1, len(BLOCK_CHANNELS) + 1):
        found = [encoded.groups(checkpoint, i, block) for i in range(len(chosen))]
        arrays[f"sizes_{block}"] = np.stack([groups.sizes for groups in found])
        maps = np.stack([groups.mean_maps for groups in found])
        arrays[f"maps_{block}"] = maps.astype(np.float32)
    progress(PARTS, PARTS)
    return arrays


def read_groups(arrays: Arrays, block: int) -> tuple[list[FacePicture], list[GroupMaps]]:
    """Faces and the maps of one block, 1 to 4, in the result of the task.

    The maps of single channels are not part of it.
    """
    told = zip(arrays["names"], arrays["labels"], arrays["pictures"], strict=True)
    faces = [(str(name), str(label), picture) for name, label, picture in told]
    parts = zip(arrays[f"sizes_{block}"], arrays[f"maps_{block}"], strict=True)
    groups = [GroupMaps(block, sizes, maps.astype(np.float64), ()) for sizes, maps in parts]
    return faces, groups


def _chosen(valid: FaceSet) -> FaceSet:
    place = {name: i for i, name in enumerate(valid.names)}
    return valid.subset(np.array([place[name] for name in first_faces(valid, FACES)]))


def _grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.shape[-1] == 1:
        return image[..., 0]
    return np.asarray(Image.fromarray(image).convert("L"))
