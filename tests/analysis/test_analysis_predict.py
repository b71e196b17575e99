"""Verdicts: exact sums, exact keys, no influence of other faces, and faces found in photos."""

import copy
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from clfer.analysis.outputs import run_network
from clfer.analysis.predict import predict_faces, predict_image
from clfer.errors import ImageError
from clfer.faces.detector import DetectedFace
from clfer.models.checkpoint import Checkpoint

KEYS = {
    "box",
    "score",
    "expression",
    "probabilities",
    "attention",
    "contributions",
    "logits",
    "bias",
}
EYES_NOSE_MOUTH = ((0.3, 0.35), (0.7, 0.35), (0.5, 0.55), (0.35, 0.75), (0.65, 0.75))


class TwoFaces:
    """A detector that always finds the same two faces."""

    def detect(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        points = np.array(EYES_NOSE_MOUTH, np.float32)
        return [
            DetectedFace((10.0, 20.0, 80.0, 80.0), 0.99, points * 80 + (10, 20)),
            DetectedFace((120.0, 30.0, 40.0, 50.0), 0.75, points * 40 + (120, 30)),
        ]


class NoFaces:
    """A detector that finds nothing."""

    def detect(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        return []


def test_contributions_and_bias_sum_to_the_logits(ours: Checkpoint, crops: NDArray[np.uint8]):
    with torch.no_grad():
        network = ours.network(ours.card.preprocess(crops)).logits.double().numpy()
    for row, face in enumerate(predict_faces(ours, crops)):
        for i, name in enumerate(ours.card.classes):
            total = sum(face.contributions[name]) + face.bias[name]
            assert total == pytest.approx(face.logits[name], rel=1e-5, abs=0)
            assert face.logits[name] == pytest.approx(network[row, i], abs=1e-5)


def test_json_has_exactly_the_promised_keys(either: Checkpoint, crops: NDArray[np.uint8]):
    face = json.loads(json.dumps(predict_faces(either, crops[:1])[0].as_json()))
    assert set(face) == KEYS
    assert list(face["probabilities"]) == list(either.card.classes)
    assert sum(face["probabilities"].values()) == pytest.approx(1)
    assert face["expression"] == max(face["probabilities"], key=face["probabilities"].get)
    if either.network.head is None:
        assert face["attention"] is face["contributions"] is face["bias"] is None
    else:
        assert len(face["attention"]) == 4
        assert all(len(shares) == 4 for shares in face["contributions"].values())


def test_a_verdict_does_not_depend_on_the_other_faces(either: Checkpoint, crops: NDArray[np.uint8]):
    order = np.random.default_rng(0).permutation(len(crops))
    together = run_network(either, crops).logits
    np.testing.assert_allclose(run_network(either, crops[order]).logits, together[order], atol=1e-4)
    alone = np.concatenate([run_network(either, crops[i : i + 1]).logits for i in range(8)])
    np.testing.assert_allclose(alone, together, atol=1e-4)
    np.testing.assert_allclose(run_network(either, crops, batch=3).logits, together, atol=1e-4)


def test_below_a_quarter_no_expression_is_known(either: Checkpoint, crops: NDArray[np.uint8]):
    for face in predict_faces(either, crops):
        assert face.known == (max(face.probabilities.values()) >= 0.25)
    flat = replace(either, network=_constant_logits(either, 0.0))
    sure = replace(either, network=_constant_logits(either, 5.0))
    assert not predict_faces(flat, crops[:1])[0].known
    assert predict_faces(sure, crops[:1])[0].known


def test_the_attention_norm_is_mu_times_the_length(ours: Checkpoint, crops: NDArray[np.uint8]):
    with torch.no_grad():
        output = ours.network(ours.card.preprocess(crops[:1]))
    expected = (output.attention * output.layer_embeddings.norm(dim=-1))[0]
    assert predict_faces(ours, crops[:1])[0].attention_norm == pytest.approx(expected.tolist())


@pytest.mark.parametrize("template", [None, EYES_NOSE_MOUTH])
def test_every_face_of_a_photo_gets_a_verdict(ours: Checkpoint, template):
    photo = np.random.default_rng(0).integers(0, 256, (160, 200, 3), dtype=np.uint8)
    model = replace(ours, card=ours.card.model_copy(update={"template": template}))
    result = predict_image(model, photo, detector=TwoFaces())
    assert [face.box for face in result.faces] == [(10, 20, 80, 80), (120, 30, 40, 50)]
    assert [face.score for face in result.faces] == [0.99, 0.75]
    assert (result.width, result.height) == (200, 160)
    again = predict_faces(model, np.stack([face.crop for face in result.faces]))
    for found, cropped in zip(result.faces, again, strict=True):
        assert found.logits == pytest.approx(cropped.logits)


def test_a_photo_without_faces_has_an_empty_list(ours: Checkpoint):
    photo = np.zeros((100, 120, 3), np.uint8)
    result = predict_image(ours, photo, detector=NoFaces())
    assert result.as_json() == {"image": "image", "faces": []}


def test_a_path_and_its_pixels_give_the_same_verdict(ours: Checkpoint, tmp_path):
    photo = np.random.default_rng(3).integers(0, 256, (90, 130, 3), dtype=np.uint8)
    path = tmp_path / "face.png"
    Image.fromarray(photo).save(path)
    by_path = predict_image(ours, path, whole_image=True)
    by_pil = predict_image(ours, Image.fromarray(photo), whole_image=True)
    by_array = predict_image(ours, photo, whole_image=True)
    assert by_path.image == str(path)
    assert by_path.faces[0].box == (20, 0, 90, 90)
    assert by_path.faces[0].score is None
    assert by_path.faces[0].logits == by_pil.faces[0].logits == by_array.faces[0].logits


def test_what_is_no_picture_is_refused(ours: Checkpoint, tmp_path):
    path = tmp_path / "face.jpg"
    path.write_text("not a picture")
    with pytest.raises(ImageError, match=r"face\.jpg"):
        predict_image(ours, path)


def test_no_crops_give_no_verdicts(ours: Checkpoint):
    assert predict_faces(ours, np.zeros((0, 64, 64, 3), np.uint8)) == []


def _constant_logits(checkpoint: Checkpoint, first: float):
    """A copy of the network whose logits are those numbers whatever the face."""
    network = copy.deepcopy(checkpoint.network)
    network.classifier.weight.zero_()
    network.classifier.bias.zero_()
    network.classifier.bias[0] = first
    return network


def test_a_prediction_and_its_cost_wait_for_nothing_that_they_do_not_use():
    code = (
        "import sys\n"
        "from clfer.analysis.cost import model_cost\n"
        "from clfer.analysis.predict import predict_image\n"
        "from clfer.faces.samples import load_sample\n"
        "from clfer.models.checkpoint import load_checkpoint\n"
        "model = load_checkpoint('ferplus-ours')\n"
        "said = predict_image(model, load_sample('astronaut'))\n"
        "cost = model_cost(model.card, 64)\n"
        "loaded = {'torchvision', 'torch._dynamo', 'pandas', 'scipy'} & set(sys.modules)\n"
        "print(len(said.faces), cost.side, *loaded)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["1", "64"]
