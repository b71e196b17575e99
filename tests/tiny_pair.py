"""A baseline and an "ours" with random weights on disk, for tests of the app."""

from pathlib import Path

import torch
from torch import nn

from clfer.analysis.tables import face_table
from clfer.config import ClbsConfig, ClfmConfig, Config, ModelConfig
from clfer.data.synthetic import load_synthetic
from clfer.expressions import EXPRESSIONS
from clfer.faces import FERPLUS_TEMPLATE
from clfer.methods.joint import JointObjective
from clfer.models.card import Card
from clfer.models.checkpoint import load_checkpoint, save_checkpoint
from clfer.models.network import FerNetwork
from clfer.models.preprocess import Preprocess

VALID = 14
"""Validation faces behind the attention distribution."""


def write_pair(folder: Path) -> Path:
    """Write ``ferplus-baseline`` and ``ferplus-ours`` below ``folder`` and return it."""
    faces = load_synthetic("valid", count=VALID)
    for name, ours in (("ferplus-baseline", False), ("ferplus-ours", True)):
        _write(folder / name, ours)
        face_table(load_checkpoint(folder / name), faces).to_parquet(
            folder / name / "faces.parquet"
        )
    return folder


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
        epoch=1,
        code_version="0",
        created="2024-01-01T00:00:00",
        metrics={"accuracy": 0.125},
    )
    save_checkpoint(folder, card, network.eval(), objective.eval(), references)
