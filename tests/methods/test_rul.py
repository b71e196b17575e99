"""RUL against its equations written out, and where its gradients go."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.config import load_preset
from clfer.methods.joint import JointObjective
from clfer.methods.rul import Rul
from clfer.models.network import FerNetwork

PLAIN = ("model.msr=false", "clfm.enabled=false", "clbs.enabled=false")
CONFIG = load_preset(
    "smoke", [*PLAIN, "rul.enabled=true", "rul.dimension=5", "train.label_smoothing=0"]
)


def network(seed=0):
    torch.manual_seed(seed)
    return FerNetwork.of(CONFIG, 7).double().eval()


def images(count=6):
    return torch.randn(count, 3, 64, 64, dtype=torch.float64)


def entropy_slow(logits, label):
    values = np.exp(logits - logits.max())
    return -np.log(values[label] / values.sum())


def add_up_slow(u, mu, weight, bias, labels, others):
    """The loss from the vectors, faces mixed before they are classified."""
    found = []
    for i, j in enumerate(others):
        mixed = (u[i] * mu[i] + u[j] * mu[j]) / (u[i] + u[j])
        logits = weight @ mixed + bias
        found.append((entropy_slow(logits, labels[i]) + entropy_slow(logits, labels[j])) / 2)
    return np.mean(found)


def partners(step, faces):
    generator = torch.Generator().manual_seed(step)
    return torch.randperm(faces, generator=generator).tolist()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 12), st.integers(0, 50))
def test_the_loss_is_that_of_mixed_vectors(seed, faces, step):
    rng = np.random.default_rng(seed)
    u, mu = rng.uniform(0.05, 5, faces), rng.normal(size=(faces, 4))
    weight, bias, labels = rng.normal(size=(3, 4)), rng.normal(size=3), rng.integers(0, 3, faces)
    rul = Rul()
    rul.steps = step
    logits = torch.from_numpy(mu @ weight.T + bias)
    found = rul(torch.from_numpy(u), logits, torch.from_numpy(labels))
    others = partners(step, faces)
    assert found.loss.item() == pytest.approx(add_up_slow(u, mu, weight, bias, labels, others))
    wrong = logits.numpy().argmax(axis=1) != labels
    parts = np.array([u[i] / (u[i] + u[j]) for i, j in enumerate(others)])
    assert found.wrong_part == pytest.approx(parts[wrong].mean() if wrong.any() else 0.5)


def test_vector_and_uncertainty_are_two_heads_of_the_pooled_features():
    model, faces = network(), images()
    output = model(faces)
    pooled = output.features[-1].mean(dim=(2, 3))
    heads = model.uncertain
    torch.testing.assert_close(output.embedding, heads.mean(pooled))
    variance = heads.log_variance(pooled).exp()
    torch.testing.assert_close(output.uncertainty, variance.sum(dim=1) / 5)
    assert output.embedding.shape == (6, 5)
    assert (output.uncertainty > 0).all()
    expected = output.embedding @ model.classifier.weight.T + model.classifier.bias
    torch.testing.assert_close(output.logits, expected)


def test_the_loss_takes_the_place_of_the_cross_entropy():
    output, labels = network()(images()), torch.arange(6)
    found = JointObjective(CONFIG, 7).double()(output, labels)
    u, mu, z = (
        value.detach().numpy() for value in (output.uncertainty, output.embedding, output.logits)
    )
    head = network().classifier
    weight, bias = head.weight.detach().numpy(), head.bias.detach().numpy()
    expected = add_up_slow(u, mu, weight, bias, labels.numpy(), partners(0, 6))
    assert found.total.item() == pytest.approx(expected)
    assert found.mean_cls.item() == pytest.approx(np.mean(list(map(entropy_slow, z, labels))))


def test_the_harder_face_of_a_mixture_becomes_the_more_uncertain_one():
    # The first face is read by far, the second hardly: only a larger part makes it readable.
    logits = torch.tensor([[9.0, 0, 0], [0, 1.0, 0]], dtype=torch.float64)
    u = torch.ones(2, dtype=torch.float64, requires_grad=True)
    rul = Rul()
    rul.steps = next(step for step in range(99) if partners(step, 2) == [1, 0])
    rul(u, logits, torch.tensor([0, 1])).loss.backward()
    assert u.grad[0] > 0 > u.grad[1]


def test_a_face_mixed_with_itself_is_the_face():
    rul = Rul()
    rul.steps = next(step for step in range(99) if partners(step, 2) == [0, 1])
    logits, labels = torch.randn(2, 3, dtype=torch.float64), torch.tensor([0, 2])
    found = rul(torch.tensor([0.1, 7.0]).double(), logits, labels)
    torch.testing.assert_close(found.loss, torch.nn.functional.cross_entropy(logits, labels))


def test_partners_differ_from_step_to_step_and_follow_the_number_of_the_step():
    u, logits = torch.rand(8).double(), torch.randn(8, 3).double()
    labels = torch.arange(8) % 3
    rul = Rul()
    losses = [rul(u, logits, labels).loss.item() for _ in range(4)]
    assert len(set(losses)) == 4
    assert rul.steps == 4
    again = Rul()
    again.load_state_dict(rul.state_dict())
    assert again.steps == 4
    again.steps = 2
    assert again(u, logits, labels).loss.item() == losses[2]
    again.eval()
    assert again(u, logits, labels).loss.item() == again(u, logits, labels).loss.item()


def test_both_heads_the_classifier_and_the_encoder_learn():
    model = network()
    output = model(images())
    JointObjective(CONFIG, 7).double()(output, torch.arange(6)).total.backward()
    for learned in (
        model.uncertain.mean[0].weight,
        model.uncertain.log_variance[0].weight,
        model.classifier.weight,
        model.encoder.blocks[3][1].conv2.weight,
    ):
        assert learned.grad.norm() > 0


def test_a_prediction_does_not_depend_on_the_batch():
    model, faces = network(), images()
    whole, alone = model(faces), model(faces[2:3])
    torch.testing.assert_close(alone.logits[0], whole.logits[2])
    torch.testing.assert_close(alone.uncertainty[0], whole.uncertainty[2])


def test_votes_are_mixed_like_labels():
    u, logits = torch.rand(6).double(), torch.randn(6, 3).double()
    labels = torch.arange(6) % 3
    votes = torch.nn.functional.one_hot(labels, 3).double()
    torch.testing.assert_close(Rul()(u, logits, votes).loss, Rul()(u, logits, labels).loss)


def test_a_seed_gives_the_same_encoder_as_without_rul():
    parts = {}
    for on in (False, True):
        torch.manual_seed(3)
        changes = [*PLAIN, f"rul.enabled={on}"]
        parts[on] = FerNetwork.of(load_preset("smoke", changes), 7).encoder.state_dict()
    for key, value in parts[False].items():
        assert torch.equal(value, parts[True][key])
