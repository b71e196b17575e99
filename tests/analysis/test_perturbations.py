"""Perturbations: neutral means untouched, units mean what they say, faces do not mix."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from clfer.analysis.perturb import Settings, perturb, perturbations
from clfer.errors import DataError

SIDE = 48
KINDS = perturbations(SIDE)


def _faces(seed: int, count: int = 3, channels: int = 3, side: int = SIDE) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, side, side, channels), dtype=np.uint8)


def _one(name: str, strength: float, **place: tuple[float, float]) -> Settings:
    return Settings(**place).at(KINDS[name], strength)


@pytest.mark.parametrize("name", list(KINDS))
@pytest.mark.parametrize("channels", [1, 3])
def test_the_neutral_strength_leaves_every_pixel(name: str, channels: int) -> None:
    faces = _faces(0, channels=channels)
    kind = KINDS[name]
    assert kind.neutral in kind.strengths
    assert (perturb(faces, Settings().at(kind, kind.neutral)) == faces).all()
    # Not only left out of the settings: applied, it changes nothing either.
    forced = Settings(frozenset({(name, kind.neutral)}))
    assert (perturb(faces, forced) == faces).all()


@pytest.mark.parametrize("name", list(KINDS))
def test_every_other_strength_of_a_curve_changes_the_face(name: str) -> None:
    faces = _faces(1)
    for strength in KINDS[name].strengths:
        changed = perturb(faces, _one(name, strength))
        assert changed.dtype == np.uint8
        assert changed.shape == faces.shape
        assert (changed != faces).any() == (strength != KINDS[name].neutral)


@given(
    seed=st.integers(0, 2**32 - 1),
    order=st.permutations(range(4)),
    strengths=st.fixed_dictionaries(
        {name: st.sampled_from(kind.fine_strengths) for name, kind in KINDS.items()}
    ),
)
def test_the_order_of_faces_is_irrelevant(
    seed: int, order: list[int], strengths: dict[str, float]
) -> None:
    faces = _faces(seed, count=4)
    settings = Settings()
    for name, strength in strengths.items():
        settings = settings.at(KINDS[name], strength)
    assert (perturb(faces[order], settings) == perturb(faces, settings)[order]).all()


@given(
    size=st.sampled_from([25.0, 50.0, 75.0]),
    across=st.floats(0, 100),
    down=st.floats(0, 100),
)
def test_a_patch_covers_exactly_its_area_wherever_it_is(
    size: float, across: float, down: float
) -> None:
    faces = np.zeros((1, SIDE, SIDE, 1), dtype=np.uint8)
    faces[:, ::2] = 255  # the mean grey occurs nowhere else
    covered = perturb(faces, _one("patch", size, place=(across, down)))[0, ..., 0] == 128
    assert covered.mean() == (size / 100) ** 2
    rows, columns = np.flatnonzero(covered.any(1)), np.flatnonzero(covered.any(0))
    assert len(rows) == len(columns) == size / 100 * SIDE


def test_a_patch_lies_where_it_is_put() -> None:
    faces = np.zeros((1, 100, 100, 1), dtype=np.uint8)
    faces[:, ::2] = 255
    covered = perturb(faces, _one("patch", 20, place=(30, 70)))[0, ..., 0] == 128
    expected = np.zeros((100, 100), dtype=bool)
    expected[60:80, 20:40] = True
    assert (covered == expected).all()


def test_blur_and_coarseness_lower_the_variance_step_by_step() -> None:
    faces = _faces(2, side=96)
    kinds = perturbations(96)
    for name, strengths in (
        ("blur", kinds["blur"].fine_strengths),
        ("resolution", kinds["resolution"].fine_strengths[::-1]),
    ):
        spread = [perturb(faces, Settings().at(kinds[name], s)).var() for s in strengths]
        assert all(later < earlier for earlier, later in pairwise(spread))


def test_blur_is_a_gaussian_of_the_stated_width() -> None:
    faces = np.zeros((1, 100, 100, 1), dtype=np.uint8)
    faces[:, :, 50:] = 200
    profile = perturb(faces, _one("blur", 4))[0, 50, :, 0].astype(np.float64)
    steps = np.diff(profile)
    places = np.arange(99) + 0.5
    centre = (steps * places).sum() / steps.sum()
    sigma = np.sqrt((steps * (places - centre) ** 2).sum() / steps.sum())
    assert sigma == pytest.approx(4, rel=0.05)


def test_brightness_is_in_stops_and_contrast_around_the_mean() -> None:
    faces = _faces(3)
    pixels = faces.astype(np.float64)
    brighter = np.clip(pixels * 2, 0, 255)
    assert np.abs(perturb(faces, _one("brightness", 1)) - brighter).max() <= 0.5
    assert np.abs(perturb(faces, _one("brightness", -2)) - pixels / 4).max() <= 0.5
    means = pixels.mean(axis=(1, 2, 3), keepdims=True)
    stretched = np.clip(means + 2 * (pixels - means), 0, 255)
    assert np.abs(perturb(faces, _one("contrast", 2)) - stretched).max() <= 0.5 + 1e-6


def test_rotation_turns_counter_clockwise_and_replicates_the_border() -> None:
    side = 96
    faces = np.full((1, side, side, 1), 90, dtype=np.uint8)
    faces[0, 40:56, 76:88] = 250  # to the right of the centre
    turned = perturb(faces, _one("rotation", 60))[0, ..., 0]
    rows, columns = np.nonzero(turned > 170)
    angle = np.degrees(np.arctan2((side - 1) / 2 - rows.mean(), columns.mean() - (side - 1) / 2))
    assert angle == pytest.approx(60, abs=1.5)
    assert turned.min() == 90


def test_perturbations_combine_in_the_stated_order() -> None:
    faces = _faces(4)
    both = _one("rotation", 40).at(KINDS["patch"], 50)
    stepwise = perturb(perturb(faces, _one("rotation", 40)), _one("patch", 50))
    assert (perturb(faces, both) == stepwise).all()
    # The order in which they were set says nothing.
    assert _one("patch", 50).at(KINDS["rotation"], 40) == both


def test_impossible_settings_are_one_sentence() -> None:
    with pytest.raises(DataError, match=r"'blur' is out of range: choose one from 0 to 12"):
        _one("blur", 40)
    with pytest.raises(DataError, match="no perturbation 'fog'"):
        perturb(_faces(5), Settings(frozenset({("fog", 1.0)})))
