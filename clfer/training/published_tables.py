"""The Parquet tables that ride with a checkpoint, so that views work without the data set."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from clfer.analysis.tables import face_table
from clfer.data.faceset import FaceSet
from clfer.models.checkpoint import Checkpoint
from clfer.models.files import write_atomically
from clfer.training.predictions import load_predictions
from clfer.training.run_folder import RunFolder

SNAPSHOTS = 7
"""Epochs, evenly spaced, whose validation logits and embeddings ride with the checkpoint."""

SNAPSHOT_DIMENSION = 50
"""Their embeddings are kept in at most this many principal components."""


def write_tables(
    target: Path,
    checkpoint: Checkpoint,
    valid: FaceSet,
    run: RunFolder,
    history: list[dict[str, Any]],
) -> None:
    """Write ``history``, ``faces`` and ``snapshots`` into a checkpoint folder.

    Embeddings are stored in half precision.

    Args:
        target: The checkpoint folder.
        checkpoint: The checkpoint in it.
        valid: The validation faces.
        run: The run it came from.
        history: One row per epoch.
    """
    faces = face_table(checkpoint, valid)
    faces["embedding"] = [row.astype(np.float16) for row in faces["embedding"]]
    tables = {
        "history": pd.DataFrame(history),
        "faces": faces,
        "snapshots": _snapshots(run, [row["epoch"] for row in history]),
    }
    for name, table in tables.items():
        write_atomically(target / f"{name}.parquet", table.to_parquet(compression="zstd"))


def _snapshots(run: RunFolder, epochs: list[int]) -> pd.DataFrame:
    chosen = np.unique(np.linspace(0, len(epochs) - 1, SNAPSHOTS).round().astype(int))
    return pd.concat([_snapshot(run, epochs[i]) for i in chosen], ignore_index=True)


def _snapshot(run: RunFolder, epoch: int) -> pd.DataFrame:
    logits, embedding = load_predictions(run.predictions(epoch))
    return pd.DataFrame(
        {
            "epoch": np.full(len(logits), epoch, np.int32),
            "row": np.arange(len(logits), dtype=np.int32),
            "logits": list(logits.astype(np.float32)),
            "embedding": list(_reduced(embedding).astype(np.float16)),
        }
    )


def _reduced(embedding: NDArray[np.float32]) -> NDArray[np.float32]:
    size = min(SNAPSHOT_DIMENSION, *embedding.shape)
    reduced: NDArray[np.float32] = PCA(size, random_state=0).fit_transform(embedding)
    return reduced
