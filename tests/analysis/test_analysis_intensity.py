"""Learning intensity against a slow float64 loop: one face, one block at a time."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from clfer.analysis.attention import centred_contributions
from clfer.analysis.groups import semantic_groups
from clfer.analysis.intensity import Intensity, learning_intensity
from clfer.models.checkpoint import Checkpoint

CASES = [
    ("ours", "cls", 3),
    ("ours", "logit", 3),
    ("ours", "joint", 3),
    ("ours", "joint", 8),
    ("stop-gradient", "joint", 8),
    ("baseline", "cls", 3),
    ("baseline", "logit", 3),
]


@pytest.fixture(scope="module")
def models(make_checkpoint) -> dict[str, Checkpoint]:
    """In double precision."""
    return {
        "ours": make_checkpoint(dtype=torch.float64),
        "stop-gradient": make_checkpoint(dtype=torch.float64, stop_gradient=True),
        "baseline": make_checkpoint(ours=False, dtype=torch.float64),
    }


@pytest.fixture(scope="module")
def images(ours, crops) -> Tensor:
    return ours.card.preprocess(crops).double()


@pytest.mark.parametrize(("name", "of", "faces"), CASES)
def test_it_equals_the_slow_loop(models, images: Tensor, name, of, faces):
    model, inputs = models[name], images[:faces]
    target = torch.arange(faces) % 7
    fast = learning_intensity(model, inputs, target, of)
    with torch.no_grad():
        features = model.network.encoder(inputs)
    groups = semantic_groups(model, features)
    for i in (0, faces - 1):
        for j, gradient in enumerate(_slow_gradients(model, features, target, i, of)):
            assert gradient.norm() > 0
            assert fast.norm[i, j] == pytest.approx(gradient.norm().item(), rel=1e-8)
            assert fast.rms[i, j] == pytest.approx(gradient.square().mean().sqrt().item(), rel=1e-8)
            for k in range(4):
                channels = np.flatnonzero(groups.assignment[j][i] == k)
                expected = gradient[channels].norm().item()
                assert fast.group_norm[i, j, k] == pytest.approx(expected, rel=1e-8, abs=1e-15)
                assert fast.group_size[i, j, k] == len(channels)


@pytest.mark.parametrize(("name", "of"), [("ours", "cls"), ("ours", "logit"), ("baseline", "cls")])
def test_it_does_not_depend_on_the_batch(models, images: Tensor, name, of):
    model, order = models[name], [2, 0, 3, 1]
    target = torch.arange(4)
    together = learning_intensity(model, images[:4], target, of)
    _same(learning_intensity(model, images[order], target[order], of), together, order)
    _same(learning_intensity(model, images[3:4], target[3:4], of), together, [3])


def test_one_of_eight_faces_is_as_if_alone(either: Checkpoint, crops):
    images, target = either.card.preprocess(crops), torch.arange(8) % 7
    together = learning_intensity(either, images, target)
    alone = learning_intensity(either, images[5:6], target[5:6])
    np.testing.assert_allclose(alone.norm[0], together.norm[5], rtol=1e-4)


def test_the_joint_loss_without_bs_does_not_depend_on_the_batch(models, images):
    model, target = models["ours"], torch.tensor([3, 1, 2])
    together = learning_intensity(model, images[:3], target, "joint")
    assert not together.includes_bs
    for i in range(3):
        alone = learning_intensity(model, images[i : i + 1], target[i : i + 1], "joint")
        _same(alone, together, [i])


def test_bs_is_flagged_only_where_it_takes_part(ours, baseline, crops):
    images = ours.card.preprocess(crops)
    assert learning_intensity(ours, images, of="joint").includes_bs
    assert not learning_intensity(ours, images[:6], of="joint").includes_bs
    assert not learning_intensity(ours, images, of="cls").includes_bs
    assert not learning_intensity(baseline, images, of="joint").includes_bs


def test_the_baselines_joint_loss_is_its_classification_loss(baseline, crops):
    images = baseline.card.preprocess(crops)
    cls, joint = (learning_intensity(baseline, images, of=of) for of in ("cls", "joint"))
    np.testing.assert_array_equal(cls.norm, joint.norm)


def test_the_contrastive_losses_reach_the_shallow_blocks(ours, crops):
    images = ours.card.preprocess(crops)
    cls, joint = (learning_intensity(ours, images, of=of) for of in ("cls", "joint"))
    assert (np.abs(cls.norm - joint.norm)[:, :3] > 0).all()


def test_the_default_target_is_the_predicted_expression(either: Checkpoint, crops):
    images = either.card.preprocess(crops)
    predicted = either.network(images).logits.argmax(dim=1)
    default = learning_intensity(either, images)
    np.testing.assert_array_equal(default.target, predicted.numpy())
    _same(default, learning_intensity(either, images, predicted), list(range(8)))


def test_dead_channels_give_no_nan(ours, crops, make_checkpoint):
    model = make_checkpoint()
    for module in (model.network.encoder.blocks[3][1].bn2, model.network.encoder.blocks[1][1].bn2):
        module.weight[:40] = 0
        module.bias[:40] = -9
    dark = model.card.preprocess(np.zeros_like(crops))
    for of in ("cls", "joint", "logit"):
        found = learning_intensity(model, dark, of=of)
        for values in (found.norm, found.rms, found.group_norm):
            assert np.isfinite(values).all()
        assert (found.group_size.sum(axis=-1) <= [64, 128, 256, 512]).all()
        assert found.group_size[:, 3].sum() < 8 * 512


def test_nothing_of_the_model_changes(ours, crops):
    images = ours.card.preprocess(crops)
    before = {k: v.clone() for k, v in ours.network.state_dict().items()}
    learning_intensity(ours, images, of="joint")
    for key, value in ours.network.state_dict().items():
        assert torch.equal(value, before[key]), key
    for module in (ours.network, ours.objective):
        assert not module.training
        for parameter in module.parameters():
            assert parameter.grad is None
            assert not parameter.requires_grad


def test_centred_contributions_leave_the_probabilities_alone():
    shares = np.random.default_rng(0).normal(size=(5, 7, 4))
    centred = centred_contributions(shares)
    np.testing.assert_allclose(centred.sum(axis=1), 0, atol=1e-12)
    first, second = (torch.from_numpy(x.sum(-1)).softmax(-1) for x in (shares, centred))
    torch.testing.assert_close(first, second)


def _slow_gradients(checkpoint: Checkpoint, features, target: Tensor, i: int, of: str):
    """∂L^{(i)}/∂f_{i,j} as ``[C_j, H_j, W_j]`` for every block j of face i."""
    for j in range(4):
        leaf = features[j][i : i + 1].clone().requires_grad_()
        own = [f[i : i + 1] for f in features[:j]] + [leaf]
        for block in checkpoint.network.encoder.blocks[j + 1 :]:
            own.append(block(own[-1]))
        loss = _loss(checkpoint, features, tuple(own), target, i, of)
        yield torch.autograd.grad(loss, leaf)[0][0]


def _loss(checkpoint, features, own, target, i, of) -> Tensor:
    logits = checkpoint.network.classify(own).logits[0]
    if of == "logit":
        return logits[target[i]]
    loss = -functional.log_softmax(logits, dim=0)[target[i]]
    if of == "cls":
        return loss
    objective = checkpoint.objective
    if objective.clfm is not None:
        loss = loss + objective.clfm(own).loss[0]
    if objective.clbs is not None and len(target) >= 7:
        batch = tuple(torch.cat([f[:i], g, f[i + 1 :]]) for f, g in zip(features, own, strict=True))
        loss = loss + objective.clbs(batch).loss
    return loss


def _same(part: Intensity, whole: Intensity, rows: list[int]) -> None:
    for name in ("norm", "rms", "group_norm", "group_size"):
        np.testing.assert_allclose(
            getattr(part, name), getattr(whole, name)[rows], rtol=1e-6, atol=1e-14, err_msg=name
        )
