"""SimSiam against its equation written out, its stopped gradients, and the watch on collapse."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.config import SimSiamConfig, load_preset
from clfer.methods.joint import JointObjective
from clfer.methods.simsiam import SimSiam
from clfer.models.network import FerNetwork

WIDTH, DIMENSION = 12, 8
CONFIG = SimSiamConfig(enabled=True, weight=0.5, projector=DIMENSION, predictor=4)


def simsiam(config=CONFIG):
    torch.manual_seed(0)
    return SimSiam(config, WIDTH).double().train()


def views(count=9, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, count, WIDTH, dtype=torch.float64, generator=generator).unbind()


def normalised_slow(values, layer):
    result = (values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + layer.eps)
    if layer.affine:
        result = result * layer.weight.detach().numpy() + layer.bias.detach().numpy()
    return result


def projected_slow(module, values):
    first, norm, _, second, last = module.projector
    hidden = normalised_slow(values @ first.weight.detach().numpy().T, norm)
    hidden = np.maximum(hidden, 0) @ second.weight.detach().numpy().T
    return normalised_slow(hidden, last)


def predicted_slow(module, values):
    first, norm, _, second = module.predictor
    hidden = np.maximum(normalised_slow(values @ first.weight.detach().numpy().T, norm), 0)
    return hidden @ second.weight.detach().numpy().T + second.bias.detach().numpy()


def cosine(a, b):
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_loss_and_spread_equal_the_equations():
    module, (first, second) = simsiam(), views()
    found = module(first, second)
    z1, z2 = (projected_slow(module, v.numpy()) for v in (first, second))
    p1, p2 = (predicted_slow(module, z) for z in (z1, z2))
    faces = range(len(first))
    expected = -0.5 * np.mean([cosine(p1[i], z2[i]) + cosine(p2[i], z1[i]) for i in faces])
    assert found.loss.item() == pytest.approx(0.5 * expected, abs=1e-10)
    directions = np.stack([z1[i] / np.linalg.norm(z1[i]) for i in faces])
    assert found.std.item() == pytest.approx(directions.std(axis=0).mean(), abs=1e-10)


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(9)))
def test_neither_the_order_of_the_faces_nor_of_the_views_matters(order):
    first, second = views()
    whole = simsiam()(first, second).loss
    torch.testing.assert_close(simsiam()(first[order], second[order]).loss, whole)
    torch.testing.assert_close(simsiam()(second, first).loss, whole)


def test_the_gradient_is_that_with_the_projections_held_fixed():
    module, (first, second) = simsiam(), views()
    parameters = list(module.projector.parameters())
    found = torch.autograd.grad(module(first, second).loss, parameters)
    z1, z2 = module.projector(first), module.projector(second)
    fixed1, fixed2 = (torch.tensor(z.detach().numpy()) for z in (z1, z2))
    similar = torch.nn.functional.cosine_similarity
    p1, p2 = module.predictor(z1), module.predictor(z2)
    stopped = -0.25 * (similar(p1, fixed2) + similar(p2, fixed1)).mean()
    free = -0.25 * (similar(p1, z2) + similar(p2, z1)).mean()
    for one, other in zip(
        found, torch.autograd.grad(stopped, parameters, retain_graph=True), strict=True
    ):
        torch.testing.assert_close(one, other)
    loose = torch.autograd.grad(free, parameters)
    assert any((a - b).norm() > 1e-4 for a, b in zip(found, loose, strict=True))


def test_a_view_learns_from_its_own_prediction_only():
    module, (first, second) = simsiam(), views()
    # With a predictor that says the same of every face, a view without gradient through the
    # other's target has none at all.
    torch.nn.init.zeros_(module.predictor[3].weight)
    first.requires_grad_()
    module(first, second).loss.backward()
    assert first.grad.abs().max() < 1e-12


def test_the_spread_tells_collapse_from_an_even_spread():
    module = simsiam(SimSiamConfig(projector=64))
    even = torch.randn(4000, 64, dtype=torch.float64)
    assert module._spread(even).item() == pytest.approx(1 / np.sqrt(64), rel=0.02)
    collapsed = torch.ones(50, 64, dtype=torch.float64) * torch.rand(50, 1).double()
    assert module._spread(collapsed).item() < 1e-7


def test_classification_and_contrast_see_the_first_view_alone():
    changes = ["simsiam.enabled=true", "simsiam.projector=8", "simsiam.predictor=4"]
    config = load_preset("smoke", changes)
    torch.manual_seed(0)
    network = FerNetwork.of(config, 7).double().eval()
    objective = JointObjective(config, 7).double()
    images = torch.randn(2, 8, 3, 64, 64, dtype=torch.float64)
    first, second = network(images[0]), network(images[1])
    labels = torch.arange(8) % 7
    one, other = objective(first, labels, second), objective(first, labels, first)
    torch.testing.assert_close(one.cls, other.cls)
    torch.testing.assert_close(one.clbs.loss, other.clbs.loss)
    assert one.simsiam.loss != other.simsiam.loss
    expected = one.mean_cls + one.clfm.loss.mean() + one.clbs.loss + one.simsiam.loss
    torch.testing.assert_close(one.total, expected)
    assert objective(first, labels).simsiam is None


def test_a_seed_gives_the_other_weights_as_without_simsiam():
    parts = {}
    for on in (False, True):
        torch.manual_seed(3)
        parts[on] = JointObjective(load_preset("smoke", [f"simsiam.enabled={on}"]), 7).state_dict()
    assert all(torch.equal(value, parts[True][key]) for key, value in parts[False].items())
