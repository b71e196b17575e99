"""Supervision of every layer against its equation, and where its gradient goes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.config import load_preset
from clfer.methods.joint import JointObjective
from clfer.methods.supervision import supervise
from clfer.models.complexity import inference_complexity, training_complexity
from clfer.models.network import FerNetwork

ALONE = ("clfm.enabled=false", "clbs.enabled=false", "train.label_smoothing=0")
CONFIG = load_preset("smoke", [*ALONE, "supervision.enabled=true", "supervision.weight=2"])


def network(seed=0):
    torch.manual_seed(seed)
    return FerNetwork.of(CONFIG, 7).double().eval()


def images(count=5):
    return torch.randn(count, 3, 64, 64, dtype=torch.float64)


def entropy_slow(logits, wanted):
    powers = np.exp(logits - logits.max())
    return -(wanted * np.log(powers / powers.sum())).sum()


def smoothed(label, classes, smoothing):
    return (1 - smoothing) * np.eye(classes)[label] + smoothing / classes


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 3), st.floats(0, 0.5), st.booleans())
def test_equals_the_cross_entropies_written_out(seed, weight, smoothing, soft):
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(4, 4, 3)), rng.integers(-1, 3, 4)
    target = torch.from_numpy(labels)
    if soft:
        rows = np.stack([np.zeros(3) if label < 0 else np.eye(3)[label] for label in labels])
        target = torch.from_numpy(rows)
    found = supervise(torch.from_numpy(logits), target, weight, smoothing)
    right, shown = np.zeros(4), max((labels >= 0).sum(), 1)
    for i, label in enumerate(labels):
        expected = 0.0
        for j in range(4):
            if label >= 0:
                wanted = smoothed(label, 3, smoothing)
                expected += weight * entropy_slow(logits[i, j], wanted) / 4
                right[j] += logits[i, j].argmax() == label
        assert found.loss[i].item() == pytest.approx(expected, rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(found.right.numpy(), right / shown)
    np.testing.assert_allclose(found.mean.numpy(), found.loss.numpy().sum() / shown)


def test_the_classifier_reads_every_layer_alone():
    model = network()
    output = model(images())
    w, b = model.classifier.weight.detach().numpy(), model.classifier.bias.detach().numpy()
    for i, j in np.ndindex(5, 4):
        expected = w @ output.layer_embeddings[i, j].detach().numpy() + b
        np.testing.assert_allclose(output.layer_logits[i, j].detach().numpy(), expected)


def test_it_joins_the_loss_of_the_fusion():
    output, labels = network()(images()), torch.arange(5)
    found = JointObjective(CONFIG, 7).double()(output, labels)
    said = output.layer_logits.detach().numpy()
    layers = [
        entropy_slow(said[i, j], np.eye(7)[label])
        for i, label in enumerate(labels.tolist())
        for j in range(4)
    ]
    assert found.total.item() == pytest.approx(found.mean_cls.item() + 2 * np.mean(layers))


def test_faces_without_label_do_not_count():
    config = load_preset(
        "smoke",
        [*ALONE, "supervision.enabled=true", "data.labelled=0.5", "data.unlabelled=true"],
    )
    output, labels = network()(images()), torch.tensor([0, -1, 2, -1, -1])
    found = JointObjective(config, 7).double()(output, labels)
    extra = found.total - found.mean_cls
    torch.testing.assert_close(extra, found.supervision.loss[[0, 2]].mean())
    assert found.supervision.loss[1] == 0


def test_every_block_and_the_classifier_learn_and_the_attention_does_not():
    model = network()
    output = model(images())
    supervise(output.layer_logits, torch.arange(5), 1).loss.sum().backward()
    assert all(block[1].conv2.weight.grad.norm() > 0 for block in model.encoder.blocks)
    assert model.classifier.weight.grad.norm() > 0
    assert model.head.attention.weight.grad is None


def test_the_deepest_block_learns_though_the_fusion_ignores_it():
    model = network()
    maps = model(images()).features[-1].detach().requires_grad_()
    features = (*model(images()).features[:3], maps)
    output = model.classify(tuple(features))
    supervise(output.layer_logits, torch.arange(5), 1).loss.sum().backward()
    assert maps.grad.norm() > 0


def test_prediction_costs_nothing():
    plain = load_preset("smoke", ALONE)
    assert (
        inference_complexity(CONFIG, 7, 64).parameters
        == inference_complexity(plain, 7, 64).parameters
    )
    assert (
        training_complexity(CONFIG, 7, 64).parameters
        == training_complexity(plain, 7, 64).parameters
    )
