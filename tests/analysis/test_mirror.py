"""A face averaged with its mirror image: an exact mean, and the same answer for both of them."""

from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray

from clfer.analysis.consistency import CHANGES, consistency
from clfer.analysis.evaluate import evaluate
from clfer.analysis.outputs import Outputs, classifier_bias, run_network
from clfer.analysis.predict import predict_image
from clfer.data import load_faces
from clfer.models.checkpoint import Checkpoint


def mirrored(faces: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(faces[:, :, ::-1])


def test_every_field_is_the_mean_of_two_passes(either: Checkpoint, crops: NDArray[np.uint8]):
    found = run_network(either, crops, batch=2, mirror=True)
    one, other = run_network(either, crops), run_network(either, mirrored(crops))
    assert not np.allclose(one.logits, other.logits, atol=1e-3)
    for field in fields(Outputs):
        if getattr(one, field.name) is None:
            assert getattr(found, field.name) is None
            continue
        wanted = (getattr(one, field.name) + getattr(other, field.name)) / 2
        np.testing.assert_allclose(getattr(found, field.name), wanted, atol=1e-5)


def test_contributions_still_add_up_and_the_embedding_gives_the_logits(
    ours: Checkpoint, crops: NDArray[np.uint8]
):
    found = run_network(ours, crops, mirror=True)
    bias = classifier_bias(ours)
    np.testing.assert_allclose(found.contributions.sum(-1) + bias, found.logits, atol=1e-12)
    weight = ours.network.classifier.weight.detach().double().numpy()
    np.testing.assert_allclose(found.embedding @ weight.T + bias, found.logits, atol=1e-5)


def test_a_face_and_its_mirror_image_get_one_answer(either: Checkpoint, crops: NDArray[np.uint8]):
    logits = [run_network(either, c, mirror=True).logits for c in (crops, mirrored(crops))]
    np.testing.assert_allclose(*logits, atol=1e-5)
    result = consistency([either], crops, whole_image=True, mirror=True)[0]
    assert result.same[[change.name for change in CHANGES].index("mirror")] == result.n


def test_a_verdict_and_a_score_follow(ours: Checkpoint, crops: NDArray[np.uint8]):
    (verdict,) = predict_image(ours, crops[0], whole_image=True, mirror=True).faces
    (plain,) = predict_image(ours, crops[0], whole_image=True).faces
    (other,) = predict_image(ours, mirrored(crops[:1])[0], whole_image=True).faces
    for name, logit in verdict.logits.items():
        assert logit == pytest.approx((plain.logits[name] + other.logits[name]) / 2, abs=1e-4)

    faces = load_faces("synthetic", None, "valid").subset(np.arange(40))
    predicted = run_network(ours, faces.images, mirror=True).logits.argmax(1)
    assert evaluate(ours, faces, mirror=True).accuracy == np.mean(predicted == faces.labels)
