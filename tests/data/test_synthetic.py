"""The synthetic faces: reproducible, balanced, labelled with every factor, and not trivial."""

from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clfer.data.faceset import FaceSet
from clfer.data.synthetic import (
    DEFAULT_COUNTS,
    ActionUnits,
    FaceParameters,
    Identity,
    Light,
    Pose,
    Scene,
    describe_face,
    draw_face,
    load_synthetic,
    render_face,
    sample_face,
)
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS

LEAST = len(BASIC_EXPRESSIONS)


@pytest.fixture(scope="module")
def train() -> FaceSet:
    return load_synthetic("train", size=32, count=280)


@pytest.fixture(scope="module")
def valid() -> FaceSet:
    return load_synthetic("valid", size=32, count=70)


@pytest.fixture(scope="module")
def plain_face() -> FaceParameters:
    """A frontal, neutral, uncovered face without noise."""
    face = sample_face("neutral", 3, np.random.default_rng(0))
    person = replace(face.identity, beard="none", hair_style="short", age=0.2, skin_tone=0.2)
    return replace(
        face,
        identity=person,
        asymmetry=0.0,
        action_units=ActionUnits(),
        pose=Pose(),
        light=Light(),
        scene=Scene(background="plain"),
    )


def change(first: FaceParameters, second: FaceParameters, size: int = 64) -> NDArray[np.float64]:
    """Mean absolute difference of every pixel, ``[size, size]``."""
    pictures = [render_face(face, size).astype(np.float64) for face in (first, second)]
    return np.abs(pictures[0] - pictures[1]).mean(axis=-1)


def test_arrays_names_and_digests_agree(valid: FaceSet) -> None:
    assert valid.dataset == "synthetic"
    assert valid.classes == BASIC_EXPRESSIONS
    assert valid.images.shape == (70, 32, 32, 3)
    assert valid.images.dtype == np.uint8
    assert valid.labels.dtype == np.int64
    assert valid.names[12] == "synthetic/valid/000012"
    assert len(valid.names) == len(valid.digests) == len(valid) == 70
    assert len(set(valid.digests)) == 70


def test_every_class_is_balanced(train: FaceSet) -> None:
    assert np.bincount(train.labels).tolist() == [40] * LEAST
    for count in DEFAULT_COUNTS.values():
        assert count % LEAST == 0


def test_the_label_is_the_expression_that_was_drawn(train: FaceSet) -> None:
    assert train.factors is not None
    assert [train.classes[k] for k in train.labels] == train.factors["expression"].tolist()


def test_every_parameter_is_recorded_as_a_factor(train: FaceSet) -> None:
    assert train.factors is not None
    parts = (Identity, ActionUnits, Pose, Light, Scene)
    names = [field.name for part in parts for field in fields(part)]
    assert len(names) == len(set(names)), "two factors share a name"
    assert set(names) | {"expression", "intensity", "asymmetry"} == set(train.factors.columns)
    assert len(train.factors) == len(train)
    assert not train.factors.isna().to_numpy().any()


def test_recorded_factors_vary(train: FaceSet) -> None:
    assert train.factors is not None
    constant = train.factors.columns[train.factors.nunique() < 2]
    assert constant.tolist() == []


def test_no_person_is_in_two_splits() -> None:
    people = [
        {describe_face(split, i).identity for i in (0, count - 1)}
        for split, count in DEFAULT_COUNTS.items()
    ]
    numbers = [
        {describe_face(split, i).identity.identity for i in range(0, count, 100)}
        for split, count in DEFAULT_COUNTS.items()
    ]
    for sets in (people, numbers):
        assert len(set.union(*sets)) == sum(map(len, sets))


def test_the_same_seed_gives_the_same_pixels_and_a_prefix(valid: FaceSet) -> None:
    again = load_synthetic("valid", size=32, count=14)
    assert np.array_equal(again.images, valid.images[:14])
    assert again.digests == valid.digests[:14]


def test_another_seed_gives_other_people() -> None:
    first, second = (load_synthetic("test", size=32, count=7, seed=seed) for seed in (0, 1))
    assert not set(first.digests) & set(second.digests)


def test_sizes_show_the_same_face() -> None:
    small = draw_face("surprise", 5, size=64).astype(np.float64)
    large = draw_face("surprise", 5, size=256).astype(np.float64)
    reduced = large.reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    assert np.abs(reduced - small).mean() < 4.0


def test_pictures_have_not_drifted() -> None:
    """Grey means on a 4 by 4 grid, wide enough for other processors and OpenCV versions."""
    for (expression, person), expected in GOLDEN.items():
        picture = draw_face(expression, person, size=64).astype(np.float64)
        grid = picture.mean(axis=-1).reshape(4, 16, 4, 16).mean(axis=(1, 3))
        assert np.abs(grid - np.array(expected)).max() < 2.0


@pytest.mark.parametrize(
    ("units", "rows"),
    [
        (ActionUnits(au1=1.0, au2=1.0), slice(8, 34)),
        (ActionUnits(au4=1.0), slice(18, 34)),
        (ActionUnits(au5=1.0), slice(24, 38)),
        (ActionUnits(au9=1.0), slice(18, 52)),
        (ActionUnits(au12=1.0), slice(40, 60)),
        (ActionUnits(au15=1.0), slice(40, 60)),
        (ActionUnits(au20=1.0, au25=1.0), slice(40, 60)),
        (ActionUnits(au25=1.0, au26=1.0), slice(40, 64)),
    ],
)
def test_action_units_move_their_own_region(
    plain_face: FaceParameters, units: ActionUnits, rows: slice
) -> None:
    moved = change(plain_face, replace(plain_face, action_units=units))
    assert moved.max() > 20.0
    assert moved[rows, 12:52].sum() > 0.75 * moved.sum()


@pytest.mark.parametrize("unit", [field.name for field in fields(ActionUnits)])
def test_every_action_unit_is_visible(plain_face: FaceParameters, unit: str) -> None:
    moved = change(plain_face, replace(plain_face, action_units=ActionUnits(**{unit: 1.0})))
    assert moved.max() > 10.0


@pytest.mark.parametrize(
    ("part", "factor"),
    [
        ("pose", {"yaw": 20.0}),
        ("pose", {"pitch": 10.0}),
        ("pose", {"roll": 10.0}),
        ("pose", {"gaze_x": 1.0}),
        ("light", {"light_azimuth": 50.0}),
        ("light", {"light_strength": 0.1}),
        ("identity", {"skin_tone": 0.9}),
        ("identity", {"jaw_width": 1.15}),
        ("identity", {"hair_style": "long"}),
        ("identity", {"beard": "full"}),
        ("identity", {"age": 1.0}),
        ("scene", {"glasses": "round"}),
        ("scene", {"occlusion": "sunglasses"}),
        ("scene", {"occlusion": "scarf"}),
        ("scene", {"occlusion": "hand"}),
        ("scene", {"occlusion": "object"}),
        ("scene", {"background_hue": 0.1}),
        ("scene", {"noise": 6.0}),
    ],
)
def test_factors_change_the_pixels(
    plain_face: FaceParameters, part: str, factor: dict[str, float | str]
) -> None:
    other = replace(plain_face, **{part: replace(getattr(plain_face, part), **factor)})
    assert change(plain_face, other).max() > 10.0


def test_yaw_moves_the_nose_further_than_the_ears(plain_face: FaceParameters) -> None:
    """A turned head is not a shifted picture: the nearer a point, the further it moves."""
    from clfer.data.synthetic.stage import Stage

    moved = []
    for yaw in (0.0, 20.0):
        stage = Stage(replace(plain_face, pose=Pose(yaw=yaw)), 256)
        moved.append(stage.at([(0.0, 0.4), (0.9, 0.1), (-0.9, 0.1)])[:, 0])
    nose, right, left = moved[1] - moved[0]
    assert nose > 1.5 * abs(right)
    assert nose > 1.5 * abs(left)


def test_a_linear_model_on_pixels_does_not_solve_it(train: FaceSet, valid: FaceSet) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=60))
    model.fit(train.images.reshape(len(train), -1), train.labels)
    accuracy = model.score(valid.images.reshape(len(valid), -1), valid.labels)
    assert accuracy < 0.55


@pytest.mark.parametrize(
    ("split", "arguments", "names"),
    [
        ("dev", {}, "dev"),
        ("train", {"size": 8}, "8"),
        ("train", {"size": 4096}, "4096"),
        ("train", {"count": 3}, "3"),
        ("train", {"count": 0}, "0"),
        ("train", {"seed": -1}, "-1"),
    ],
)
def test_impossible_requests_are_named(split: str, arguments: dict[str, int], names: str) -> None:
    with pytest.raises(DataError, match=names):
        load_synthetic(split, **arguments)


def test_impossible_sample_faces_are_named() -> None:
    with pytest.raises(DataError, match="contempt"):
        draw_face("contempt", 0)
    with pytest.raises(DataError, match="-2"):
        draw_face("anger", -2)
    with pytest.raises(DataError, match="veil"):
        draw_face("anger", 2, occlusion="veil")
    with pytest.raises(DataError, match="monocle"):
        draw_face("anger", 2, glasses="monocle")


GOLDEN: dict[tuple[str, int], list[list[float]]] = {
    ("happiness", 0): [
        [148.4, 91.9, 97.4, 152.9],
        [117.1, 77.1, 69.3, 120.7],
        [108.4, 69.8, 69.4, 105.4],
        [93.7, 75.3, 72.0, 92.1],
    ],
    ("anger", 1): [
        [130.5, 47.9, 76.0, 174.3],
        [85.0, 142.7, 159.8, 125.4],
        [95.7, 119.8, 141.9, 107.5],
        [101.2, 110.0, 117.9, 108.2],
    ],
    ("fear", 2): [
        [122.7, 166.0, 153.4, 121.6],
        [130.7, 138.0, 123.0, 116.7],
        [128.3, 151.7, 128.2, 118.9],
        [121.3, 137.2, 120.8, 120.8],
    ],
}
