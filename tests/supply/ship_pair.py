"""Replace the shipped pair by two finished runs, and what the app shows of it at once.

Publishes both with each other in their cards, then draws the t-SNE and UMAP pictures and measures
the semantic groups on the validation faces, so that the views need neither data nor waiting.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from clfer.analysis.comparison import compare
from clfer.analysis.pooled import FUSED
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.scoring import published_scores
from clfer.errors import ClferError
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.paths import checkpoints_dir
from clfer.training.publish import publish_run
from clfer.work.group_statistics import groups, groups_request
from clfer.work.layouts import layout, layout_request
from clfer.work.request import Request
from clfer.work.results import FOLDER, save_result

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
        made = save_result(request, WORKS[request.task](arguments, lambda done, total: None))
        (place / request.task).mkdir(parents=True, exist_ok=True)
        print(shutil.copy(made, place / request.task), flush=True)


def _published(model: Checkpoint) -> ScoredFaces:
    found = published_scores(model)
    if found is None:
        raise SystemExit(f"{model.folder} has no table of scored faces.")
    return found


if __name__ == "__main__":
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("baseline", type=Path, help="folder of its finished run")
    asked.add_argument("ours", type=Path, help="folder of its finished run")
    asked.add_argument("root", help="FER+, as clfer train takes it")
    said = asked.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CLFER_CACHE"] = cache  # nothing kept on this machine may be taken for new
        try:
            ship((said.baseline, said.ours), said.root)
        except ClferError as error:
            asked.error(str(error))
