"""Templates say where a data set keeps its eyes, nose and mouth."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from clfer.data.synthetic import draw_face
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS
from clfer.faces import (
    FERPLUS_TEMPLATE,
    SYNTHETIC_TEMPLATE,
    DetectedFace,
    MtcnnDetector,
    measure_template,
)

SHAPE = np.array([[-4, -4], [4, -4], [0, 1], [-3, 5], [3, 5]])


class BrightSpot:
    """Takes the brightest spot for the middle of a face; a dark image has none."""

    def detect(self, image: np.ndarray) -> list[DetectedFace]:
        weight = image[..., 0].astype(float) * (image[..., 0] > 100)
        if not weight.any():
            return []
        y, x = np.mgrid[: image.shape[0], : image.shape[1]]
        centre = np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
        landmarks = (centre + SHAPE * (image.shape[0] / 48)).astype(np.float32)
        return [DetectedFace((0, 0, 1, 1), 1.0, landmarks)]


def faces(n: int, x: int, y: int, channels: int = 1) -> np.ndarray:
    """Dark 48-pixel images with a 3x3 spot around (x, y), scattered by a pixel."""
    images = np.zeros((n, 48, 48, channels), dtype=np.uint8)
    for i, (dx, dy) in enumerate(np.random.default_rng(1).integers(-1, 2, (n, 2))):
        images[i, y + dy - 1 : y + dy + 2, x + dx - 1 : x + dx + 2] = 255
    return images


@pytest.mark.parametrize("channels", [1, 3])
def test_the_template_is_where_the_faces_are(channels: int) -> None:
    template = measure_template(faces(60, 20, 24, channels), BrightSpot())
    expected = (np.array([20, 24]) + SHAPE + 0.5) / 48
    np.testing.assert_allclose(np.array(template.points), expected, atol=0.5 / 48)


def test_shifted_faces_shift_the_template() -> None:
    here = measure_template(faces(60, 20, 24), BrightSpot())
    there = measure_template(faces(60, 25, 21), BrightSpot())
    shift = np.array(there.points) - np.array(here.points)
    np.testing.assert_allclose(shift, np.tile([5 / 48, -3 / 48], (5, 1)), atol=2e-4)


def test_images_without_a_face_are_left_out_and_counted() -> None:
    images = np.concatenate([faces(40, 20, 24), np.zeros((20, 48, 48, 1), dtype=np.uint8)])
    template = measure_template(images, BrightSpot(), name="spots")
    assert template.measured_on == "spots (40 of 60 found)"
    assert template.points == measure_template(images[:40], BrightSpot()).points


def test_the_sample_is_limited_and_repeatable() -> None:
    images = faces(200, 20, 24)
    first = measure_template(images, BrightSpot(), limit=50)
    assert "(50 of 50 found)" in first.measured_on
    assert measure_template(images, BrightSpot(), limit=50) == first


def test_too_few_faces_are_refused() -> None:
    with pytest.raises(DataError, match="Only 29 of 29 training faces"):
        measure_template(faces(29, 20, 24), BrightSpot())


def test_the_ferplus_template_fits_the_real_faces(ferplus_root: Path) -> None:
    template = measure_template(_ferplus_faces(ferplus_root, 80), MtcnnDetector(), limit=80)
    difference = np.array(template.points) - np.array(FERPLUS_TEMPLATE.points)
    assert np.abs(difference).max() < 0.04


def test_the_synthetic_template_fits_the_drawn_faces() -> None:
    drawn = [draw_face(BASIC_EXPRESSIONS[i % 7], 200 + i, size=128) for i in range(42)]
    template = measure_template(np.stack(drawn), MtcnnDetector(), enlarge=1)
    difference = np.array(template.points) - np.array(SYNTHETIC_TEMPLATE.points)
    assert np.abs(difference).max() < 0.05


def _ferplus_faces(root: Path, n: int) -> np.ndarray:
    if root.is_dir():
        files = sorted(root.rglob("FER2013Train/*.png"))
        data = [path.read_bytes() for path in files[:: len(files) // n]]
    else:
        with ZipFile(root) as archive:
            names = sorted(
                name
                for name in archive.namelist()
                if "FER2013Train/" in name and name.endswith(".png")
            )
            data = [archive.read(name) for name in names[:: len(names) // n]]
    return np.stack([np.array(Image.open(BytesIO(item)).convert("L"))[..., None] for item in data])
