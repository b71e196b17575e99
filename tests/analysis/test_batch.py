"""The faces of many photos for two models: the same numbers as one by one, in any order."""

import json
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from clfer.analysis.batch import (
    BatchFace,
    BatchPhoto,
    Verdict,
    batch_faces,
    jensen_shannon,
    summarise,
)
from clfer.analysis.batch_table import batch_csv, batch_json, batch_table
from clfer.analysis.crops import default_detector
from clfer.analysis.predict import predict_image
from clfer.expressions import EXPRESSIONS
from clfer.faces import load_sample
from clfer.models.checkpoint import Checkpoint, load_checkpoint


@pytest.fixture(scope="module")
def pair() -> tuple[Checkpoint, Checkpoint]:
    """The shipped baseline and ours."""
    return load_checkpoint("ferplus-baseline"), load_checkpoint("ferplus-ours")


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """A photo with two faces."""
    photo = load_sample("astronaut")[:256, 100:356]
    return np.concatenate([photo, load_sample("synthetic happiness 3")], axis=1)


@pytest.mark.parametrize("whole", [False, True])
def test_rows_equal_those_of_one_photo_and_one_model(
    pair: tuple[Checkpoint, Checkpoint], pixels: np.ndarray, whole: bool
) -> None:
    found = None if whole else default_detector().detect(pixels)
    faces = batch_faces(*pair, pixels, found)
    assert len(faces) == (1 if whole else 2)
    row = batch_table([BatchPhoto("p", faces)]).set_index("face")
    for side, model in zip("ab", pair, strict=True):
        alone = predict_image(model, pixels, whole_image=whole).faces
        for number, prediction in enumerate(alone, start=1):
            said = row.loc[number]
            assert said[f"{side}_expression"] == prediction.expression
            assert said[f"{side}_known"] == prediction.known
            assert {n: said[f"{side}_p_{n}"] for n in EXPRESSIONS} == prediction.probabilities
            attention = [said[f"{side}_attention_{j}"] for j in (1, 2, 3, 4)]
            if prediction.attention is None:
                assert np.isnan(np.array(attention, dtype=float)).all()
            else:
                assert tuple(attention) == prediction.attention
            if whole:
                assert faces[0].box is None
                assert np.isnan(said["left"])
            else:
                assert tuple(said[["left", "top", "width", "height"]]) == prediction.box
                assert said["score"] == prediction.score


def _verdict(p: list[float], names: tuple[str, ...] = EXPRESSIONS, known: bool = True) -> Verdict:
    by_name = dict(zip(names, p, strict=False))
    return Verdict(max(by_name, key=lambda n: by_name[n]), known, by_name, None)


def _face(number: int, a: Verdict, b: Verdict) -> BatchFace:
    return BatchFace(number, (0.0, 0.0, 9.0, 9.0), 0.9, a, b, np.zeros((4, 4, 3), np.uint8))


NEUTRAL, HAPPY = _verdict([0.9, 0.1]), _verdict([0.1, 0.9])
PHOTOS = [
    BatchPhoto("c.png", (_face(1, NEUTRAL, NEUTRAL),)),
    BatchPhoto("a.png", (_face(1, NEUTRAL, HAPPY), _face(2, HAPPY, HAPPY))),
    BatchPhoto("b.png", (_face(1, _verdict([0.6, 0.4]), _verdict([0.4, 0.6])),)),
    BatchPhoto("wall.png"),
    BatchPhoto("notes.jpg", error="notes.jpg is not an image."),
]


def test_disagreements_come_first_the_widest_before_the_others() -> None:
    table = batch_table(PHOTOS)
    assert list(zip(table["photo"], table["face"], strict=True)) == [
        ("a.png", 1),
        ("b.png", 1),
        ("a.png", 2),
        ("c.png", 1),
    ]
    assert table.index.tolist() == [1, 3, 2, 0]


@settings(max_examples=15)
@given(st.permutations(PHOTOS))
def test_the_order_of_the_photos_is_irrelevant(photos: list[BatchPhoto]) -> None:
    assert batch_csv(photos) == batch_csv(PHOTOS)
    assert summarise(photos) == summarise(PHOTOS)


def test_the_summary_counts() -> None:
    found = summarise(PHOTOS)
    assert (found.photos, found.faces, found.without_face, found.unreadable) == (5, 4, 1, 1)
    assert found.disagreements == 2
    assert summarise([]).photos == 0


def test_none_of_the_known_expressions_is_a_verdict_of_its_own() -> None:
    unsure = _verdict([0.2, 0.1], known=False)
    other = _verdict([0.1, 0.2], known=False)
    assert _face(1, unsure, other).agree
    assert not _face(1, unsure, _verdict([0.3, 0.1])).agree


@given(
    st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3),
    st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3),
)
def test_divergence_is_scipys(p: list[float], q: list[float]) -> None:
    first, second = (np.array(x) + 1e-3 for x in (p, q))
    first, second = first / first.sum(), second / second.sum()
    named = [dict(zip(EXPRESSIONS, x.tolist(), strict=False)) for x in (first, second)]
    slow = float(jensenshannon(first, second, base=2)) ** 2
    assert jensen_shannon(*named) == pytest.approx(0.0 if np.isnan(slow) else slow, abs=1e-12)
    assert jensen_shannon(*named) == pytest.approx(jensen_shannon(*named[::-1]), abs=1e-15)


def test_divergence_ends_at_nought_and_one_bit() -> None:
    assert jensen_shannon({"fear": 1.0}, {"fear": 1.0, "anger": 0.0}) == 0
    assert jensen_shannon({"fear": 1.0}, {"anger": 1.0}) == 1


def test_csv_and_json_hold_everything(pair: tuple[Checkpoint, Checkpoint]) -> None:
    csv = pd.read_csv(StringIO(batch_csv(PHOTOS)), float_precision="round_trip")
    assert csv["a_p_neutral"].tolist() == batch_table(PHOTOS)["a_p_neutral"].tolist()
    assert csv["divergence"].tolist() == batch_table(PHOTOS)["divergence"].tolist()
    content = json.loads(batch_json(PHOTOS, *pair, whole_image=False))
    assert content["models"]["b"]["sha256"] == pair[1].sha256
    assert [len(photo["faces"]) for photo in content["photos"]] == [1, 2, 1, 0, 0]
    assert content["photos"][4]["error"] == "notes.jpg is not an image."
    assert content["photos"][1]["faces"][0]["b"]["probabilities"] == HAPPY.probabilities


def test_models_with_other_expressions_leave_cells_empty() -> None:
    few = _verdict([0.7, 0.3], ("fear", "smirk"))
    table = batch_table(
        [BatchPhoto("x", (_face(1, few, _verdict([0.5, 0.5], ("anger", "fear"))),))]
    )
    assert [c for c in table if c.startswith("a_p_")] == ["a_p_anger", "a_p_fear", "a_p_smirk"]
    assert np.isnan(table["a_p_anger"].iloc[0])
    assert table["b_p_fear"].iloc[0] == 0.5
    assert list(batch_table([]).columns)[:2] == ["photo", "face"]
