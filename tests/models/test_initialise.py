"""Starting weights: from ImageNet as torchvision has them, and what is said without them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
import torchvision
from torch import Tensor, nn

from clfer.config import load_preset
from clfer.errors import ConfigError
from clfer.models.initialise import initialise
from clfer.models.network import FerNetwork
from clfer.training import engine

Give = Callable[[Callable[[], dict[str, Tensor]]], None]


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Give:
    """Sets what torchvision answers when it is asked for the weights."""

    def answer(made: Callable[[], dict[str, Tensor]]) -> None:
        def get(weights: object, **options: Any) -> dict[str, Tensor]:
            assert options["check_hash"]
            return made()

        monkeypatch.setattr(torchvision.models.ResNet18_Weights, "get_state_dict", get)

    return answer


def unreachable() -> dict[str, Tensor]:
    raise URLError("no network")


def test_the_encoder_starts_as_torchvisions_network(give: Give) -> None:
    torch.manual_seed(1)
    reference = torchvision.models.resnet18(weights=None).eval()
    for module in reference.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
    give(reference.state_dict)
    network = FerNetwork.of(load_preset("paper"), 7).eval()
    initialise(network, "imagenet")

    found = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        features = network.encoder(found)
        found = reference.maxpool(reference.relu(reference.bn1(reference.conv1(found))))
        for number, feature in enumerate(features, start=1):
            found = getattr(reference, f"layer{number}")(found)
            assert torch.equal(feature, found)


def test_without_the_weights_one_sentence_says_what_to_do(give: Give) -> None:
    give(unreachable)
    network = FerNetwork.of(load_preset("paper"), 7)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(ConfigError, match=r"resnet18-f37072fd\.pth into .* model\.init=scratch"):
        initialise(network, "imagenet")
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_run_without_its_weights_reads_no_face_and_leaves_no_folder(
    give: Give, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(unreachable)
    monkeypatch.setattr(engine.TrainingFaces, "load", lambda config: pytest.fail("faces are read"))
    config = load_preset("smoke", ["model.init=imagenet", "model.stem=imagenet"])
    with pytest.raises(ConfigError, match="ImageNet weights"):
        engine.train(config, tmp_path / "run", device="cpu")
    assert not (tmp_path / "run").exists()


def test_the_small_stem_has_no_imagenet_weights() -> None:
    network = FerNetwork.of(load_preset("paper", ["model.stem=small"]), 7)
    with pytest.raises(ConfigError, match=r"needs model\.stem = 'imagenet'"):
        initialise(network, "imagenet")


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04cut off"])
def test_a_damaged_file_of_weights_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    damaged = tmp_path / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(content)
    network = FerNetwork.of(load_preset("paper"), 7)
    with pytest.raises(ConfigError, match=r"resnet18-f37072fd\.pth is damaged: delete it"):
        initialise(network, "imagenet")
    assert damaged.read_bytes() == content
