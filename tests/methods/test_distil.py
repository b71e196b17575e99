"""Deep-to-shallow distillation against its equation, and where its gradient goes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.config import DistilConfig, load_preset
from clfer.methods.distil import Distil
from clfer.methods.joint import JointObjective
from clfer.models.complexity import inference_complexity, training_complexity
from clfer.models.network import FerNetwork

ON = ["distil.enabled=true"]


def maps(batch, seed=0, grad=False):
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(batch, c, 2, 2, dtype=torch.float64, generator=generator).requires_grad_(grad)
        for c in (64, 128, 256, 512)
    )


def probabilities(scores, temperature):
    powers = np.exp((scores - scores.max()) / temperature)
    return powers / powers.sum()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.floats(0.2, 5), st.floats(0.1, 3))
def test_equals_the_divergences_written_out(seed, temperature, weight):
    torch.manual_seed(seed)
    distil = Distil(DistilConfig(weight=weight, temperature=temperature), 7).double()
    features, logits = maps(3, seed), torch.randn(3, 7, dtype=torch.float64)
    found = distil(features, logits)
    agreed = np.zeros((3, 3))
    for i in range(3):
        wanted = probabilities(logits[i].numpy(), temperature)
        total = 0.0
        for j in range(3):
            pooled = features[j][i].mean(dim=(1, 2))
            said = distil.heads[j](pooled).detach().numpy()
            own = probabilities(said, temperature)
            total += sum(p * np.log(p / q) for p, q in zip(wanted, own, strict=True))
            agreed[i, j] = said.argmax() == logits[i].argmax()
        expected = weight * temperature**2 * total / 3
        assert found.loss[i].item() == pytest.approx(expected, rel=1e-8, abs=1e-12)
    np.testing.assert_allclose(found.agreement.numpy(), agreed.mean(axis=0))


def test_only_the_shallow_side_learns():
    features = maps(4, grad=True)
    logits = torch.randn(4, 7, dtype=torch.float64, requires_grad=True)
    distil = Distil(DistilConfig(), 7).double()
    loss = distil(features, logits).loss.sum()
    *shallow, deep, prediction = torch.autograd.grad(loss, (*features, logits), allow_unused=True)
    assert all(gradient.norm() > 1e-6 for gradient in shallow)
    assert deep is None
    assert prediction is None


def test_heads_that_say_the_same_have_no_loss():
    distil = Distil(DistilConfig(), 7).double()
    for head in distil.heads:
        head[2].weight.data.zero_()
        head[2].bias.data.copy_(torch.arange(7))
    found = distil(maps(3), torch.arange(7.0).double().expand(3, -1) + 5)
    torch.testing.assert_close(found.loss, torch.zeros(3, dtype=torch.float64))
    assert found.agreement.tolist() == [1, 1, 1]


def test_a_face_does_not_depend_on_its_batch_and_needs_no_label():
    distil = Distil(DistilConfig(), 7).double()
    features, logits = maps(5), torch.randn(5, 7, dtype=torch.float64)
    whole = distil(features, logits).loss
    alone = distil(tuple(f[3:4] for f in features), logits[3:4]).loss
    torch.testing.assert_close(alone, whole[3:4])


def test_the_joint_loss_has_the_mean_beside_the_others():
    torch.manual_seed(0)
    config = load_preset("smoke", ON)
    network = FerNetwork.of(config, 7).double().eval()
    objective = JointObjective(config, 7).double()
    output = network(torch.randn(8, 3, 64, 64, dtype=torch.float64))
    found = objective(output, torch.arange(8) % 7)
    expected = (found.cls + found.clfm.loss + found.distil.loss).mean() + found.clbs.loss
    torch.testing.assert_close(found.total, expected)
    found.total.backward()
    assert all(p.grad is not None for p in objective.distil.parameters())


def test_prediction_goes_without_the_heads_and_a_seed_gives_the_other_weights_as_before():
    plain, with_heads = load_preset("smoke"), load_preset("smoke", ON)
    assert inference_complexity(plain, 7, 64) == inference_complexity(with_heads, 7, 64)
    heads = sum(p.numel() for p in Distil(DistilConfig(), 7).parameters())
    more = training_complexity(with_heads, 7, 64).parameters
    assert more == training_complexity(plain, 7, 64).parameters + heads
    parts = {}
    for name, config in (("plain", plain), ("heads", with_heads)):
        torch.manual_seed(3)
        parts[name] = JointObjective(config, 7).state_dict()
    assert all(torch.equal(value, parts["heads"][key]) for key, value in parts["plain"].items())
