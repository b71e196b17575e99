"""The same face in a changed photo: counted as a slow loop counts it, lost faces and all."""

import json

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from clfer.analysis.consistency import (
    BORDER,
    CHANGES,
    FACE_SIDE,
    Consistency,
    as_photo,
    consistency,
)
from clfer.analysis.crops import crop_face, crop_region
from clfer.analysis.predict import predict_cropped
from clfer.cli import app
from clfer.faces.detector import DetectedFace
from clfer.models.checkpoint import Checkpoint

BY_NAME = {change.name: change for change in CHANGES}
PLACE = (float(BORDER), float(BORDER), float(FACE_SIDE), float(FACE_SIDE))


class Shy:
    """Finds the face that was put into a photo, but none where it is darker than `least`."""

    def __init__(self, least: float) -> None:
        self.least = least

    def detect(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        if image.mean() < self.least:
            return []
        grid = [[0.3, 0.35], [0.7, 0.35], [0.5, 0.55], [0.35, 0.75], [0.65, 0.75]]
        marks = (BORDER + FACE_SIDE * np.array(grid)).astype(np.float32)
        return [DetectedFace(PLACE, 0.9, marks)]


@pytest.fixture(scope="module")
def many(crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """More faces than are held at a time, of different brightness."""
    light = np.linspace(0.4, 1.0, 20)
    return np.stack([(crops[i % 8] * light[i]).astype(np.uint8) for i in range(20)])


def slow(model: Checkpoint, faces: NDArray[np.uint8], detector: Shy | None) -> Consistency:
    """One face and one photo at a time."""
    lost, same = np.zeros(len(CHANGES), int), np.zeros(len(CHANGES), int)
    n = always = 0

    def said(photo: NDArray[np.uint8]) -> str | None:
        if detector is None:
            return predict_cropped(model, [crop_region(model, photo, PLACE)])[0].expression
        found = detector.detect(photo)
        return found and predict_cropped(model, [crop_face(model, photo, found[0])])[0].expression

    for face in faces:
        before = said(as_photo(face))
        if not before:
            continue
        after = [said(change.apply(as_photo(face))) for change in CHANGES]
        n += 1
        lost += [not answer for answer in after]
        same += [answer == before for answer in after]
        always += all(answer == before for answer in after)
    return Consistency(n, len(faces) - n, lost, same, always)


@pytest.mark.parametrize("least", [None, 0.0, 70.0])
def test_counts_are_those_of_a_loop(
    ours: Checkpoint, baseline: Checkpoint, many: NDArray[np.uint8], least: float | None
) -> None:
    detector = None if least is None else Shy(least)
    found = consistency([ours, baseline], many, detector=detector, whole_image=detector is None)
    for model, result in zip((ours, baseline), found, strict=True):
        wanted = slow(model, many, detector)
        assert (result.n, result.unfound) == (wanted.n, wanted.unfound)
        assert result.lost.tolist() == wanted.lost.tolist()
        assert result.same.tolist() == wanted.same.tolist()
        assert result.same_always == wanted.same_always
        assert result.mean == pytest.approx(wanted.same.sum() / (wanted.n * len(CHANGES)))
        assert result.same_always <= result.same.min()
        assert (result.same + result.lost <= result.n).all()
    if least:
        assert found[0].unfound > 0
        darker = [change.name for change in CHANGES].index("darker")
        assert found[0].lost[darker] > 0


def test_the_order_of_faces_does_not_matter(ours: Checkpoint, many: NDArray[np.uint8]) -> None:
    one, other = (
        consistency([ours], faces, whole_image=True)[0] for faces in (many, many[::-1].copy())
    )
    assert one.same.tolist() == other.same.tolist()
    assert one.same_always == other.same_always


def test_without_a_face_nothing_is_said(ours: Checkpoint, many: NDArray[np.uint8]) -> None:
    found = consistency([ours], many, detector=Shy(300))[0]
    assert (found.n, found.unfound, found.mean) == (0, 20, None)
    assert {row["share"] for row in found.as_json()["changes"]} == {None}


def test_progress_ends_with_all_faces(baseline: Checkpoint, many: NDArray[np.uint8]) -> None:
    told: list[tuple[int, int]] = []
    consistency([baseline], many, whole_image=True, progress=lambda *done: told.append(done))
    assert told == [(16, 20), (20, 20)]


@pytest.mark.parametrize("name", BY_NAME)
def test_a_change_is_small_and_of_one_photo(crops: NDArray[np.uint8], name: str) -> None:
    photo = as_photo(crops[0])
    kept = photo.copy()
    changed = BY_NAME[name].apply(photo)
    assert changed.shape == photo.shape
    assert changed.dtype == np.uint8
    assert np.array_equal(photo, kept)
    assert not np.array_equal(changed, photo)
    back = changed[:, ::-1] if name == "mirror" else changed
    assert np.abs(back.astype(float) - photo).mean() < 45


def test_changes_do_what_they_say(crops: NDArray[np.uint8]) -> None:
    photo = as_photo(crops[0])
    assert np.array_equal(BY_NAME["mirror"].apply(photo)[:, ::-1], photo)
    darker = BY_NAME["darker"].apply(photo).astype(float)
    assert np.abs(darker - photo * 2**-0.3).max() <= 0.5 + 1e-3
    # 3 % of the face's side are 5.76 pixels: a bright dot moves by that.
    dot = np.zeros_like(photo)
    dot[140:147, 140:147] = 255
    for name, way in (("left-up", -5.76), ("right-down", 5.76)):
        moved = BY_NAME[name].apply(dot)[..., 0]
        places = np.argwhere(moved > 0)
        centre = np.average(places, axis=0, weights=moved[moved > 0])
        assert centre == pytest.approx(143 + way, abs=0.1)
    coarse = [
        np.abs(BY_NAME[f"jpeg-{q}"].apply(photo).astype(float) - photo).mean() for q in (75, 40)
    ]
    assert coarse[0] < coarse[1]


def test_a_grey_face_is_put_into_a_colour_photo() -> None:
    face = np.random.default_rng(0).integers(0, 256, (48, 48, 1), np.uint8)
    photo = as_photo(face)
    assert photo.shape == (FACE_SIDE + 2 * BORDER,) * 2 + (3,)
    assert np.array_equal(photo[..., 0], photo[..., 2])
    inner = photo[BORDER:-BORDER, BORDER:-BORDER, 0]
    assert np.array_equal(inner, cv2.resize(face, (FACE_SIDE,) * 2, interpolation=cv2.INTER_CUBIC))
    assert np.array_equal(photo[0, BORDER:-BORDER, 0], inner[0])


def test_the_command_says_shares_of_both_models() -> None:
    command = ["consistency", "--dataset", "synthetic", "--count", "6", "--whole-image"]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.output
    assert "synthetic valid, n = 6; 0 others" in told.output
    assert "ferplus-baseline  ferplus-ours" in told.output
    assert "after every change" in told.output
    found = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert set(found) == {"ferplus-baseline", "ferplus-ours"}
    for row in found["ferplus-ours"]["changes"]:
        low, high = row["interval"]
        assert low <= row["share"] == row["same"] / 6 <= high
    refused = CliRunner().invoke(app, [*command, "--split", "nonsense"])
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output
