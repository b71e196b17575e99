"""Check the Parquet tables of a foreign checkpoint, so that no view stumbles over them later."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from clfer.errors import CheckpointError
from clfer.models.card import Card

MAX_UNPACKED = 2_000_000_000
"""Bytes of a table when unpacked; Parquet packs a repeated value to almost nothing."""

_COLUMNS = {
    "history.parquet": ("epoch", "side", "valid_accuracy"),
    "faces.parquet": (
        "name",
        "digest",
        "label",
        "logits",
        "embedding",
        "attention",
        "attention_norm",
        "contributions",
        "grad_norm_cls",
        "grad_norm_joint",
        "group_sizes",
    ),
    "snapshots.parquet": ("epoch", "row", "logits", "embedding"),
}


def check_tables(folder: Path, card: Card) -> None:
    """Check that the tables beside a card are readable and fit it.

    Raises:
        CheckpointError: one is damaged, too large, lacks a column, or does not fit the card.
    """
    tables = {name: _read(folder / name) for name in _COLUMNS if (folder / name).is_file()}
    faces, snapshots = tables.get("faces.parquet"), tables.get("snapshots.parquet")
    if faces is not None:
        _check_faces(faces, card)
    if snapshots is not None:
        if faces is None:
            raise CheckpointError(
                "snapshots.parquet came without faces.parquet, whose faces it scores: give both."
            )
        _check_lengths(snapshots, "snapshots.parquet", {"logits": len(card.classes)})
        counts = snapshots.groupby("epoch")["row"].nunique()
        if (counts != len(faces)).any() or len(snapshots) != counts.sum():
            raise CheckpointError(
                f"snapshots.parquet does not score each of the {len(faces):,} faces of "
                "faces.parquet once an epoch: give the tables of one checkpoint."
            )


def _read(path: Path) -> pd.DataFrame:
    """The known columns of a table."""
    try:
        with pq.ParquetFile(path) as file:
            meta = file.metadata
            size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
            missing = [name for name in _COLUMNS[path.name] if name not in file.schema_arrow.names]
            if missing:
                raise CheckpointError(
                    f"{path} lacks the column '{missing[0]}': publish the checkpoint anew."
                )
            if size > MAX_UNPACKED:
                raise CheckpointError(
                    f"{path} unpacks to more than {MAX_UNPACKED // 10**9} GB: leave it out."
                )
            table: pd.DataFrame = file.read(columns=list(_COLUMNS[path.name])).to_pandas()
            return table
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise CheckpointError(
            f"{path} is not a readable Parquet table ({reason}): leave it out or copy it again."
        ) from error


def _check_faces(faces: pd.DataFrame, card: Card) -> None:
    classes, name = len(card.classes), "faces.parquet"
    if not len(faces):
        raise CheckpointError(f"{name} has no rows: leave it out.")
    labels = faces["label"]
    if not pd.api.types.is_integer_dtype(labels) or not labels.between(0, classes - 1).all():
        raise CheckpointError(
            f"{name}: a label is not the number of one of the card's {classes} expressions."
        )
    lengths = {"logits": classes, "grad_norm_cls": 4, "grad_norm_joint": 4}
    lengths["group_sizes"] = 4 * card.config.clfm.clusters
    msr = card.config.model.msr
    lengths |= {"attention": 4 * msr, "attention_norm": 4 * msr, "contributions": 4 * classes * msr}
    _check_lengths(faces, name, lengths)


def _check_lengths(table: pd.DataFrame, name: str, lengths: dict[str, int]) -> None:
    """Every cell of a column holds as many numbers as the card asks for, embeddings equally many.

    Args:
        table: The table.
        name: What messages call it.
        lengths: Numbers per cell by column.
    """
    columns = {**lengths, "embedding": None}
    for column, wanted in columns.items():
        found = table[column].map(lambda cell: len(cell) if hasattr(cell, "__len__") else 0)
        expected = found.iloc[0] if wanted is None else wanted
        if not (found == expected).all():
            raise CheckpointError(
                f"{name}: '{column}' holds {found[found != expected].iloc[0]} numbers where the "
                f"card's configuration needs {expected}."
            )
