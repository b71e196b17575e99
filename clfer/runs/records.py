"""Records: finished runs without their weights, small enough to keep beside code.

A record is a run folder that holds what tables are made of: configuration, history, machines, and
the logits of its best epoch for the faces that it was scored on. Imported, it counts as done for
whatever needs no weights.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save

from clfer.config import dump_config
from clfer.errors import ConfigError
from clfer.models.files import write_atomically, write_folder_atomically
from clfer.paths import runs_dir
from clfer.runs.launch import config_hash
from clfer.runs.missing import known_runs
from clfer.runs.record import Run, open_run
from clfer.training.machine import MACHINES
from clfer.training.run_folder import CONFIG, METRICS, STATUS

PREDICTIONS = "predictions"
_PARTS = (CONFIG, STATUS, METRICS, MACHINES)


def write_record(run: Run, parent: Path) -> Path:
    """Write the record of a run into a folder, below its own name.

    Args:
        run: A finished run.
        parent: Holds the records; made if needed.

    Raises:
        ConfigError: the run is not finished, or the folder cannot be written to.
    """
    if run.status.state != "done" or run.best is None:
        raise ConfigError(f"{run.path} is {run.status.state}: only a finished run has a record.")
    epoch, target = int(run.best["epoch"]), parent / run.name
    data = run.config.data.model_copy(update={"root": None})
    config = run.config.model_copy(update={"data": data})
    ended = {"state": "done", "epoch": run.status.epoch, "epochs": run.status.epochs}

    def fill(folder: Path) -> None:
        write_atomically(folder / CONFIG, dump_config(config).encode())
        write_atomically(folder / STATUS, json.dumps(ended).encode())
        for name in (METRICS, MACHINES):
            if (run.path / name).is_file():
                shutil.copyfile(run.path / name, folder / name)
        (folder / PREDICTIONS).mkdir()
        for path in (run.path / PREDICTIONS).glob(f"{epoch:04d}*.safetensors"):
            write_atomically(folder / PREDICTIONS / path.name, _logits_alone(path))

    try:
        parent.mkdir(parents=True, exist_ok=True)
        write_folder_atomically(target, fill)
    except OSError as error:
        raise ConfigError(f"{target} cannot be written to: {error.strerror}.") from error
    return target


def import_records(parent: Path) -> list[Path]:
    """Copy records below ``runs_dir()``, except of runs that are known there.

    Args:
        parent: Holds the records, as :func:`write_record` wrote them.

    Returns:
        The folders that are new.

    Raises:
        ConfigError: the folder holds no record, or one is damaged.
    """
    found = [open_run(path.parent) for path in sorted(parent.glob(f"*/{CONFIG}"))]
    if not found:
        raise ConfigError(f"{parent} holds no record of a run.")
    known = known_runs()
    new = [record for record in found if config_hash(record.config) not in known]
    return [_copy(record) for record in new]


def _copy(record: Run) -> Path:
    target = runs_dir() / record.name

    def fill(folder: Path) -> None:
        (folder / PREDICTIONS).mkdir()
        for path in _files(record.path):
            shutil.copyfile(path, folder / path.relative_to(record.path))

    if target.exists():
        raise ConfigError(f"{target} is there already and holds another run: rename one of them.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_folder_atomically(target, fill)
    except OSError as error:
        raise ConfigError(f"{target} cannot be written to: {error.strerror}.") from error
    return target


def _files(record: Path) -> Iterator[Path]:
    """The files of a record, and nothing that was put beside them."""
    for path in (
        *(record / name for name in _PARTS),
        *(record / PREDICTIONS).glob("*.safetensors"),
    ):
        if path.is_file() and not path.is_symlink():
            yield path


def _logits_alone(path: Path) -> bytes:
    """Predictions without the embeddings, which are thirty times as large."""
    arrays = load_file(path)
    embedding = np.zeros((len(arrays["logits"]), 0), np.float16)
    return save({"logits": arrays["logits"], "embedding": embedding})
