"""Crops show the face where the template says, at any size, without aliasing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clfer.errors import ImageError
from clfer.faces import (
    FERPLUS_TEMPLATE,
    AlignmentTemplate,
    align_face,
    crop_box,
    similarity_transform,
    whole_image,
)


def similarity(angle: float, scale: float, x: float, y: float) -> np.ndarray:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cos, -sin, x], [sin, cos, y]])


def applied(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:, :2].T + matrix[:, 2]


@given(
    angle=st.floats(-np.pi, np.pi),
    scale=st.floats(0.01, 100),
    x=st.floats(-1000, 1000),
    y=st.floats(-1000, 1000),
)
def test_a_known_similarity_is_recovered(angle: float, scale: float, x: float, y: float) -> None:
    source = FERPLUS_TEMPLATE.pixels(128)
    matrix = similarity(angle, scale, x, y)
    found = similarity_transform(source, applied(matrix, source))
    np.testing.assert_allclose(found, matrix, rtol=1e-6, atol=1e-8 * max(1000, scale))


@given(seed=st.integers(0, 10_000))
def test_no_similarity_fits_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, target = rng.normal(size=(2, 5, 2)) * 20
    best = similarity_transform(source, target)
    design = np.zeros((10, 4))
    design[0::2] = np.column_stack([source[:, 0], -source[:, 1], np.ones(5), np.zeros(5)])
    design[1::2] = np.column_stack([source[:, 1], source[:, 0], np.zeros(5), np.ones(5)])
    a, b, x, y = np.linalg.lstsq(design, target.ravel(), rcond=None)[0]
    np.testing.assert_allclose(best, [[a, -b, x], [b, a, y]], atol=1e-8)


@pytest.mark.parametrize("angle", [0.0, 0.4, -1.2])
@pytest.mark.parametrize("scale", [0.7, 1.0, 3.3, 7.0])
def test_landmarks_land_on_the_template(angle: float, scale: float) -> None:
    side, radius = 96, 2.0 * max(1.0, scale)
    pixels = FERPLUS_TEMPLATE.pixels(side)
    landmarks = applied(similarity(angle, scale, 0, 0), pixels - pixels.mean(axis=0)) + 400
    y, x = np.mgrid[:800, :800]
    for i, (px, py) in enumerate(landmarks):
        dot = 255 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * radius**2))
        image = np.repeat(dot[..., None], 3, axis=2).astype(np.uint8)
        crop = align_face(image, landmarks, FERPLUS_TEMPLATE, side)[..., 0].astype(float)
        rows, columns = np.mgrid[:side, :side]
        centre = np.array([(crop * columns).sum(), (crop * rows).sum()]) / crop.sum()
        assert np.abs(centre - pixels[i]).max() < 0.25


def test_shrinking_does_not_alias() -> None:
    y, x = np.mgrid[:900, :900]
    image = np.repeat((((x // 2 + y // 2) % 2) * 255)[..., None], 3, axis=2).astype(np.uint8)
    landmarks = FERPLUS_TEMPLATE.pixels(700) + 100
    crop = align_face(image, landmarks, FERPLUS_TEMPLATE, 64)
    assert crop.std() < 12
    assert abs(crop.mean() - 127.5) < 3


def test_beyond_the_image_the_border_is_replicated() -> None:
    image = np.full((60, 60, 3), 200, dtype=np.uint8)
    landmarks = FERPLUS_TEMPLATE.pixels(60) - 30
    assert (align_face(image, landmarks, FERPLUS_TEMPLATE, 60) == 200).all()


def test_landmarks_that_coincide_are_refused() -> None:
    image = np.zeros((60, 60, 3), dtype=np.uint8)
    with pytest.raises(ImageError, match="crop the face by hand"):
        align_face(image, np.full((5, 2), 20.0), FERPLUS_TEMPLATE, 60)


def test_a_template_needs_five_finite_points() -> None:
    with pytest.raises(ValueError, match="five finite points"):
        AlignmentTemplate(((0.1, 0.2),) * 4, "nothing")
    with pytest.raises(ValueError, match="five finite points"):
        AlignmentTemplate(((0.1, float("nan")),) * 5, "nothing")


def test_a_template_survives_json() -> None:
    lists = [list(point) for point in FERPLUS_TEMPLATE.points]
    again = AlignmentTemplate(lists, FERPLUS_TEMPLATE.measured_on)  # type: ignore[arg-type]
    assert again == FERPLUS_TEMPLATE


def test_a_square_box_is_cut_out_exactly() -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    np.testing.assert_array_equal(crop_box(image, (30, 20, 32, 32), 32), image[20:52, 30:62])


def test_a_box_grows_to_a_square_with_replicated_border() -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    crop = crop_box(image, (0, 0, 20, 40), 40)
    expected = np.concatenate([np.repeat(image[:40, :1], 10, axis=1), image[:40, :30]], axis=1)
    np.testing.assert_array_equal(crop, expected)


@pytest.mark.parametrize(
    "box",
    [(0, 0, 0, 10), (10, 10, 5, -3), (80, 0, 10, 10), (-20, 5, 20, 20), (0, 0, float("nan"), 9)],
)
def test_a_box_without_area_in_the_image_is_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(ImageError, match="no area inside the image"):
        crop_box(np.zeros((60, 80, 3), dtype=np.uint8), box, 32)


@given(
    left=st.floats(-50, 40),
    top=st.floats(-50, 40),
    width=st.floats(70, 300),
    height=st.floats(70, 300),
)
def test_any_box_that_covers_part_of_the_image_gives_a_square(
    left: float, top: float, width: float, height: float
) -> None:
    image = np.full((60, 60, 3), 77, dtype=np.uint8)
    crop = crop_box(image, (left, top, width, height), 24)
    assert crop.shape == (24, 24, 3)
    assert (crop == 77).all()


@pytest.mark.parametrize("box", [(0, 0, 80, 20), (10, 0, 4, 60), (0, 20, 1e12, 9)])
def test_a_sliver_is_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(ImageError, match="three times"):
        crop_box(np.zeros((60, 80, 3), dtype=np.uint8), box, 32)


def test_a_box_around_everything_is_clipped_to_the_image() -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    np.testing.assert_array_equal(crop_box(image, (-1e9, -5, 2e9, 70), 60), image)


def test_a_whole_square_picture_loses_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    np.testing.assert_array_equal(whole_image(image, 64), image)


def test_a_whole_portrait_keeps_its_central_square() -> None:
    image = np.random.default_rng(0).integers(0, 256, (100, 64, 3), dtype=np.uint8)
    np.testing.assert_array_equal(whole_image(image, 64), image[18:82])
