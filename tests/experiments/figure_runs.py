"""Runs of figures that look finished, with the history and predictions that a test wants."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clfer.analysis.curves import NEEDED
from clfer.analysis.outputs import Outputs
from clfer.data import load_faces
from clfer.experiments.item import Item, Key
from clfer.experiments.scale import Scale
from clfer.experiments.table import ResultTable
from clfer.paths import runs_dir
from clfer.runs.launch import config_hash
from clfer.training.predictions import save_predictions
from clfer.training.run_folder import RunFolder

DATASET = "folder"
Row = Mapping[str, float]


def row(epoch: int, **values: float) -> dict[str, float]:
    """A whole row of a history: ones, but for what is said."""
    groups = {f"group_grad_cls_{j}_{k}": 1.0 for j in (1, 2, 3, 4) for k in (1, 2)}
    own = {"epoch": epoch, "side": 64, "train_loss": 1.0, "valid_accuracy": 0.5}
    return {**dict.fromkeys(NEEDED, 1.0), **groups, **own, **values}


def write_history(item: Item, scale: Scale, histories: Mapping[Key, Sequence[Row]]) -> None:
    """Finished runs of the settings that have a history."""
    for one in item.plan(scale):
        if one.key not in histories:
            continue
        run = RunFolder.create(_place(one.config), one.config, resume=False)
        for values in histories[one.key]:
            run.append_metrics(dict(values))
        run.write_status("done", pid=None, process_started=None, epoch=len(histories[one.key]))


Predict = Callable[[Key, int], tuple[NDArray[np.floating], NDArray[np.floating]]]
"""Logits and embedding of a setting after an epoch."""


def write_predictions(item: Item, scale: Scale, predict: Predict, epochs: int = 1) -> None:
    """Predictions of every epoch for the validation faces of all runs of an item."""
    for one in item.plan(scale):
        for epoch in range(1, epochs + 1):
            logits, embedding = predict(one.key, epoch)
            path = RunFolder(_place(one.config)).predictions(epoch)
            path.parent.mkdir(parents=True, exist_ok=True)
            save_predictions(path, Outputs(logits.astype(np.float64), embedding))


def labels_of(scale: Scale) -> NDArray[np.int64]:
    """True classes of the validation faces."""
    return load_faces(DATASET, scale.root(DATASET), "valid").labels


def rows_of(table: ResultTable) -> list[dict[str, object]]:
    """The rows of a table by the titles of its columns."""
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, values, strict=True)) for values in table.rows]


def _place(config: object) -> Path:
    return runs_dir() / config_hash(config)[:12]  # type: ignore[arg-type]
