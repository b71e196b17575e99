"""Task "robustness": accuracy of two models over a split against the strength of a perturbation."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from clfer.analysis.perturb import Perturbation, Place, Settings, perturbations
from clfer.analysis.robustness import AccuracyCurve, accuracy_curve, shared_faces
from clfer.data import load_faces
from clfer.data.faceset import FaceSet
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.sides import Side
from clfer.work.request import Request, split_arguments
from clfer.work.tasks import Arguments, Arrays, Progress


def robustness_request(
    models: Mapping[Side, Checkpoint],
    faces: FaceSet,
    root: str | None,
    kind: Perturbation,
    place: Place,
) -> Request:
    """Ask for the accuracy curves of A and B; answered by what :func:`read_curves` reads.

    Args:
        models: The checkpoints by letter.
        faces: The split.
        root: Where the data set lies.
        kind: The perturbation; it alone is applied.
        place: Centre of the patch; it counts for no other perturbation.
    """
    arguments: dict[str, Any] = {
        "sha256": {side: model.sha256 for side, model in models.items()},
        **split_arguments(faces),
        "perturbation": kind.name,
        "place": list(place) if kind.name == "patch" else None,
    }
    folders = {side: str(model.folder) for side, model in models.items()}
    return Request("robustness", arguments, {"folders": folders, "root": root})


def robustness(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; see :func:`robustness_request`."""
    models = {side: load_checkpoint(folder) for side, folder in arguments["folders"].items()}
    faces = load_faces(arguments["dataset"], arguments["root"], arguments["split"])
    faces = shared_faces(faces, list(models.values()))
    kind = perturbations(faces.images.shape[1])[arguments["perturbation"]]
    settings = Settings() if arguments["place"] is None else Settings(place=_place(arguments))
    arrays: Arrays = {"strengths": np.array(kind.strengths, dtype=np.float64)}
    for i, (side, model) in enumerate(models.items()):

        def report(done: int, total: int, before: int = i) -> None:
            progress(before * total + done, len(models) * total)

        curve = accuracy_curve(model, faces, kind, settings, report)
        arrays |= {
            f"n_{side}": np.array(curve.n),
            f"accuracy_{side}": curve.accuracy,
            f"interval_{side}": curve.interval,
        }
    return arrays


def read_curves(arrays: Arrays) -> dict[Side, AccuracyCurve]:
    """The curves of A and B in the result of the task."""
    strengths = tuple(arrays["strengths"].tolist())
    sides: tuple[Side, Side] = ("A", "B")
    return {
        side: AccuracyCurve(
            strengths,
            int(arrays[f"n_{side}"]),
            arrays[f"accuracy_{side}"],
            arrays[f"interval_{side}"],
        )
        for side in sides
    }


def _place(arguments: Arguments) -> Place:
    across, down = arguments["place"]
    return float(across), float(down)
