"""Leaving a layer out, against the network itself with that layer's embedding zeroed."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from clfer.analysis.layer_ablation import (
    OUTCOMES,
    decision_shares,
    expression_shares,
    layer_ablation,
    logits_without,
)
from clfer.analysis.metrics import wilson_interval
from clfer.analysis.outputs import image_batches
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.scoring import score_faces
from clfer.data.faceset import FaceSet
from clfer.errors import DataError
from clfer.models.checkpoint import Checkpoint

Scored = tuple[Checkpoint, FaceSet, ScoredFaces]


@pytest.fixture(scope="module")
def scored(make_checkpoint: Callable[..., Checkpoint], crops: NDArray[np.uint8]) -> Scored:
    """A network whose layers disagree in float64, its faces, and its scores in float32."""
    single, double = (make_checkpoint(dtype=d, seed=4) for d in (torch.float32, torch.float64))
    for checkpoint in (single, double):
        checkpoint.network.classifier.weight.mul_(5)
    names = tuple(f"{i}.png" for i in range(len(crops)))
    labels = np.arange(len(crops)) % 7
    faces = FaceSet("own", "valid", single.card.classes, crops, labels, names, names)
    return double, faces, score_faces(single, faces)


def _slow(checkpoint: Checkpoint, faces: FaceSet, layer: int) -> NDArray[np.float64]:
    """The network's own logits in float64, with f' of one layer set to zero."""
    network, found = checkpoint.network, []
    for _, inputs in image_batches(checkpoint, faces.images):
        _, weights, layers = network.head(network.encoder(inputs.double()))
        kept = layers.clone()
        kept[:, layer] = 0
        found.append(network.classifier(torch.einsum("bl,bld->bd", weights, kept)))
    return torch.cat(found).numpy()


def test_ablation_equals_the_network_without_the_layer(scored: Scored) -> None:
    checkpoint, faces, scores = scored
    fast, found = logits_without(scores), layer_ablation(scores)
    for layer in range(4):
        slow = _slow(checkpoint, faces, layer)
        np.testing.assert_allclose(fast[layer], slow, atol=1e-4)
        assert found.without[layer].tolist() == slow.argmax(axis=1).tolist()
    assert found.flipped.any()


def test_shares_sum_to_the_centred_logit(scored: Scored) -> None:
    checkpoint, _, scores = scored
    shares = decision_shares(scores)
    bias = checkpoint.network.classifier.bias.numpy()
    for i in range(len(scores)):
        said = int(np.argmax(scores.logits[i]))
        logit = scores.logits[i][said] - scores.logits[i].mean()
        assert shares.layers[i].sum() + shares.bias[i] == pytest.approx(logit, abs=1e-9)
        assert shares.total[i] == pytest.approx(logit, abs=1e-9)
        assert shares.bias[i] == pytest.approx(bias[said] - bias.mean(), abs=1e-5)
        for j in range(4):
            column = scores.contributions[i, :, j]
            assert shares.layers[i, j] == pytest.approx(column[said] - column.mean(), abs=1e-9)


def test_mean_shares_are_those_of_the_faces_given_to_an_expression(scored: Scored) -> None:
    scores = scored[2]
    means, shares = expression_shares(scores), decision_shares(scores)
    assert means.counts.sum() == len(scores)
    for k in range(len(scores.classes)):
        member = [i for i in range(len(scores)) if scores.logits[i].argmax() == k]
        assert means.counts[k] == len(member)
        if not member:
            assert np.isnan(means.layers[k]).all()
            continue
        np.testing.assert_allclose(means.layers[k], np.mean(shares.layers[member], axis=0))
        np.testing.assert_allclose(means.total[k], np.mean(shares.total[member]))
        np.testing.assert_allclose(means.layers[k].sum() + means.bias[k], means.total[k])


def _crafted() -> ScoredFaces:
    """Random logits of 60 faces whose four layers pull in different directions."""
    rng = np.random.default_rng(11)
    shares = rng.normal(size=(60, 5, 4))
    names = tuple(f"{i}.png" for i in range(60))
    return ScoredFaces(
        dataset="own",
        split="valid",
        classes=("a", "b", "c", "d", "e"),
        names=names,
        digests=names,
        labels=rng.integers(0, 4, 60),
        logits=shares.sum(axis=2) + 0.3,
        embedding=np.zeros((60, 2), np.float32),
        epoch=2,
        contributions=shares,
    )


def test_outcomes_split_the_flips_and_explain_the_accuracy() -> None:
    scores = _crafted()
    found = layer_ablation(scores)
    parts = [found.outcome(kind) for kind in OUTCOMES]
    np.testing.assert_array_equal(sum(part.astype(int) for part in parts), found.flipped)
    assert all(part.any() for part in parts)
    values = found.accuracy()
    for layer in range(4):
        right = sum(
            int(np.argmax(scores.logits[i] - scores.contributions[i, :, layer]) == scores.labels[i])
            for i in range(60)
        )
        assert values[layer + 1].value == pytest.approx(right / 60)
        assert (values[layer + 1].low, values[layer + 1].high) == wilson_interval(right, 60)
        gained = found.counts("fixed")[layer].sum() - found.counts("broken")[layer].sum()
        assert right == int(scores.correct.sum()) + gained


def test_recall_change_and_the_faces_of_a_cell() -> None:
    scores = _crafted()
    found = layer_ablation(scores)
    change = found.recall_change()
    assert np.isnan(change[:, 4]).all()  # no face is truly e
    for layer in range(4):
        for k in range(4):
            here = np.flatnonzero(scores.labels == k)
            after = np.mean(found.without[layer][here] == k)
            before = np.mean(scores.predicted[here] == k)
            assert change[layer, k] == pytest.approx(after - before)
            cell = found.faces(layer, k)
            flips = [i for i in here if found.without[layer][i] != scores.predicted[i]]
            assert sorted(cell.tolist()) == flips
            broken = found.outcome("broken")[layer][cell]
            assert broken.tolist() == sorted(broken.tolist(), reverse=True)


def test_a_model_without_msr_is_refused() -> None:
    scores = _crafted()
    object.__setattr__(scores, "contributions", None)
    with pytest.raises(DataError, match="model with MSR"):
        layer_ablation(scores)
