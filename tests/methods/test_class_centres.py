"""Class centres (Eq. 12) and L_bs by them, written out; faces without label in the joint loss."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.config import ClbsConfig, load_preset
from clfer.methods.class_centres import class_centres
from clfer.methods.clbs import Clbs
from clfer.methods.joint import JointObjective
from clfer.methods.labels import hard_labels
from clfer.models.network import FerNetwork

CHANNELS = (64, 128, 256, 512)
CLASSES = 4


def clbs(**more):
    torch.manual_seed(0)
    config = ClbsConfig(centres="classes", beta=(0.0, 0.2, 0.1), **more)
    return Clbs(config, CLASSES).double()


def features(batch, seed=0, grad=False):
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(batch, c, 2, 2, dtype=torch.float64, generator=generator).requires_grad_(grad)
        for c in CHANNELS
    )


def cosine(a, b):
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def loss_slow(module, maps, labels):
    """Eq. 12, then Eq. 3 to 6 over the classes that are in the batch."""
    deep = module.sample_features(maps[3], 3)[0].detach().numpy()
    known = sorted({label for label in labels if label >= 0})
    centres = {
        t: np.mean([g for g, y in zip(deep, labels, strict=True) if y == t], axis=0) for t in known
    }
    total = 0.0
    for j, beta in ((1, 0.2), (2, 0.1)):
        groups = {t: [] for t in known}
        for face in module.sample_features(maps[j], j)[0].detach().numpy():
            groups[max(known, key=lambda t: cosine(face, centres[t]))].append(face)
        used = [t for t in known if groups[t]]
        total -= beta * cosine(
            np.concatenate([np.mean(groups[t], axis=0) for t in used]),
            np.concatenate([centres[t] for t in used]),
        )
    return total


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-1, CLASSES - 1), min_size=5, max_size=9), st.integers(0, 99))
def test_l_bs_by_classes_equals_the_equations(labels, seed):
    labels[0] = 2  # one face at least has a label
    # Centred faces that are all in one group would leave a mean of nothing but rounding errors.
    maps, module = features(len(labels), seed), clbs(centre=False)
    found = module(maps, torch.tensor(labels))
    assert found.loss.item() == pytest.approx(loss_slow(module, maps, labels), abs=1e-9)


def test_centred_features_give_the_equations_too():
    maps, module, labels = features(12), clbs(), [0, 1, 2, 3, 0, -1, 1, 2, 3, 0, -1, 1]
    found = module(maps, torch.tensor(labels))
    assert found.loss.item() == pytest.approx(loss_slow(module, maps, labels), abs=1e-9)


def test_the_order_of_the_batch_changes_nothing():
    maps, labels = features(8), torch.tensor([0, 1, 2, 3, 0, -1, 1, 2])
    order = torch.tensor([5, 2, 7, 0, 1, 6, 3, 4])
    shuffled = clbs()(tuple(f[order] for f in maps), labels[order]).loss
    torch.testing.assert_close(shuffled, clbs()(maps, labels).loss)


def test_a_class_that_is_absent_has_no_centre_and_gets_no_face():
    deep = torch.randn(1, 5, 3, dtype=torch.float64)
    labels = torch.tensor([0, 2, 2, -1, 0])
    found = class_centres(deep, labels, CLASSES)
    assert found.sizes.tolist() == [[2, 0, 2, 0]]
    torch.testing.assert_close(found.centroids[0, 0], (deep[0, 0] + deep[0, 4]) / 2)
    assert not found.centroids[0, [1, 3]].any()
    # All shallow features lie on the far side of the one class there is; they still join it.
    maps, module = features(6), clbs()
    assert module(maps, torch.full((6,), 3)).nonempty.item() == 1


def test_a_batch_without_any_label_has_no_loss_and_no_gradient():
    maps = features(6, grad=True)
    found = clbs()(maps, torch.full((6,), -1))
    assert found.loss.item() == 0
    found.loss.backward()
    assert all(f.grad is None or not f.grad.any() for f in maps)


@pytest.mark.parametrize("stop", [False, True])
def test_gradients_reach_both_sides_unless_stopped(stop):
    maps = features(6, grad=True)
    clbs(stop_gradient=stop)(maps, torch.arange(6) % CLASSES).loss.backward()
    assert maps[1].grad.norm() > 0
    assert (maps[3].grad is None) == stop


def test_class_centres_need_labels_but_no_number_of_faces():
    with pytest.raises(ValueError, match="need the labels"):
        clbs()(features(6))
    assert torch.isfinite(clbs()(features(2), torch.tensor([0, 1])).loss)


def test_the_most_probable_class_of_soft_labels_counts_and_none_of_an_empty_row():
    soft = torch.tensor([[0.2, 0.8, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    assert hard_labels(soft).tolist() == [1, -1, 0]
    hard = torch.tensor([1, -1, 0])
    assert hard_labels(hard) is hard


def joint(soft, hidden, smoothing=0.1):
    """The joint loss of eight faces, the labels of some taken away."""
    changes = ["data.labelled=0.5", "data.unlabelled=true", f"train.label_smoothing={smoothing}"]
    config = load_preset("smoke", changes)
    torch.manual_seed(0)
    network = FerNetwork.of(config, 7).double().eval()
    target = torch.arange(8) % 7
    if soft:
        target = torch.nn.functional.one_hot(target, 7).double()
    target[hidden] = 0 if soft else -1
    output = network(torch.randn(8, 3, 64, 64, dtype=torch.float64))
    return JointObjective(config, 7).double()(output, target), output


@pytest.mark.parametrize("soft", [False, True])
def test_the_classification_loss_is_the_mean_over_the_faces_with_a_label(soft):
    hidden = [1, 2, 6]
    found, output = joint(soft, hidden)
    kept = [i for i in range(8) if i not in hidden]
    expected = torch.nn.functional.cross_entropy(
        output.logits[kept], torch.tensor(kept) % 7, label_smoothing=0.1
    )
    torch.testing.assert_close(found.mean_cls, expected)
    torch.testing.assert_close(found.total, expected + found.clfm.loss.mean() + found.clbs.loss)


@pytest.mark.parametrize("soft", [False, True])
def test_without_any_label_only_the_losses_without_labels_are_left(soft):
    found, _ = joint(soft, list(range(8)))
    assert found.mean_cls.item() == 0
    torch.testing.assert_close(found.total, found.clfm.loss.mean() + found.clbs.loss)
    assert found.clbs.loss < 0
