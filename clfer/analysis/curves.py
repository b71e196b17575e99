"""The history of one training: of a published checkpoint, or of a run folder on this machine."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clfer.config import Config
from clfer.errors import DataError
from clfer.models.card import Card
from clfer.training.run_folder import CONFIG, METRICS, RunFolder

SHALLOW = ("1", "12")
"""Shallow side of the ratio of gradient norms: block 1, or the mean of blocks 1 and 2."""

NEEDED = (
    "epoch",
    "side",
    "loss_cls",
    "train_accuracy",
    "valid_loss",
    "valid_accuracy",
    *(f"attention_{j}" for j in range(1, 5)),
    *(
        f"{what}_{of}_{j}"
        for what in ("grad", "rms")
        for of in ("cls", "joint")
        for j in range(1, 5)
    ),
)
"""Columns that every history has."""

_DEPTH = 3
"""Runs lie at most so many folders below the folder of runs."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The named history of one training.

    Attributes:
        name: Name of the checkpoint or run.
        config: The full configuration, which holds method and seed.
        rows: One row per epoch, indexed by ``epoch`` (ascending, counted from 1). To the columns
            of the history are added ``ratio_{grad|rms}_{cls|joint}_{1|12}``, the intensity of the
            shallow blocks divided by that of block 4. Attention is NaN for a model without MSR.
    """

    name: str
    config: Config
    rows: pd.DataFrame

    @property
    def method(self) -> str:
        """Short name of the method, e.g. ``baseline`` or ``MSR+CLFM+CLBS``."""
        return self.config.method

    @property
    def seed(self) -> int:
        """Seed of the training."""
        return self.config.seed


def checkpoint_curve(folder: Path, card: Card) -> Curve | None:
    """The history that was published with a checkpoint; None where there is none.

    Args:
        folder: The checkpoint folder; its weights are not read.
        card: Its card.

    Raises:
        DataError: the table is damaged or lacks a column.
    """
    path = folder / "history.parquet"
    if not path.is_file():
        return None
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not a readable Parquet table: publish it again.") from error
    return Curve(folder.name, card.config, _rows(table, path, card.config))


def run_curve(folder: Path, name: str) -> Curve:
    """The history of a run folder, finished or still running.

    Args:
        folder: Folder with ``config.yaml`` and ``metrics.jsonl``.
        name: How the run is called.

    Raises:
        ConfigError: its configuration is missing or invalid.
        DataError: its metrics are missing, damaged or lack a column.
    """
    return curve_of_rows(folder, name, RunFolder(folder).config(), _records(folder / METRICS))


def curve_of_rows(
    folder: Path, name: str, config: Config, records: Sequence[Mapping[str, Any]]
) -> Curve:
    """The history of a run folder whose metrics have been read already.

    Args:
        folder: The run, for sentences about what is wrong with it.
        name: How the run is called.
        config: Its configuration.
        records: One row per finished epoch.

    Raises:
        DataError: there is no row, or a column is missing.
    """
    return Curve(name, config, _rows(pd.DataFrame(records), folder / METRICS, config))


def find_runs(root: Path) -> dict[str, Path]:
    """Folders of the runs below ``root`` with a finished epoch, by their name relative to it."""
    found: dict[str, Path] = {}
    for depth in range(1, _DEPTH + 1):
        for path in root.glob("*/" * depth + CONFIG):
            metrics = path.parent / METRICS
            if metrics.is_file() and metrics.stat().st_size:
                found[path.parent.relative_to(root).as_posix()] = path.parent
    return dict(sorted(found.items()))


def _records(path: Path) -> list[Mapping[str, Any]]:
    """The finished lines of a metrics file: a line without its end is still being written."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: choose another run.") from error
    records: list[Mapping[str, Any]] = []
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if not line.endswith("\n"):
            break
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{path}, line {number} is not valid JSON: remove it.") from error
        if not isinstance(record, dict):
            raise DataError(f"{path}, line {number} is not a JSON object: remove it.")
        records.append(record)
    return records


def _rows(table: pd.DataFrame, path: Path, config: Config) -> pd.DataFrame:
    if table.empty:
        raise DataError(f"{path} holds no finished epoch yet: wait for one, or choose another run.")
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise DataError(f"{path} lacks the column '{missing[0]}': publish or train it again.")
    # A run that was resumed from an older state measured some epochs twice; the last one counts.
    rows = table.drop_duplicates("epoch", keep="last").set_index("epoch").sort_index()
    rows = rows.astype(np.float64)
    if not config.model.msr:
        rows[[f"attention_{j}" for j in range(1, 5)]] = np.nan
    return pd.concat([rows, _ratios(rows)], axis=1)


def _ratios(rows: pd.DataFrame) -> pd.DataFrame:
    """Shallow over deep; NaN where the deep block has no gradient."""
    found = {}
    for what in ("grad", "rms"):
        for of in ("cls", "joint"):
            deep = rows[f"{what}_{of}_4"].where(lambda values: values > 0)
            for shallow in SHALLOW:
                blocks = rows[[f"{what}_{of}_{j}" for j in shallow]]
                found[f"ratio_{what}_{of}_{shallow}"] = blocks.mean(axis=1, skipna=False) / deep
    return pd.DataFrame(found, index=rows.index)
