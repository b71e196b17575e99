"""Where scores come from: the tables that ride with a checkpoint, or a new pass over a split."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clfer.analysis.attention import stacked
from clfer.analysis.outputs import Progress
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.tables import face_table
from clfer.data.faceset import FaceSet
from clfer.errors import DataError
from clfer.models.checkpoint import Checkpoint

PUBLISHED_SPLIT = "valid"
"""The split that the tables of a checkpoint were made from."""


def score_faces(
    checkpoint: Checkpoint, faces: FaceSet, progress: Progress | None = None
) -> ScoredFaces:
    """Score a split anew, gradients included.

    Raises:
        DataError: model and data share no expression.
    """
    table = face_table(checkpoint, faces, progress=progress)
    return _from_table(checkpoint, table, faces.dataset, faces.split)


def published_scores(checkpoint: Checkpoint) -> ScoredFaces | None:
    """The scores that ride with a checkpoint; None where none were published."""
    table = checkpoint.table("faces")
    if table is None:
        return None
    return _from_table(checkpoint, table, checkpoint.card.dataset, PUBLISHED_SPLIT)


def snapshot_epochs(checkpoint: Checkpoint) -> tuple[int, ...]:
    """Epochs whose validation scores ride with a checkpoint, its own included, in order."""
    table = checkpoint.table("snapshots")
    kept = set() if table is None else set(table["epoch"].tolist())
    if (checkpoint.folder / "faces.parquet").is_file():
        kept.add(checkpoint.card.epoch)
    return tuple(sorted(kept))


def snapshot_scores(checkpoint: Checkpoint, epoch: int) -> ScoredFaces:
    """The validation scores as they were after an earlier epoch: logits and embedding.

    Raises:
        DataError: that epoch was not kept.
    """
    published, table = published_scores(checkpoint), checkpoint.table("snapshots")
    rows = None if table is None else table[table["epoch"] == epoch]
    if published is None or rows is None or rows.empty:
        raise DataError(
            f"{checkpoint.card.name} keeps no scores of epoch {epoch}: choose one of "
            f"{', '.join(map(str, snapshot_epochs(checkpoint))) or 'none'}."
        )
    rows = rows.sort_values("row")
    embedding = stacked(rows["embedding"]).astype(np.float32)
    return published.at_epoch(epoch, stacked(rows["logits"]), embedding)


def _from_table(
    checkpoint: Checkpoint, table: pd.DataFrame, dataset: str, split: str
) -> ScoredFaces:
    count, classes = len(table), checkpoint.card.classes
    shares = _column(table, "contributions")
    return ScoredFaces(
        dataset=dataset,
        split=split,
        classes=classes,
        names=tuple(table["name"]),
        digests=tuple(table["digest"]),
        labels=table["label"].to_numpy(np.int64),
        logits=stacked(table["logits"]),
        embedding=stacked(table["embedding"]).astype(np.float32),
        epoch=checkpoint.card.epoch,
        attention=_column(table, "attention"),
        attention_norm=_column(table, "attention_norm"),
        contributions=None if shares is None else shares.reshape(count, len(classes), 4),
        grad_norm_cls=stacked(table["grad_norm_cls"]),
        grad_norm_joint=stacked(table["grad_norm_joint"]),
        group_sizes=stacked(table["group_sizes"]).astype(np.int64).reshape(count, 4, -1),
    )


def _column(table: pd.DataFrame, name: str) -> NDArray[np.float64] | None:
    """A column of lists, or None where the model has no such quantity."""
    return None if table[name].isna().any() else stacked(table[name])
