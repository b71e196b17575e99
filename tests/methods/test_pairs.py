"""Learned weights of layer pairs: what they sum to, where they settle, what they see."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from clfer.config import ClbsConfig, ClfmConfig, load_preset
from clfer.methods.clbs import Clbs
from clfer.methods.clfm import Clfm
from clfer.methods.contrast import contrast
from clfer.methods.joint import JointObjective
from clfer.methods.pairs import LEARNED, PairWeights
from clfer.models.network import FerNetwork

FIXED = (0.3, 0.1, 0.0)
TOTAL = sum(FIXED)
losses = st.lists(st.floats(-1, 1), min_size=4, max_size=4)


def learned(theta=None):
    found = PairWeights(FIXED, "learned").double()
    if theta is not None:
        found.theta.data = torch.tensor(theta, dtype=torch.float64)
    return found


def settled(pair_losses, steps=1500):
    """The weights that descending the weighted losses over θ alone ends in."""
    weights = learned()
    optimiser = torch.optim.Adam(weights.parameters(), lr=0.02)
    for _ in range(steps):
        optimiser.zero_grad()
        parts = zip(weights.weights(), pair_losses, strict=True)
        (sum(w * part for w, part in parts) + weights.restraint()).backward()
        optimiser.step()
    return torch.stack(list(weights.weights())).detach()


def features(batch=6, seed=0, grad=False):
    generator = torch.Generator().manual_seed(seed)
    maps = []
    for j, channels in enumerate((64, 128, 256, 512)):
        edge = max(16 // 2**j, 2)
        values = torch.randn(
            batch, channels, edge, edge, dtype=torch.float64, generator=generator
        ).relu()
        maps.append(values.requires_grad_(grad))
    return tuple(maps)


def test_fixed_weights_are_those_of_the_paper_and_are_no_parameters():
    fixed = PairWeights(FIXED, "fixed")
    assert [(pair.name, w) for pair, w in zip(fixed.pairs, fixed.weights(), strict=True)] == [
        ("1_4", 0.3),
        ("2_4", 0.1),
    ]
    assert not fixed.state_dict()
    assert fixed.columns("weight_fm") == {}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=4, max_size=4))
def test_learned_weights_sum_to_the_fixed_ones_wherever_they_are(theta):
    weights = learned(theta)
    found = torch.stack(list(weights.weights()))
    assert found.sum().item() == pytest.approx(TOTAL)
    assert weights.restraint().item() >= -1e-12
    said = weights.columns("weight_fm")
    assert list(said) == ["weight_fm_1_4", "weight_fm_2_4", "weight_fm_3_4", "weight_fm_2_3"]
    assert torch.equal(torch.stack(list(said.values())), found.detach())


def test_they_start_even_and_unrestrained():
    weights = learned()
    torch.testing.assert_close(
        torch.stack(list(weights.weights())), torch.full((4,), TOTAL / 4, dtype=torch.float64)
    )
    assert weights.restraint().item() == pytest.approx(0, abs=1e-15)


@settings(max_examples=4, deadline=None)
@given(losses)
def test_training_settles_at_the_stated_optimum(pair_losses):
    found = settled(pair_losses) / TOTAL
    mean = float(found @ torch.tensor(pair_losses, dtype=torch.float64))
    stated = [0.25 / (1 + loss - mean) for loss in pair_losses]
    np.testing.assert_allclose(found.numpy(), stated, atol=2e-3)


@settings(max_examples=25, deadline=None)
@given(losses)
def test_the_optimum_keeps_a_third_of_an_even_share_and_prefers_what_aligns(pair_losses):
    target = np.array(pair_losses)

    def objective(theta):
        logarithms = theta - np.log(np.exp(theta).sum())
        return np.exp(logarithms) @ target - (logarithms.mean() + np.log(4))

    theta = minimize(objective, np.zeros(4)).x
    shares = np.exp(theta) / np.exp(theta).sum()
    assert shares.min() >= 1 / 12 - 1e-3
    order = np.argsort(target)
    assert (np.diff(shares[order]) <= 1e-3).all()


def test_without_the_restraint_the_easiest_pair_would_take_all():
    weights = learned()
    optimiser = torch.optim.Adam(weights.parameters(), lr=0.05)
    for _ in range(1200):
        optimiser.zero_grad()
        sum(
            w * part for w, part in zip(weights.weights(), (-0.9, -0.5, 0, 0), strict=True)
        ).backward()
        optimiser.step()
    assert weights.weights()[0].item() > 0.95 * TOTAL
    assert settled((-0.9, -0.5, 0, 0))[0].item() < 0.5 * TOTAL


def test_clfm_sums_its_pairs_each_with_its_own_clusters():
    clfm = Clfm(ClfmConfig(alpha=FIXED, pairs="learned")).double()
    clfm.pairs.theta.data = torch.tensor([0.5, -0.3, 0.1, 0.8], dtype=torch.float64)
    maps = features()
    codes = [clfm.codes(feature, j) for j, feature in enumerate(maps)]
    expected = clfm.pairs.restraint()
    shares = clfm.pairs.theta.softmax(dim=0)
    for share, (shallow, deep) in zip(shares, ((0, 3), (1, 3), (2, 3), (1, 2)), strict=True):
        clusters = clfm.deep_clusters(codes[deep])
        groups = clfm.groups(codes[shallow], clusters.centroids)
        present = (groups.sizes > 0) & (clusters.sizes > 0)
        found = contrast(groups.centres, clusters.centroids, present, clfm.config)
        expected = expected + TOTAL * share * found.loss
    torch.testing.assert_close(clfm(maps).loss, expected)


def test_clbs_sums_its_pairs_each_with_its_own_clusters():
    clbs = Clbs(ClbsConfig(beta=FIXED, pairs="learned"), classes=3).double()
    clbs.pairs.theta.data = torch.tensor([0.5, -0.3, 0.1, 0.8], dtype=torch.float64)
    maps = features(batch=9)
    whole = clbs(maps).loss
    parts = []
    for place, pair in enumerate(LEARNED):
        clbs.pairs.theta.data = torch.full((4,), -60.0, dtype=torch.float64)
        clbs.pairs.theta.data[place] = 60
        parts.append((clbs(maps).loss - clbs.pairs.restraint()) / TOTAL)
        if pair.deep == 3:  # alone at fixed weights, with the same heads
            alone = tuple(float(j == pair.shallow) for j in range(3))
            single = Clbs(ClbsConfig(beta=alone), classes=3).double()
            single.load_state_dict(
                {k: v for k, v in clbs.state_dict().items() if k in single.state_dict()}
            )
            torch.testing.assert_close(parts[-1], single(maps).loss)
    clbs.pairs.theta.data = torch.tensor([0.5, -0.3, 0.1, 0.8], dtype=torch.float64)
    shares = clbs.pairs.theta.softmax(dim=0)
    expected = sum(TOTAL * share * part for share, part in zip(shares, parts, strict=True))
    torch.testing.assert_close(whole, expected + clbs.pairs.restraint())


@pytest.mark.parametrize("stop", [False, True])
def test_every_parameter_and_every_shallow_block_gets_a_gradient(stop):
    maps = features(batch=9, grad=True)
    clfm = Clfm(ClfmConfig(pairs="learned", stop_gradient=stop)).double()
    clbs = Clbs(ClbsConfig(pairs="learned", stop_gradient=stop), classes=3).double()
    total = clfm(maps).loss.mean() + clbs(maps).loss
    gradients = torch.autograd.grad(total, maps[:3], retain_graph=True)
    assert all(gradient.norm() > 1e-9 for gradient in gradients)
    total.backward()
    for module in (clfm, clbs):
        for name, parameter in module.named_parameters():
            assert parameter.grad is not None, name
    assert (maps[3].grad is None) == stop


def test_clfm_of_an_image_does_not_depend_on_its_batch():
    clfm = Clfm(ClfmConfig(pairs="learned", contrast="infonce", clustering="balanced")).double()
    maps = features()
    torch.testing.assert_close(
        clfm(tuple(f[2:3] for f in maps)).loss, clfm(maps).loss[2:3], atol=1e-9, rtol=0
    )


def test_learned_pairs_leave_the_network_and_its_start_alone():
    parts = {}
    for pairs in ("fixed", "learned"):
        torch.manual_seed(3)
        config = load_preset("smoke", [f"clfm.pairs={pairs}", f"clbs.pairs={pairs}"])
        network = FerNetwork.of(config, 7)
        parts[pairs] = network.state_dict()
        objective = JointObjective(config, 7)
        assert ("clfm.pairs.theta" in objective.state_dict()) == (pairs == "learned")
    assert all(torch.equal(v, parts["learned"][k]) for k, v in parts["fixed"].items())
