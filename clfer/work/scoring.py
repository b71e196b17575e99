"""Task "score": what a model says about the faces of a split, gradients included."""

from clfer.analysis.scored import score_faces
from clfer.data import load_faces
from clfer.models.checkpoint import load_checkpoint
from clfer.models.library import CheckpointSummary
from clfer.work.request import Request
from clfer.work.tasks import Arguments, Arrays, Progress


def score_request(
    summary: CheckpointSummary, dataset: str, root: str | None, split: str
) -> Request:
    """Ask for the scores of a checkpoint on a split; answered by ``ScoredFaces.as_arrays``."""
    return Request(
        "score",
        {"sha256": summary.sha256, "dataset": dataset, "root": root, "split": split},
        {"folder": str(summary.folder)},
    )


def score(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; see :func:`score_request`."""
    faces = load_faces(arguments["dataset"], arguments["root"], arguments["split"])
    return score_faces(load_checkpoint(arguments["folder"]), faces, progress).as_arrays()
