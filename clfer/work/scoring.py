"""Task "score": what a model says about the faces of a split, gradients included."""

from clfer.analysis.scoring import score_faces
from clfer.data import load_faces
from clfer.data.faceset import FaceSet
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.work.request import Request
from clfer.work.tasks import Arguments, Arrays, Progress


def score_request(checkpoint: Checkpoint, faces: FaceSet, root: str | None) -> Request:
    """Ask for the scores of a checkpoint on a split; answered by ``ScoredFaces.as_arrays``."""
    return Request.of_split("score", checkpoint, faces, root)


def score(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; see :func:`score_request`."""
    faces = load_faces(arguments["dataset"], arguments["root"], arguments["split"])
    return score_faces(load_checkpoint(arguments["folder"]), faces, progress).as_arrays()
