"""Captum's attributions on the cut network against slow hand-written ones in float64."""

import copy
import threading

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam, LayerIntegratedGradients
from torch import Tensor

from clfer.analysis import attribution
from clfer.analysis.attribution import (
    INPUT,
    METHODS,
    grad_cam,
    integrated_gradients,
    occlusion,
)
from clfer.models.checkpoint import Checkpoint

TARGET = 2


@pytest.fixture(scope="module", params=["ours", "baseline"])
def model(request, make_checkpoint) -> Checkpoint:
    """In double precision."""
    return make_checkpoint(ours=request.param == "ours", dtype=torch.float64)


@pytest.fixture(scope="module")
def image(ours, crops) -> Tensor:
    return ours.card.preprocess(crops[:1]).double()


@pytest.mark.parametrize("block", [1, 2, 3, 4])
def test_grad_cam_equals_the_hand_written_one(model, image, block):
    leaf, logits = _logits_of(model, image, block)
    gradient = torch.autograd.grad(logits(leaf)[0, TARGET], leaf)[0]
    expected = np.zeros(leaf.shape[-2:])
    for channel in range(leaf.shape[1]):
        expected += gradient[0, channel].mean().item() * leaf[0, channel].detach().numpy()
    found = grad_cam(model, image, TARGET)[block - 1]
    np.testing.assert_allclose(found, np.maximum(expected, 0), rtol=1e-9, atol=1e-12)
    assert found.max() > 0


def test_grad_cam_equals_captums_block_by_block(either, crops):
    """Captum's layer version hooks its network, so it gets a copy."""
    image = either.card.preprocess(crops[:1])
    network = copy.deepcopy(either.network)
    found = grad_cam(either, image, TARGET)
    assert len(found) == 4
    for layer, cells in zip(network.encoder.blocks, found, strict=True):
        method = LayerGradCam(lambda x: network(x).logits, layer)
        pixels = image.clone().requires_grad_()
        expected = method.attribute(pixels, target=TARGET, relu_attributions=True)
        expected = expected[0, 0].detach().numpy()
        np.testing.assert_allclose(cells, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("block", [INPUT, 2, 4])
def test_integrated_gradients_are_complete(ours, crops, block):
    image = ours.card.preprocess(crops[:1])
    found = integrated_gradients(ours, image, block, TARGET)
    leaf, logits = _logits_of(ours, image, block)
    start, _ = _logits_of(ours, torch.zeros_like(image), block)
    with torch.no_grad():
        difference = (logits(leaf) - logits(start))[0, TARGET].item()
    assert found.shape == tuple(leaf.shape[-2:])
    assert abs(difference) > 1e-3
    assert found.sum() == pytest.approx(difference, rel=0.1)


def test_integrated_gradients_equal_captums_layer_version(either, crops, monkeypatch):
    """The layer version hooks its network, so it gets a copy."""
    monkeypatch.setattr(attribution, "STEPS", 6)
    image = either.card.preprocess(crops[:1])
    network = copy.deepcopy(either.network)
    layer = network.encoder.blocks[2]
    method = LayerIntegratedGradients(lambda x: network(x).logits, layer)
    expected = method.attribute(image, torch.zeros_like(image), target=TARGET, n_steps=6)
    expected = expected[0].sum(0).detach().numpy()
    found = integrated_gradients(either, image, 3, TARGET)
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize(("block", "patch"), [(1, 2), (3, 1), (4, 1)])
def test_occlusion_equals_the_slow_loop(either, crops, block, patch):
    image = either.card.preprocess(crops[:1])
    found = occlusion(either, image, block, TARGET)
    leaf, logits = _logits_of(either, image, block)
    side = leaf.shape[-1]
    with torch.no_grad():
        whole = logits(leaf)[0, TARGET]
        for top in (0, side // 2, side - patch):
            for left in (0, side // 2, side - patch):
                hidden = leaf.detach().clone()
                hidden[:, :, top : top + patch, left : left + patch] = 0
                fall = (whole - logits(hidden)[0, TARGET]).item()
                cells = found[top : top + patch, left : left + patch]
                assert cells.shape == (patch, patch)
                np.testing.assert_allclose(cells, fall, atol=1e-5)
    assert np.abs(found).max() > 1e-3


def test_occlusion_at_the_input_sees_the_pixels(ours, crops):
    image = ours.card.preprocess(crops[:1])
    found = occlusion(ours, image, INPUT, TARGET)
    hidden = image.clone()
    hidden[:, :, 8:16, 24:32] = 0
    with torch.no_grad():
        fall = (ours.network(image).logits - ours.network(hidden).logits)[0, TARGET].item()
    np.testing.assert_allclose(found[8:16, 24:32], fall, atol=1e-5)


@pytest.mark.parametrize("method", list(METHODS))
def test_the_shared_network_stays_as_it_was(either: Checkpoint, crops, method):
    image = either.card.preprocess(crops[:1])
    before = {k: v.clone() for k, v in either.network.state_dict().items()}
    pixels = image.clone()
    METHODS[method](either, image, TARGET)
    for key, value in either.network.state_dict().items():
        assert torch.equal(value, before[key]), key
    for module in either.network.modules():
        assert not module.training
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert not module._backward_hooks
        assert not module._backward_pre_hooks
    for parameter in either.network.parameters():
        assert parameter.grad is None
        assert not parameter.requires_grad
    assert torch.equal(image, pixels)
    assert not image.requires_grad


def test_threads_on_one_network_do_not_disturb_each_other(ours, crops):
    images = ours.card.preprocess(crops[:4])
    alone = [grad_cam(ours, images[i : i + 1], i)[2] for i in range(4)]
    together: dict[int, np.ndarray] = {}

    def work(i: int) -> None:
        for _ in range(3):
            together[i] = grad_cam(ours, images[i : i + 1], i)[2]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(4):
        np.testing.assert_allclose(together[i], alone[i], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("method", [integrated_gradients, occlusion])
def test_a_block_that_does_not_exist_is_refused(ours, crops, method):
    image = ours.card.preprocess(crops[:1])
    with pytest.raises(ValueError, match="block"):
        method(ours, image, 5, TARGET)


@pytest.mark.parametrize(
    ("name", "method"), [("integrated gradients", integrated_gradients), ("occlusion", occlusion)]
)
def test_the_maps_by_name_are_those_of_blocks_1_to_4(ours, crops, name, method):
    image = ours.card.preprocess(crops[:1])
    found = METHODS[name](ours, image, TARGET)
    assert len(found) == 4
    for block, cells in enumerate(found, start=1):
        np.testing.assert_array_equal(cells, method(ours, image, block, TARGET))


def _logits_of(checkpoint: Checkpoint, image: Tensor, block: int):
    """A block's output as a leaf, and the logits by it; earlier blocks stay as for the image."""
    network = checkpoint.network
    if block == INPUT:
        return image.clone().requires_grad_(), lambda x: network(x).logits
    with torch.no_grad():
        features = network.encoder(image)

    def logits(values: Tensor) -> Tensor:
        own = [*features[: block - 1], values]
        for later in network.encoder.blocks[block:]:
            own.append(later(own[-1]))
        return network.classify(tuple(own)).logits

    return features[block - 1].clone().requires_grad_(), logits
