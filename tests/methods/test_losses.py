"""CLFM, CLBS and the joint loss against the equations written out, and where gradients go."""

import numpy as np
import pytest
import torch

from clfer.config import ClbsConfig, ClfmConfig, load_preset
from clfer.methods.clbs import Clbs
from clfer.methods.clfm import Clfm
from clfer.methods.grouping import assign_groups
from clfer.methods.joint import JointObjective
from clfer.methods.kmeans import kmeans
from clfer.models.network import FerNetwork

CHANNELS = (64, 128, 256, 512)


def features(batch=4, side=64, seed=0, dtype=torch.float64, grad=False):
    generator = torch.Generator().manual_seed(seed)
    result = []
    for j, channels in enumerate(CHANNELS):
        edge = max(side // (4 * 2**j), 2)
        value = torch.randn(batch, channels, edge, edge, dtype=dtype, generator=generator).relu()
        result.append(value.requires_grad_(grad))
    return tuple(result)


def cosine(a, b):
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def group_slow(shallow, alive, centroids):
    groups = [[] for _ in centroids]
    for code, live in zip(shallow, alive, strict=True):
        if live:
            groups[int(np.argmax([cosine(code, phi) for phi in centroids]))].append(code)
    return groups


def alignment_slow(groups, centroids, deep_sizes):
    present = [k for k in range(len(groups)) if groups[k] and deep_sizes[k] > 0]
    first = np.concatenate([np.mean(groups[k], axis=0) for k in present])
    second = np.concatenate([centroids[k] for k in present])
    return cosine(first, second)


def test_clfm_equals_the_equations_written_out():
    config = ClfmConfig(alpha=(0.3, 0.1, 0.0), clusters=4)
    clfm = Clfm(config).double()
    maps = features()
    found = clfm(maps)
    deep = clfm.codes(maps[3], 3)
    clusters = kmeans(deep.codes, 4, valid=deep.alive, iterations=config.iterations)
    for i in range(4):
        expected = 0.0
        for j, alpha in ((0, 0.3), (1, 0.1)):
            codes = clfm.codes(maps[j], j)
            centroids = clusters.centroids[i].detach().numpy()
            groups = group_slow(codes.codes[i].detach().numpy(), codes.alive[i].numpy(), centroids)
            expected -= alpha * alignment_slow(groups, centroids, clusters.sizes[i].numpy())
        assert found.loss[i].item() == pytest.approx(expected, abs=1e-10)


def test_clfm_codes_start_as_those_of_the_bare_maps():
    maps = features()
    clfm = Clfm(ClfmConfig()).double()
    bare = Clfm(ClfmConfig(alpha=(0.0, 0.0, 0.0), stop_gradient=True)).double()
    for j in (1, 3):
        torch.testing.assert_close(clfm.codes(maps[j], j).codes, bare.codes(maps[j], j).codes)


def test_clfm_of_an_image_does_not_depend_on_its_batch():
    clfm = Clfm(ClfmConfig()).double()
    maps = features(batch=5)
    order = torch.tensor([3, 1, 4, 0, 2])
    whole = clfm(maps).loss
    shuffled = clfm(tuple(f[order] for f in maps)).loss
    alone = clfm(tuple(f[2:3] for f in maps)).loss
    torch.testing.assert_close(shuffled, whole[order])
    torch.testing.assert_close(alone, whole[2:3])


def test_batch_scope_uses_one_set_of_centroids():
    clfm = Clfm(ClfmConfig(scope="batch")).double()
    maps = features()
    deep = clfm.codes(maps[3], 3)
    assert clfm.deep_clusters(deep).centroids.shape == (1, 4, 16)
    assert clfm(maps).loss.shape == (4,)


def test_clbs_equals_the_equations_written_out():
    config = ClbsConfig(beta=(0.0, 0.2, 0.1))
    clbs = Clbs(config, classes=3).double()
    maps = features(batch=12)
    found = clbs(maps)
    deep = clbs.sample_features(maps[3], 3)
    clusters = kmeans(deep, 3, iterations=config.iterations)
    centroids = clusters.centroids[0].detach().numpy()
    expected = 0.0
    for j, beta in ((1, 0.2), (2, 0.1)):
        shallow = clbs.sample_features(maps[j], j)[0].detach().numpy()
        assert np.abs(shallow.mean(axis=0)).max() < 1e-12
        groups = group_slow(shallow, [True] * 12, centroids)
        expected -= beta * alignment_slow(groups, centroids, clusters.sizes[0].numpy())
    assert found.loss.item() == pytest.approx(expected, abs=1e-10)


def test_clbs_pools_before_its_convolution():
    clbs = Clbs(ClbsConfig(centre=False), classes=3).double()
    maps = features()
    head = clbs.features["1"]
    convolved = torch.einsum("oc,bchw->bohw", head.conv.weight, maps[1])
    pooled = convolved.mean(dim=(2, 3)) + head.conv.bias
    expected = torch.relu(head.fc(pooled))
    torch.testing.assert_close(clbs.sample_features(maps[1], 1)[0], expected)


def test_clbs_refuses_fewer_faces_than_clusters():
    with pytest.raises(ValueError, match="at least 7 faces"):
        Clbs(ClbsConfig(), classes=7).double()(features(batch=6))


def gradient_at_blocks(coding):
    torch.manual_seed(0)
    config = load_preset("smoke", [f"clfm.coding={coding}"])
    network = FerNetwork(config.model, 7).double().eval()
    clfm = Clfm(config.clfm).double()
    blocks = network.encoder(torch.randn(2, 3, 64, 64, dtype=torch.float64))
    return blocks, clfm(blocks).loss.sum()


def test_l_fm_alone_reaches_the_shallow_blocks_with_the_default_coding():
    blocks, loss = gradient_at_blocks("soft")
    for gradient in torch.autograd.grad(loss, blocks[:2]):
        assert gradient.norm() > 1e-6
        assert torch.isfinite(gradient).all()


def test_l_fm_alone_has_exactly_no_gradient_with_peaks():
    blocks, loss = gradient_at_blocks("peaks")
    assert not loss.requires_grad
    anchored = loss + 0.0 * sum(f.sum() for f in blocks[:2])
    for gradient in torch.autograd.grad(anchored, blocks[:2]):
        assert (gradient == 0).all()


@pytest.mark.parametrize("stop", [False, True])
def test_stop_gradient_cuts_the_deep_side(stop):
    maps = features(batch=8, grad=True)
    clfm = Clfm(ClfmConfig(stop_gradient=stop)).double()
    clbs = Clbs(ClbsConfig(stop_gradient=stop), classes=3).double()
    total = clfm(maps).loss.sum() + clbs(maps).loss
    shallow, deep = torch.autograd.grad(total, (maps[1], maps[3]), allow_unused=True)
    assert shallow.norm() > 0
    assert (deep is None) == stop


@pytest.mark.parametrize("stop", [False, True])
def test_every_trained_parameter_gets_a_gradient(stop):
    config = load_preset("smoke", [f"clfm.stop_gradient={stop}", f"clbs.stop_gradient={stop}"])
    network, objective = FerNetwork(config.model, 7), JointObjective(config, 7)
    loss = objective(network(torch.randn(8, 3, 64, 64)), torch.arange(8) % 7)
    loss.total.backward()
    for module in (network, objective):
        for name, parameter in module.named_parameters():
            assert parameter.grad is not None, name


def test_joint_loss_is_the_mean_over_faces_plus_l_bs():
    config = load_preset("smoke")
    network = FerNetwork(config.model, 7).double().eval()
    objective = JointObjective(config, 7).double()
    found = objective(network(torch.randn(8, 3, 64, 64, dtype=torch.float64)), torch.arange(8) % 7)
    expected = (found.cls + found.clfm.loss).mean() + found.clbs.loss
    torch.testing.assert_close(found.total, expected)


def test_dead_blocks_give_finite_losses_and_no_members():
    maps = list(features(batch=8))
    maps[1] = torch.zeros_like(maps[1])
    maps[3] = torch.zeros_like(maps[3])
    found = Clfm(ClfmConfig()).double()(tuple(maps))
    assert torch.isfinite(found.loss).all()
    assert found.nonempty.item() == 0


def test_empty_groups_are_left_out():
    centroids = torch.eye(4, dtype=torch.float64)[:3].unsqueeze(0)
    shallow = torch.tensor([[[1.0, 0.1, 0, 0], [0.9, 0, 0, 0.1]]], dtype=torch.float64)
    groups = assign_groups(shallow, centroids)
    assert groups.sizes.tolist() == [[2.0, 0.0, 0.0]]
    assert torch.isfinite(groups.centres).all()
    assert (groups.centres[0, 1:] == 0).all()
