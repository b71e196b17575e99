"""A baseline and an "ours" with random weights on disk, for tests of the app.

They are published on drawn faces in the layout of FER+, so that the views find tables, history,
snapshots and pixels as they do for the real pair.
"""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from clfer.analysis.tables import face_table
from clfer.config import ClbsConfig, ClfmConfig, Config, ModelConfig
from clfer.data import load_faces
from clfer.data.synthetic import load_synthetic
from clfer.expressions import EXPRESSIONS
from clfer.faces import FERPLUS_TEMPLATE
from clfer.methods.joint import JointObjective
from clfer.models.card import Card
from clfer.models.checkpoint import load_checkpoint, save_checkpoint
from clfer.models.network import FerNetwork
from clfer.models.preprocess import Preprocess

VALID = 56
"""Validation faces; contempt is not among the drawn expressions."""

TRAIN = 14
"""Training faces."""

EPOCHS = 6
"""Rows of the history; the weights are those of the last epoch."""

SNAPSHOTS = (1, 3, 6)
"""Epochs whose scores are kept."""


def write_faces(folder: Path) -> Path:
    """Draw a small FER+ tree below ``folder`` (grey, 48 px) and return its root."""
    for split, name, count in (("valid", "FER2013Valid", VALID), ("train", "FER2013Train", TRAIN)):
        faces = load_synthetic(split, size=48, count=count)
        place = folder / name
        place.mkdir(parents=True)
        with (place / "label.csv").open("w", newline="") as stream:
            rows = csv.writer(stream)
            for i, (pixels, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
                file = f"fer{i:07d}.png"
                Image.fromarray(pixels).convert("L").save(place / file)
                votes = [0] * 10
                # Every fifth face is ambiguous: two raters saw something else.
                votes[EXPRESSIONS.index(faces.classes[label])] = 8 if i % 5 == 0 else 10
                votes[0 if label else 1] += 2 if i % 5 == 0 else 0
                rows.writerow([file, "(0, 0, 48, 48)", *votes])
    return folder


def write_pair(folder: Path, root: Path) -> Path:
    """Write ``ferplus-baseline`` and ``ferplus-ours`` below ``folder`` and return it.

    Args:
        folder: Becomes a folder of checkpoints.
        root: The faces, see :func:`write_faces`.
    """
    faces = load_faces("ferplus", root, "valid")
    for name, ours in (("ferplus-baseline", False), ("ferplus-ours", True)):
        place = folder / name
        _write(place, ours)
        table = face_table(load_checkpoint(place), faces)
        table.to_parquet(place / "faces.parquet")
        _snapshots(table).to_parquet(place / "snapshots.parquet")
        _history(ours).to_parquet(place / "history.parquet")
    return folder


def _snapshots(table: pd.DataFrame) -> pd.DataFrame:
    """Earlier epochs: the same scores, smaller and noisier."""
    noise = np.random.default_rng(3)
    parts = []
    for epoch in SNAPSHOTS:
        left = 1 - epoch / EPOCHS
        columns = {
            key: [
                (row * (1 - left) + left * noise.normal(size=len(row))).astype(np.float16)
                for row in table[key]
            ]
            for key in ("logits", "embedding")
        }
        columns["embedding"] = [row[:50] for row in columns["embedding"]]
        rows = np.arange(len(table), dtype=np.int32)
        parts.append(pd.DataFrame({"epoch": np.int32(epoch), "row": rows, **columns}))
    return pd.concat(parts, ignore_index=True)


def _history(ours: bool) -> pd.DataFrame:
    """The columns of a real history with smooth, made-up numbers."""
    epochs = np.arange(1, EPOCHS + 1)
    falling = 2 * np.exp(-epochs / 4)
    columns: dict[str, object] = {
        "epoch": epochs,
        "side": np.where(epochs < EPOCHS - 1, 64, 96),
        "learning_rate": falling / 1000,
        "train_loss": falling,
        "train_accuracy": 1 - falling / 2.2,
        "loss_cls": falling,
        "loss_fm": -0.5 * ours + 0 * falling,
        "loss_bs": -0.4 * ours + 0 * falling,
        "fm_similarity": 0.5 * ours + 0 * falling,
        "bs_similarity": 0.4 * ours + 0 * falling,
        "fm_nonempty": 4.0 * ours + 0 * falling,
        "bs_nonempty": 8.0 * ours + 0 * falling,
        "valid_loss": 1.1 * falling,
        "valid_accuracy": 0.9 - falling / 2.2,
        "seconds": 1.0 + 0 * falling,
    }
    for block in range(1, 5):
        columns[f"attention_{block}"] = (0.3 + block / 10 if ours else np.nan) + 0 * falling
        for loss, factor in (("cls", 1.0), ("joint", 1.2 if ours else 1.0)):
            norm = factor * falling * (0.05 + 0.02 * block)
            columns[f"grad_{loss}_{block}"] = norm
            columns[f"rms_{loss}_{block}"] = norm / 100
            for group in range(1, 5):
                columns[f"group_grad_{loss}_{block}_{group}"] = norm / (1 + group)
    return pd.DataFrame(columns)


def _write(folder: Path, ours: bool) -> None:
    config = Config(
        model=ModelConfig(msr=ours, normalise_fusion=True),
        clfm=ClfmConfig(enabled=ours),
        clbs=ClbsConfig(enabled=ours),
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        network = FerNetwork(config.model, len(EXPRESSIONS))
        objective = JointObjective(config, len(EXPRESSIONS))
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.bias.data.normal_(0, 0.3)
        # Weight on one class makes the verdict of the untrained models known beforehand.
        network.classifier.bias.data[EXPRESSIONS.index("surprise" if ours else "sadness")] += 9
        if network.head is not None:
            network.head.attention.weight.data.normal_(0, 0.1)
        references = torch.randn(config.clfm.clusters, 16) * 0.1
    card = Card(
        name=folder.name,
        title="Untrained, ours" if ours else "Untrained baseline",
        dataset="ferplus",
        classes=EXPRESSIONS,
        preprocess=Preprocess(side=64, colour="grey", mean=0.5, std=0.25),
        template=FERPLUS_TEMPLATE.points,
        config=config,
        epoch=EPOCHS,
        code_version="0",
        created="2024-01-01T00:00:00",
        metrics={"accuracy": 0.125},
    )
    save_checkpoint(folder, card, network.eval(), objective.eval(), references)
