"""Task "groups": the semantic groups of a model on every face of a split."""

from clfer.analysis.face_groups import face_groups
from clfer.analysis.scored import ScoredFaces
from clfer.data import load_faces
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.work.request import Request
from clfer.work.tasks import Arguments, Arrays, Progress


def groups_request(checkpoint: Checkpoint, scored: ScoredFaces, root: str | None) -> Request:
    """Ask for the groups of a checkpoint on a split; answered by ``FaceGroups.as_arrays``.

    Args:
        checkpoint: The model.
        scored: Its scores on that split, published or computed: they name the faces, so that a
            result is found without them.
        root: Where the faces lie; needed to compute a result, not to find one.
    """
    return Request.of_split("groups", checkpoint, scored, root)


def groups(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; see :func:`groups_request`."""
    faces = load_faces(arguments["dataset"], arguments["root"], arguments["split"])
    return face_groups(load_checkpoint(arguments["folder"]), faces, progress).as_arrays()
