"""The exported graph computes what the network does, and says how to feed it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from clfer.cli import app
from clfer.errors import ClferError
from clfer.models import onnx as onnx_export
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.models.onnx import INPUT, InferenceGraph, export_onnx, onnx_session


@pytest.fixture(scope="module")
def ours(pair_folder: Path) -> Checkpoint:
    """An untrained "ours" with MSR, 64 px."""
    return load_checkpoint(pair_folder / "ferplus-ours")


@pytest.fixture(scope="module")
def exported(ours: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of its file."""
    path = tmp_path_factory.mktemp("onnx") / "ours.onnx"
    assert export_onnx(ours, path).difference <= 1e-4
    return path.read_bytes()


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_outputs_equal_those_of_torch_at_any_batch_size(ours, exported, batch):
    session = onnx_session(exported, 1)
    images = torch.randn(batch, 3, 64, 64, generator=torch.Generator().manual_seed(batch))
    found = dict(
        zip(
            [output.name for output in session.get_outputs()],
            session.run(None, {INPUT: images.numpy()}),
            strict=True,
        )
    )
    with torch.inference_mode():
        output = ours.network(images)
        shares = ours.network.contributions(output)
    np.testing.assert_allclose(found["logits"], output.logits, atol=1e-4)
    np.testing.assert_allclose(found["embedding"], output.embedding, atol=1e-4)
    np.testing.assert_allclose(found["attention"], output.attention, atol=1e-4)
    np.testing.assert_allclose(found["contributions"], shares, atol=1e-4)


def test_metadata_says_how_to_feed_the_graph(ours, exported):
    found = onnx_session(exported, 1).get_modelmeta().custom_metadata_map
    facts = {key: json.loads(value) for key, value in found.items()}
    assert tuple(facts["classes"]) == ours.card.classes
    assert (facts["colour"], facts["side"]) == ("grey", 64)
    assert (facts["mean"], facts["std"]) == (0.5, 0.25)
    assert facts["sha256"] == ours.sha256


def test_a_model_without_msr_gives_logits_and_embedding(pair_folder):
    graph = InferenceGraph(load_checkpoint(pair_folder / "ferplus-baseline"))
    assert graph.outputs == ("logits", "embedding")
    assert [len(part) for part in graph(torch.zeros(2, 3, 64, 64))] == [2, 2]


def test_a_file_that_computes_something_else_is_not_written(ours, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_export, "_largest_difference", lambda *_: 0.5)
    monkeypatch.setattr(torch.onnx, "export", lambda *_, **__: _Program())
    with pytest.raises(ClferError, match=r"differ from PyTorch's by 0\.5"):
        export_onnx(ours, tmp_path / "ours.onnx")
    assert not list(tmp_path.iterdir())


def test_without_the_extra_one_sentence_names_it(ours, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_export, "find_spec", lambda name: None)
    with pytest.raises(ClferError, match=r"clfer\[onnx\]"):
        export_onnx(ours, tmp_path / "ours.onnx")


def test_the_command_refuses_another_ending(tmp_path):
    result = CliRunner().invoke(app, ["export", "ferplus-ours", str(tmp_path / "model.pt")])
    assert result.exit_code == 2
    assert ".onnx" in result.stderr


class _Program:
    """What the exporter returns, with an empty graph."""

    def __init__(self) -> None:
        from onnx import ModelProto

        self.model_proto = ModelProto()
