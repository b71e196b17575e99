"""The earlier epochs that ride with a shipped checkpoint are those of its history."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clfer.paths import checkpoints_dir

SHIPPED = sorted(path.parent for path in checkpoints_dir().glob("*/snapshots.parquet"))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_logits_of_every_epoch_give_the_accuracy_of_its_history(folder: Path) -> None:
    labels = pd.read_parquet(folder / "faces.parquet", columns=["label"])["label"].to_numpy()
    history = pd.read_parquet(folder / "history.parquet").set_index("epoch")
    snapshots = pd.read_parquet(folder / "snapshots.parquet", columns=["epoch", "row", "logits"])
    for epoch, rows in snapshots.groupby("epoch"):
        assert rows["row"].tolist() == list(range(len(labels)))
        correct = np.stack(rows["logits"].tolist()).argmax(axis=1) == labels
        # Kept in half precision, where two expressions of a face may come out alike.
        assert correct.mean() == pytest.approx(history["valid_accuracy"][epoch], abs=2e-3)


def test_all_models_ship_their_epochs() -> None:
    assert {folder.name for folder in SHIPPED} == {
        "ferplus-baseline",
        "ferplus-ours",
        "ferplus-paper",
    }
