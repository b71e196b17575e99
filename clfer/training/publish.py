"""From a run to a checkpoint: the best epoch's weights, a card, and tables."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

import clfer
from clfer.analysis.evaluate import evaluate
from clfer.analysis.outputs import Progress
from clfer.analysis.tables import reference_centroids
from clfer.config import Config
from clfer.data.faceset import FaceSet
from clfer.errors import CheckpointError, DataError
from clfer.faces.mtcnn import MtcnnDetector
from clfer.faces.template import measure_template
from clfer.methods.hash_coding import CODE_DIMENSION
from clfer.models.card import Card, Point
from clfer.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from clfer.models.files import write_atomically
from clfer.training.epochs import TrainingFaces
from clfer.training.history import best_epoch
from clfer.training.learner import Learner
from clfer.training.machine import machines_of
from clfer.training.model_card import Rival, model_card
from clfer.training.published_tables import write_tables
from clfer.training.run_folder import RunFolder
from clfer.training.state import load_average, load_history

PARTS = 5
"""Of publishing: faces, landmarks, reference centroids, evaluation, tables."""


def publish_run(
    run_path: Path,
    target: Path,
    *,
    title: str | None = None,
    compare: Sequence[Path] = (),
    device: torch.device | str = "cpu",
    progress: Progress = lambda done, total: None,
) -> Card:
    """Write the best epoch of a run as a checkpoint folder.

    The epoch is the one of highest validation accuracy at the final image side. What is
    evaluated, and what the tables hold, is the stored half-precision model itself.

    Args:
        run_path: Folder of the run.
        target: Folder of the checkpoint.
        title: One line for people.
        compare: Other runs or records at the same budget; their accuracies stand in the card.
        device: Where to compute.
        progress: Called with the parts of this work that are done, and all of them.

    Raises:
        CheckpointError: the run, or one to compare with, has no finished epoch.
        ConfigError: one to compare with is no run, or its history is damaged.
    """
    progress(0, PARTS)
    run = RunFolder(run_path)
    config = run.config()
    if not run.last_epoch():
        raise CheckpointError(f"{run_path} has no finished epoch to publish.")
    rivals = [_rival(RunFolder(path)) for path in compare]
    history = load_history(run.epoch_folder(run.last_epoch()))
    epoch = best_epoch(history)
    faces = TrainingFaces.load(config)
    learner = Learner(config, len(faces.train.classes))
    load_average(run.epoch_folder(epoch), learner)
    progress(1, PARTS)
    title = title or f"{config.method} on {config.data.name}"
    card = _card(target.name, title, config, faces, history[epoch - 1])
    progress(2, PARTS)
    clusters = config.clfm.clusters
    blank = torch.zeros(clusters, CODE_DIMENSION)
    save_checkpoint(target, card, learner.network, learner.objective, blank)
    draft = load_checkpoint(target, device)
    references = reference_centroids(draft, faces.train, clusters, config.seed)
    save_checkpoint(target, card, learner.network, learner.objective, references)
    progress(3, PARTS)
    card = _measured(card, load_checkpoint(target, device), faces)
    save_checkpoint(target, card, learner.network, learner.objective, references)
    progress(4, PARTS)
    write_tables(target, load_checkpoint(target, device), faces.valid, run, history)
    page = model_card(card, history, faces, rivals, machines_of(run_path))
    write_atomically(target / "README.md", page.encode())
    progress(PARTS, PARTS)
    return card


def _card(name: str, title: str, config: Config, faces: TrainingFaces, row: dict[str, Any]) -> Card:
    """The card of the epoch of a history row, without figures."""
    return Card(
        name=name,
        title=title,
        dataset=config.data.name,
        classes=faces.train.classes,
        preprocess=faces.preprocess.model_copy(update={"side": row["side"]}),
        face_side=faces.train.images.shape[1],
        template=_template(faces.train),
        config=_without_local_paths(config),
        epoch=row["epoch"],
        code_version=clfer.__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _without_local_paths(config: Config) -> Config:
    """Where the data lay on this machine is nobody else's business."""
    return config.model_copy(update={"data": config.data.model_copy(update={"root": None})})


def _template(train: FaceSet) -> tuple[Point, Point, Point, Point, Point] | None:
    """Landmarks of the training faces; None where the detector does not see them as faces."""
    try:
        found = measure_template(train.images, MtcnnDetector(), name=f"{train.dataset} train")
    except DataError:
        return None
    a, b, c, d, e = found.points
    return a, b, c, d, e


def _measured(card: Card, checkpoint: Checkpoint, faces: TrainingFaces) -> Card:
    found = evaluate(checkpoint, faces.valid, duplicates_of=faces.train)
    metrics: dict[str, Any] = {
        name: getattr(found, name)
        for name in (
            "n",
            "accuracy",
            "mean_class_accuracy",
            "macro_f1",
            "ece",
            "n_deduplicated",
            "accuracy_deduplicated",
        )
    }
    kept = {name: float(value) for name, value in metrics.items() if value is not None}
    return card.model_copy(update={"metrics": kept})


def _rival(run: RunFolder) -> Rival:
    config, rows = run.config(), run.read_metrics()  # a record has no state
    if not rows:
        raise CheckpointError(f"{run.path} has no finished epoch to compare with.")
    return Rival(config, rows)
