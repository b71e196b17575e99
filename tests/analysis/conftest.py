"""Tiny untrained models, built in memory, that every analysis test shares."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from clfer.config import ClbsConfig, ClfmConfig, Config, ModelConfig
from clfer.expressions import BASIC_EXPRESSIONS
from clfer.methods.joint import JointObjective
from clfer.models.card import Card
from clfer.models.checkpoint import Checkpoint
from clfer.models.network import FerNetwork
from clfer.models.preprocess import Preprocess

SIDE = 64

BuildCheckpoint = Callable[..., Checkpoint]


def build_checkpoint(
    ours: bool = True,
    *,
    classes: tuple[str, ...] = BASIC_EXPRESSIONS,
    dtype: torch.dtype = torch.float32,
    stop_gradient: bool = False,
    seed: int = 0,
) -> Checkpoint:
    """A network with random weights and lively batch-norm statistics, as a loaded checkpoint."""
    config = Config(
        model=ModelConfig(msr=ours, normalise_fusion=True),
        clfm=ClfmConfig(enabled=ours, alpha=(0.2, 0.1, 0.3), stop_gradient=stop_gradient),
        clbs=ClbsConfig(enabled=ours, stop_gradient=stop_gradient),
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = FerNetwork(config.model, len(classes))
        objective = JointObjective(config, len(classes))
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.bias.data.normal_(0, 0.3)
        if network.head is not None:
            network.head.attention.weight.data.normal_(0, 0.1)
        references = torch.randn(config.clfm.clusters, 16) * 0.1
    card = Card(
        name="tiny",
        title="An untrained network",
        dataset="synthetic",
        classes=classes,
        preprocess=Preprocess(side=SIDE, colour="grey", mean=0.5, std=0.25),
        config=config,
        epoch=0,
        code_version="0",
        created="2024-01-01T00:00:00",
    )
    for part in (network, objective):
        part.eval().requires_grad_(False).to(dtype)
    return Checkpoint(
        Path("tiny"), "0" * 64, card, network, objective, references.to(dtype), torch.device("cpu")
    )


@pytest.fixture(scope="session")
def make_checkpoint() -> BuildCheckpoint:
    """Builds checkpoints with other classes, precision or seed."""
    return build_checkpoint


@pytest.fixture(scope="session")
def ours() -> Checkpoint:
    """MSR, CLFM and CLBS in float32."""
    return build_checkpoint()


@pytest.fixture(scope="session")
def baseline() -> Checkpoint:
    """The pooled head alone in float32."""
    return build_checkpoint(ours=False)


@pytest.fixture(scope="session", params=["ours", "baseline"])
def either(request: pytest.FixtureRequest) -> Checkpoint:
    """Each of the two models in turn, in float32."""
    return build_checkpoint(ours=request.param == "ours")


@pytest.fixture(scope="session")
def crops() -> NDArray[np.uint8]:
    """Eight smooth random pictures, uint8 ``[8, 64, 64, 3]``."""
    coarse = torch.rand(8, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    smooth = nn.functional.interpolate(coarse, (SIDE, SIDE), mode="bicubic").clamp(0, 1)
    return (smooth * 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
