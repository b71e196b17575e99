"""Task "embed": the pooled output of every block of a model over a split."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.pooled import pooled_blocks
from clfer.data import load_faces
from clfer.data.faceset import FaceSet
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.work.request import Request
from clfer.work.tasks import Arguments, Arrays, Progress


def embed_request(checkpoint: Checkpoint, faces: FaceSet, root: str | None) -> Request:
    """Ask for the blocks' embeddings of a split; :func:`read_block` reads the answer."""
    return Request.of_split("embed", checkpoint, faces, root)


def embed(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; see :func:`embed_request`.

    Returns:
        ``names`` ``[N]`` and ``block_1`` … ``block_4``, float16 ``[N, C_j]``.
    """
    faces = load_faces(arguments["dataset"], arguments["root"], arguments["split"])
    model = load_checkpoint(arguments["folder"])
    blocks = pooled_blocks(model, faces.images, progress=progress)
    found: Arrays = {"names": np.array(faces.names)}
    return found | {f"block_{j + 1}": b.astype(np.float16) for j, b in enumerate(blocks)}


def read_block(arrays: Arrays, block: int, names: Sequence[str]) -> NDArray[np.float32]:
    """The embedding ``[N, C_j]`` of block 1 … 4 for some of the faces, in the order of names."""
    where = {name: i for i, name in enumerate(arrays["names"].tolist())}
    rows = np.array([where[name] for name in names], dtype=np.int64)
    return np.asarray(arrays[f"block_{block}"][rows], dtype=np.float32)
