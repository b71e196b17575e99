"""The best epoch of a run as a model, and what it says about the faces of a split."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from clfer.analysis.outputs import run_network
from clfer.analysis.scored import ScoredFaces
from clfer.data import load_faces
from clfer.data.faceset import FaceSet, fingerprint
from clfer.data.registry import dataset_classes
from clfer.errors import CheckpointError, DataError
from clfer.experiments.scale import Scale
from clfer.expressions import class_positions, shared_classes
from clfer.models.checkpoint import Checkpoint
from clfer.runs.record import Run
from clfer.training.epochs import validation_faces
from clfer.training.predictions import load_predictions, save_predictions
from clfer.training.run_folder import RunFolder
from clfer.training.run_model import load_run_model

Root = Callable[[str], str | None]
"""Folder of a data set by its name."""

_BATCH = 64


def scored_faces(scale: Scale, dataset: str) -> FaceSet:
    """The faces of a data set on which runs of a size are scored, read once."""
    return _split_faces(dataset, scale.root(dataset), scale.split, scale.valid_count)


@lru_cache(maxsize=8)
def _split_faces(dataset: str, root: str | None, split: str, valid_count: int | None) -> FaceSet:
    if split == "valid":
        return validation_faces(dataset, root, valid_count)
    return load_faces(dataset, root, split)


def best_model(run: Run) -> Checkpoint:
    """The model of the epoch that would be published, in memory.

    Raises:
        CheckpointError: the run has no finished epoch.
        DataError: its faces, which give the normalisation, cannot be read.
    """
    return load_run_model(RunFolder(run.path), best_epoch_of(run))


def best_epoch_of(run: Run) -> int:
    """The epoch that would be published; :class:`CheckpointError` if none is finished."""
    if run.best is None:
        raise CheckpointError(f"{run.path} has no finished epoch.")
    return int(run.best["epoch"])


def score_run(
    run: Run, split: str, root: Root, dataset: str | None = None, epoch: int | None = None
) -> ScoredFaces:
    """What a run says about a split, over the expressions that it shares with the data set.

    The validation faces of its own data set were scored after every epoch; others are scored once,
    by the best epoch, and kept in the run's folder.

    Args:
        run: A finished run.
        split: ``"valid"`` or ``"test"``.
        root: Folders of the data sets.
        dataset: Another data set than the run's own.
        epoch: Another epoch than the best one, for the validation faces of its own data set.

    Raises:
        CheckpointError: the run has no finished epoch.
        DataError: the faces cannot be read, or share no expression with the run.
    """
    data = run.config.data
    name = dataset or data.name
    faces = _split_faces(name, root(name), split, data.valid_count)
    return score_faces(run, faces, root, epoch)


def score_faces(run: Run, faces: FaceSet, root: Root, epoch: int | None = None) -> ScoredFaces:
    """Like :func:`score_run`, on faces that need not be a whole split.

    Args:
        run: A finished run.
        faces: Data set, split and content name the file that keeps what the run says of them.
        root: Folders of the data sets.
        epoch: As in :func:`score_run`.

    Raises:
        CheckpointError: the run has no finished epoch.
        DataError: they share no expression with the run, or are not those it was scored on.
    """
    config = run.config
    best = best_epoch_of(run)
    path = predictions_file(run, faces, epoch or best)
    if not path.is_file():
        if epoch not in (None, best):
            raise CheckpointError(f"{run.path} keeps no predictions of epoch {epoch}.")
        save_predictions(path, run_network(best_model(run), faces.images, _BATCH))
    logits, embedding = load_predictions(path)
    if len(logits) != len(faces):
        raise DataError(
            f"{path} speaks of {len(logits):,} faces, and {faces.dataset} {faces.split} has "
            f"{len(faces):,}: name the folder that the run was trained on."
        )
    known = dataset_classes(config.data.name, root(config.data.name))
    labels = class_positions(faces.classes, known)[faces.labels]
    scored = ScoredFaces(
        faces.dataset,
        faces.split,
        known,
        faces.names,
        faces.digests,
        labels,
        logits.astype(np.float64),
        embedding,
        epoch or best,
    )
    if known == faces.classes:
        return scored
    kept = np.flatnonzero(labels >= 0)
    return scored.subset(kept).restricted(shared_classes(known, faces.classes))


def predictions_file(run: Run, faces: FaceSet, epoch: int) -> Path:
    """Where a run keeps what it says of faces after an epoch; other faces, another file."""
    path = RunFolder(run.path).predictions(epoch)
    if (faces.dataset, faces.split) == (run.config.data.name, "valid"):
        return path
    content = fingerprint(faces.digests)[:12]
    return path.with_name(f"{epoch:04d}-{faces.dataset}-{faces.split}-{content}.safetensors")
