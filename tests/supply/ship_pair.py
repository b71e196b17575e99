"""Replace the shipped pair by two finished runs, and what the app shows of it at once.

    python tests/supply/ship_pair.py BASELINE_RUN OURS_RUN FERPLUS_ROOT

Publishes both with each other in their cards, then draws the t-SNE and UMAP pictures and measures
the semantic groups on the validation faces, so that the views need neither data nor waiting.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from clfer.analysis.comparison import compare
from clfer.analysis.pooled import FUSED
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.scoring import published_scores
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.paths import cache_dir, checkpoints_dir
from clfer.training.publish import publish_run
from clfer.work.group_statistics import groups, groups_request
from clfer.work.layouts import layout, layout_request
from clfer.work.request import Request
from clfer.work.results import FOLDER, result_path, save_result

PAIR = {
    "ferplus-baseline": "Baseline ResNet-18",
    "ferplus-ours": "Cross-layer contrastive (ours)",
}
WORKS = {"layout": layout, "groups": groups}


def shipped_requests(a: Checkpoint, b: Checkpoint, root: str | None = None) -> Iterator[Request]:
    """What ships ready-made for a pair.

    Args:
        a: The baseline.
        b: Ours.
        root: Where FER+ lies; needed to compute, not to find.
    """
    scores = [_published(model) for model in (a, b)]
    both = compare(*scores)
    yield layout_request({"A": a, "B": b}, both, FUSED, "t-SNE", root)
    yield layout_request({"A": a, "B": b}, both, FUSED, "UMAP", root)
    for model, own in zip((a, b), scores, strict=True):
        yield groups_request(model, own, root)


def ship(runs: tuple[Path, Path], root: str) -> None:
    """Do it."""
    for (name, title), run in zip(PAIR.items(), runs, strict=True):
        others = [other for other in runs if other != run]
        card = publish_run(run, checkpoints_dir() / name, title=title, compare=others)
        print(name, f"epoch {card.epoch}", card.metrics, flush=True)
    pair = [load_checkpoint(checkpoints_dir() / name) for name in PAIR]
    place = checkpoints_dir() / FOLDER
    shutil.rmtree(place, ignore_errors=True)
    for request in shipped_requests(*pair, root):
        arguments = {**request.arguments, **request.places}
        save_result(request, WORKS[request.task](arguments, lambda done, total: None))
        target = place / result_path(request).relative_to(cache_dir() / FOLDER)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(result_path(request), target)
        print(target, flush=True)


def _published(model: Checkpoint) -> ScoredFaces:
    found = published_scores(model)
    if found is None:
        raise SystemExit(f"{model.folder} has no table of scored faces.")
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CLFER_CACHE"] = cache  # nothing kept on this machine may be taken for new
        ship((Path(sys.argv[1]), Path(sys.argv[2])), sys.argv[3])
