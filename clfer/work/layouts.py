"""Task "layout": t-SNE or UMAP of the same faces in A and in B, in one frame (Fig. 9)."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from clfer.analysis import projection
from clfer.analysis.comparison import Comparison, compare
from clfer.analysis.pictures import fitted_pictures
from clfer.analysis.pooled import FUSED, block_of
from clfer.analysis.projection import Method
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.scoring import PUBLISHED_SPLIT, published_scores, snapshot_scores
from clfer.data import load_faces
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.sides import Side
from clfer.work.block_embeddings import embed, embed_request, read_block
from clfer.work.request import Request, split_arguments
from clfer.work.results import load_result
from clfer.work.scoring import score, score_request
from clfer.work.tasks import Arguments, Arrays, Progress


def layout_request(
    models: Mapping[Side, Checkpoint],
    comparison: Comparison,
    space: str,
    method: Method,
    root: str | None,
) -> Request:
    """Ask for both pictures; answered by ``Pictures.as_arrays``.

    Args:
        models: The checkpoints by letter, A and B.
        comparison: Their scores on the faces that are drawn.
        space: One of :data:`clfer.analysis.pooled.SPACES`.
        method: ``t-SNE`` or ``UMAP``.
        root: Where the data set lies; None is enough for published scores.
    """
    return Request(
        "layout",
        {
            "sha256": {side: model.sha256 for side, model in models.items()},
            "epochs": {"A": comparison.a.epoch, "B": comparison.b.epoch},
            **split_arguments(comparison),
            "space": space,
            "method": method,
            "parameters": projection.parameters(method),
        },
        {"folders": {side: str(model.folder) for side, model in models.items()}, "root": root},
    )


def layout(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; see :func:`layout_request`."""
    found, a, b = _embeddings(arguments)
    method = cast(Method, arguments["method"])
    return fitted_pictures(method, a, b, found.labels, progress).as_arrays()


def _embeddings(
    arguments: Arguments,
) -> tuple[Comparison, NDArray[np.float32], NDArray[np.float32]]:
    """The scores of both models, and what is drawn of each, ``[N, D]``."""
    models = {side: load_checkpoint(folder) for side, folder in arguments["folders"].items()}
    found = compare(*(_scores(models[side], arguments, side) for side in ("A", "B")))
    if arguments["space"] == FUSED:
        return found, found.a.embedding, found.b.embedding
    block = block_of(arguments["space"])
    a, b = (read_block(_blocks(models[side], arguments), block, found.names) for side in ("A", "B"))
    return found, a, b


def _scores(model: Checkpoint, arguments: Arguments, side: str) -> ScoredFaces:
    """The scores that the page shows: published, kept from an earlier epoch, or computed."""
    published = published_scores(model)
    if published is not None and (published.dataset, PUBLISHED_SPLIT) == _split(arguments):
        epoch = arguments["epochs"][side]
        return published if epoch == model.card.epoch else snapshot_scores(model, epoch)
    request = score_request(model, load_faces(*_place(arguments)), arguments["root"])
    return ScoredFaces.from_arrays(load_result(request) or _run(score, request))


def _blocks(model: Checkpoint, arguments: Arguments) -> Arrays:
    request = embed_request(model, load_faces(*_place(arguments)), arguments["root"])
    return load_result(request) or _run(embed, request)


def _run(task: Any, request: Request) -> Arrays:
    return cast(Arrays, task(request.arguments | request.places, lambda done, total: None))


def _split(arguments: Arguments) -> tuple[str, str]:
    return arguments["dataset"], arguments["split"]


def _place(arguments: Arguments) -> tuple[str, str | None, str]:
    return arguments["dataset"], arguments["root"], arguments["split"]
