"""EAC against its equations written out, and where its gradients go."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.config import load_preset
from clfer.methods.eac import class_maps, eac_loss
from clfer.methods.joint import JointObjective
from clfer.models.network import FerNetwork

PLAIN = ("model.msr=false", "clfm.enabled=false", "clbs.enabled=false")
CONFIG = load_preset("smoke", [*PLAIN, "eac.enabled=true", "eac.weight=3"])


def network(seed=0):
    torch.manual_seed(seed)
    return FerNetwork.of(CONFIG, 7).double().eval()


def images(count=4, side=96):
    return torch.randn(count, 3, side, side, dtype=torch.float64)


def consistency_slow(maps, others, weight):
    """λ/(B·n_c·H·W) Σ (M − mirror(M′))², cell by cell."""
    faces, classes, height, width = maps.shape
    total = 0.0
    for i, c, y, x in np.ndindex(faces, classes, height, width):
        total += (maps[i, c, y, x] - others[i, c, y, width - 1 - x]) ** 2
    return weight * total / (faces * classes * height * width)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 5), st.floats(0, 9))
def test_the_loss_equals_the_equation(seed, height, width, weight):
    rng = np.random.default_rng(seed)
    maps, others = rng.normal(size=(2, 3, 4, height, width))
    found = eac_loss(torch.from_numpy(maps), torch.from_numpy(others), weight)
    assert found.item() == pytest.approx(consistency_slow(maps, others, weight))
    mirrored = torch.from_numpy(maps[..., ::-1].copy())
    assert eac_loss(torch.from_numpy(maps), mirrored, weight) == 0


def test_the_mean_of_a_map_is_the_logit_without_bias():
    model = network()
    output = model(images())
    assert output.class_maps.shape == (4, 7, 3, 3)
    logits = output.class_maps.mean(dim=(2, 3)) + model.classifier.bias
    torch.testing.assert_close(logits, output.logits)
    f, w = output.features[-1].detach().numpy(), model.classifier.weight.detach().numpy()
    slow = sum(w[2, k] * f[1, k] for k in range(512))
    np.testing.assert_allclose(output.class_maps[1, 2].detach().numpy(), slow, atol=1e-12)


def test_it_joins_the_cross_entropy_of_the_faces_alone():
    model, faces, labels = network(), images(), torch.arange(4)
    output, second = model(faces), model(faces.flip(3))
    objective = JointObjective(CONFIG, 7).double()
    found = objective(output, labels, second)
    expected = consistency_slow(
        output.class_maps.detach().numpy(), second.class_maps.detach().numpy(), 3
    )
    assert found.eac.item() == pytest.approx(expected)
    entropy = torch.nn.functional.cross_entropy(output.logits, labels)
    torch.testing.assert_close(found.total, entropy + found.eac)
    assert objective(output, labels).eac is None


def test_maps_move_the_encoder_and_no_classifier():
    model, faces = network(), images()
    eac_loss(model(faces).class_maps, model(faces.flip(3)).class_maps, 1).backward()
    assert model.encoder.blocks[3][1].conv2.weight.grad.norm() > 0
    assert model.encoder.blocks[0][0].conv1.weight.grad.norm() > 0
    assert model.classifier.weight.grad is None


def test_both_passes_learn():
    maps = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    others = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    eac_loss(maps, others, 1).backward()
    torch.testing.assert_close(maps.grad, -others.grad.flip(3))
    assert maps.grad.abs().min() > 0


def test_maps_of_one_cell_and_of_symmetric_faces_are_consistent():
    weights = torch.randn(3, 5)
    one = class_maps(torch.randn(2, 5, 1, 1), weights)
    assert eac_loss(one, one, 5) == 0
    half = torch.randn(2, 5, 4, 2)
    both = class_maps(torch.cat([half, half.flip(3)], dim=3), weights)
    torch.testing.assert_close(eac_loss(both, both, 5), torch.tensor(0.0))


def test_the_network_holds_no_more_weights_than_the_baseline():
    plain = FerNetwork.of(load_preset("smoke", PLAIN), 7)
    assert network().state_dict().keys() == plain.state_dict().keys()
