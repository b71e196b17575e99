"""SCN against its equations written out, where its gradients go, and whom it relabels."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.config import ScnConfig, load_preset
from clfer.methods.joint import JointObjective
from clfer.methods.labels import NO_LABEL
from clfer.methods.scn import Scn, proposed_labels
from clfer.models.network import FerNetwork

PLAIN = ("model.msr=false", "clfm.enabled=false", "clbs.enabled=false")
CONFIG = load_preset("smoke", [*PLAIN, "scn.enabled=true", "train.label_smoothing=0"])


def network(seed=0):
    torch.manual_seed(seed)
    return FerNetwork.of(CONFIG, 7).double().eval()


def images(count=6):
    return torch.randn(count, 3, 64, 64, dtype=torch.float64)


def softmax_slow(row):
    values = np.exp(row - np.max(row))
    return values / values.sum()


def rank_slow(alphas, share, margin):
    ordered = sorted(alphas, reverse=True)
    count = int(share * len(ordered) + 1e-9)
    return max(0.0, margin - (np.mean(ordered[:count]) - np.mean(ordered[count:])))


def relabelled_slow(logits, labels, margin):
    found = []
    for row, label in zip(logits, labels, strict=True):
        p = softmax_slow(row)
        found.append(int(np.argmax(p)) if p.max() - p[label] > margin else NO_LABEL)
    return found


def test_logits_are_those_of_the_pooled_head_times_certainty():
    model, faces = network(), images()
    output = model(faces)
    for i in range(len(faces)):
        f = output.features[-1][i].mean(dim=(1, 2)).detach().numpy()
        head, attention = model.classifier, model.certainty.linear
        z = head.weight.detach().numpy() @ f + head.bias.detach().numpy()
        score = attention.weight.detach().numpy()[0] @ f + attention.bias.item()
        alpha = 1 / (1 + np.exp(-score))
        assert output.certainty[i].item() == pytest.approx(alpha, abs=1e-12)
        np.testing.assert_allclose(output.logits[i].detach().numpy(), alpha * z, atol=1e-12)


def test_the_weighted_loss_is_the_cross_entropy_of_the_scaled_logits():
    output, labels = network()(images()), torch.arange(6)
    found = JointObjective(CONFIG, 7).double()(output, labels)
    logits, alphas = output.logits.detach().numpy(), output.certainty.detach().numpy()
    expected = [
        -np.log(softmax_slow(row)[label]) for row, label in zip(logits, labels, strict=True)
    ]
    np.testing.assert_allclose(found.cls.detach().numpy(), expected, atol=1e-12)
    rank = rank_slow(alphas, CONFIG.scn.share, CONFIG.scn.margin)
    assert found.total.item() == pytest.approx(np.mean(expected) + rank, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=20), st.floats(0.3, 0.7), st.floats(0, 1))
def test_rank_regularisation_equals_the_equation(alphas, share, margin):
    scn = Scn(ScnConfig(share=share, margin=margin, weight=3))
    alpha = torch.tensor(alphas, dtype=torch.float64)
    found = scn(alpha, torch.zeros(len(alphas), 3).double(), torch.zeros(len(alphas)).long())
    assert found.loss.item() == pytest.approx(3 * rank_slow(alphas, share, margin), abs=1e-12)
    assert found.high >= found.low - 1e-12


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(10)))
def test_the_order_of_a_batch_changes_nothing(order):
    generator = torch.Generator().manual_seed(1)
    alpha = torch.rand(10, dtype=torch.float64, generator=generator)
    logits = 3 * torch.randn(10, 4, dtype=torch.float64, generator=generator)
    labels = torch.randint(0, 4, (10,), generator=generator)
    scn = Scn(ScnConfig())
    whole, shuffled = scn(alpha, logits, labels), scn(alpha[order], logits[order], labels[order])
    torch.testing.assert_close(shuffled.loss, whole.loss)
    assert torch.equal(shuffled.proposal, whole.proposal[order])


def test_a_prediction_does_not_depend_on_the_batch():
    model, faces = network(), images()
    whole = model(faces)
    alone = model(faces[2:3])
    torch.testing.assert_close(alone.logits[0], whole.logits[2])
    torch.testing.assert_close(alone.certainty[0], whole.certainty[2])


def test_certainty_leaves_the_most_probable_class_and_flattens_the_probabilities():
    model = network()
    output = model(images())
    plain = model.classifier(output.embedding)
    assert torch.equal(plain.argmax(dim=1), output.logits.argmax(dim=1))
    largest = output.logits.softmax(dim=1).max(dim=1).values
    assert (largest < plain.softmax(dim=1).max(dim=1).values).all()


def test_rank_regularisation_moves_the_certainties_and_no_classifier():
    model = network()
    output = model(images())
    rank = Scn(ScnConfig(margin=1)).double()(output.certainty, output.logits, torch.arange(6))
    rank.loss.backward()
    assert model.certainty.linear.weight.grad.norm() > 0
    assert model.encoder.blocks[3][1].conv2.weight.grad.norm() > 0
    assert model.classifier.weight.grad is None


def test_rank_regularisation_pushes_the_groups_apart_until_the_margin():
    alpha = torch.tensor([0.5, 0.6, 0.4, 0.55], dtype=torch.float64, requires_grad=True)
    scn = Scn(ScnConfig(share=0.5, margin=0.3))
    logits, labels = torch.zeros(4, 2).double(), torch.zeros(4).long()
    scn(alpha, logits, labels).loss.backward()
    assert alpha.grad.tolist() == [0.5, -0.5, 0.5, -0.5]
    wide = torch.tensor([0.1, 0.9, 0.1, 0.9], dtype=torch.float64, requires_grad=True)
    scn(wide, logits, labels).loss.backward()
    assert not wide.grad.any()


@pytest.mark.parametrize(
    ("probabilities", "label", "new"),
    [
        ([0.6, 0.3, 0.1], 0, NO_LABEL),  # its label is the most probable class
        ([0.6, 0.3, 0.1], 1, 0),  # 0.3 above
        ([0.45, 0.35, 0.2], 1, NO_LABEL),  # 0.1 above: not enough
        ([0.2, 0.2, 0.6], 0, 2),
        ([1 / 3, 1 / 3, 1 / 3], 2, NO_LABEL),
    ],
)
def test_a_face_is_relabelled_where_another_class_is_more_probable_by_the_margin(
    probabilities, label, new
):
    logits = torch.tensor([probabilities], dtype=torch.float64).log()
    assert proposed_labels(logits, torch.tensor([label]), 0.2).tolist() == [new]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_relabelling_equals_the_rule_face_by_face(seed, margin):
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(12, 5, dtype=torch.float64, generator=generator)
    labels = torch.randint(0, 5, (12,), generator=generator)
    found = proposed_labels(logits, labels, margin)
    assert found.tolist() == relabelled_slow(logits.numpy(), labels.tolist(), margin)


def test_a_seed_gives_the_other_weights_as_without_scn():
    torch.manual_seed(3)
    plain = FerNetwork(CONFIG.model, 7)
    torch.manual_seed(3)
    other = FerNetwork.of(CONFIG, 7).state_dict()
    assert all(torch.equal(value, other[key]) for key, value in plain.state_dict().items())
    assert len(other) == len(plain.state_dict()) + 2
