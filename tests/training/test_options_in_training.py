"""A run with all options on: what its history holds, how it resumes, what is stored of it."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from noise_faces import write_noise_faces
from safetensors.numpy import load_file

from clfer.analysis.groups import semantic_groups
from clfer.analysis.histories import History
from clfer.analysis.intensity import learning_intensity
from clfer.config import load_preset
from clfer.figures.option_curves import option_panels
from clfer.methods.sinkhorn import balanced_clusters
from clfer.models.checkpoint import load_checkpoint, save_checkpoint
from clfer.training.engine import train
from clfer.training.run_folder import RunFolder
from clfer.training.run_model import load_run_model

ON = (
    *("clfm.clustering=balanced", "clbs.clustering=spherical", "clfm.contrast=infonce"),
    *("clfm.pairs=learned", "clbs.pairs=learned", "distil.enabled=true"),
    "supervision.enabled=true",
)
"""Every kind of option at least once."""

PAIRS = ("1_4", "2_4", "3_4", "2_3")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of two epochs on noise."""
    root = write_noise_faces(tmp_path_factory.mktemp("faces"), train=2)
    small = ("train.sizes=[[64, 2]]", "train.batch=7", "data.count=null", "train.average=0.5")
    data = ("data.name=folder", f"data.root={root}")
    folder = tmp_path_factory.mktemp("runs") / "run"
    train(load_preset("smoke", [*small, *data, *ON]), folder, device="cpu")
    return folder


def history(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def test_the_weights_of_the_pairs_stand_in_the_history(run):
    rows = history(run)
    assert len(rows) == 2
    for row in rows:
        for part in ("fm", "bs"):
            weights = [row[f"weight_{part}_{pair}"] for pair in PAIRS]
            assert sum(weights) == pytest.approx(0.1)
            assert min(weights) > 0.1 / 12
        assert row["loss_distil"] > 0
        assert all(0 <= row[f"distil_agreement_{j}"] <= 1 for j in (1, 2, 3))
        assert all(0 <= row[f"layer_right_{j}"] <= 1 for j in (1, 2, 3, 4))
        parts = ("loss_cls", "loss_fm", "loss_bs", "loss_distil", "loss_supervision")
        assert row["train_loss"] == pytest.approx(sum(row[part] for part in parts), rel=1e-5)
    moved = [abs(rows[1][f"weight_fm_{pair}"] - 0.025) for pair in PAIRS]
    assert max(moved) > 0


def test_an_interrupted_run_ends_in_the_same_bits(run, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(run, broken, ignore=shutil.ignore_patterns("0002*"))
    train(RunFolder(run).config(), broken, device="cpu", resume=True)
    last = "epochs/0002/state.safetensors"
    first, second = load_file(run / last), load_file(broken / last)
    assert first.keys() == second.keys()
    assert any(key.endswith("clfm.pairs.theta") for key in first)
    for key in first:
        np.testing.assert_array_equal(first[key], second[key], err_msg=key)
    assert history(run) == history(broken)


def test_a_stored_model_keeps_heads_and_weights_and_groups_as_it_was_trained(run, tmp_path):
    trained = load_run_model(RunFolder(run), 2)
    card = trained.card.model_copy(update={"name": "model"})
    parts = (card, trained.network, trained.objective, trained.references)
    save_checkpoint(tmp_path / "model", *parts)
    stored = load_checkpoint(tmp_path / "model")
    theta = stored.objective.clfm.pairs.theta
    assert torch.equal(theta, trained.objective.clfm.pairs.theta)
    assert len(stored.objective.distil.heads) == 3
    images = torch.randn(3, 3, 64, 64)
    features = stored.network.encoder(images)
    deep = stored.codes(features[3], 3)
    sizes = semantic_groups(stored, features).sizes[:, 3]
    expected = balanced_clusters(deep.codes, 4, valid=deep.alive).sizes
    assert np.array_equal(np.sort(sizes, axis=1), np.sort(expected.numpy(), axis=1))


def test_the_intensity_of_the_joint_loss_counts_distillation_and_supervision(run):
    trained = load_run_model(RunFolder(run), 2)
    images, labels = torch.randn(3, 3, 64, 64), torch.arange(3)
    whole = learning_intensity(trained, images, labels, "joint").norm
    features = trained.network.encoder(images.requires_grad_())
    output = trained.network.classify(features)
    alone = [trained.network.classifier(one) for one in output.layer_embeddings.unbind(dim=1)]
    loss = torch.nn.functional.cross_entropy(
        output.logits, labels, reduction="sum", label_smoothing=trained.objective.smoothing
    )
    loss = loss + trained.objective.clfm(features).loss.sum()
    without = torch.autograd.grad(loss, features[0], retain_graph=True)[0].flatten(1).norm(dim=1)
    assert not np.allclose(whole[:, 0], without.numpy(), rtol=5e-4)
    loss = loss + trained.objective.distil(features, output.logits).loss.sum()
    for said in alone:
        entropy = torch.nn.functional.cross_entropy(
            said, labels, reduction="sum", label_smoothing=trained.objective.smoothing
        )
        loss = loss + 0.5 * entropy / 4
    for j, gradient in enumerate(torch.autograd.grad(loss, features)):
        own = gradient.flatten(1).norm(dim=1)
        np.testing.assert_allclose(whole[:, j], own.numpy(), rtol=1e-4)


def test_the_curves_of_a_run_show_weights_and_agreement(run):
    mean = pd.DataFrame(history(run)).set_index("epoch")
    drawn = History("A", "ours", ("run",), mean, mean, mean, "none", ())
    titles = [title for title, _, _ in option_panels(drawn, "light")]
    assert titles == [
        "Learned weights of layer pairs, CLFM",
        "Learned weights of layer pairs, CLBS",
        "Shallow heads that agree with the network, %",
        "Faces that a layer alone calls rightly, %",
    ]
    for _, strokes, axis in option_panels(drawn, "dark"):
        values = mean[[stroke.column for stroke in strokes]].to_numpy() * strokes[0].unit
        assert (values <= axis["range"][1]).all()
    plain = mean[["valid_accuracy"]]
    assert (
        option_panels(History("A", "ours", ("r",), plain, plain, plain, "none", ()), "dark") == []
    )
