"""The Confusion view under AppTest: empty, default, chosen and wrong."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from clfer.analysis.comparison import Comparison, compare
from clfer.analysis.confusion import cell_faces, cells, confusions, largest_change
from clfer.analysis.score_changes import score_changes
from clfer.analysis.scoring import published_scores
from clfer.figures.confusion_words import macro_sentence
from clfer.models.checkpoint import load_checkpoint

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]


@pytest.fixture
def comparison(pair_folder: Path) -> Comparison:
    """Both tiny models on the published faces."""
    a, b = (published_scores(load_checkpoint(pair_folder / f"ferplus-{m}")) for m in _MODELS)
    assert a is not None
    assert b is not None
    return compare(a, b)


_MODELS = ("baseline", "ours")


def _chosen(app: AppTest) -> tuple[str, ...]:
    keys = ("confusion.matrix", "confusion.true", "confusion.predicted")
    return tuple(app.selectbox(key=key).value for key in keys)


def _address(app: AppTest) -> str:
    value = app.query_params["cell"]
    return value if isinstance(value, str) else value[0]


def test_it_opens_at_the_largest_change_with_every_card(
    start: Start, faces_root: Path, page_text: Text, comparison: Comparison
) -> None:
    app = start("confusion", root=faces_root)
    text = page_text(app)
    assert not app.exception
    assert not app.error
    cell = largest_change(confusions(comparison))
    assert _chosen(app) == (cell.matrix, cell.true, cell.predicted)
    assert _address(app) == cell.address
    assert f"{len(cell_faces(comparison, cell))} faces:" in text
    assert macro_sentence(score_changes([comparison])) in text
    for words in ("Per expression", "McNemar", "ECE (Guo et al., 2017)", "Sec. IV-B"):
        assert words in text
    accuracy = 100 * np.trace(confusions(comparison).a) / len(comparison)
    assert f"accuracy {accuracy:.1f} %" in text
    assert len(app.dataframe) == 1


def test_without_pixels_the_matrices_stay_and_the_faces_are_named(
    start: Start, page_text: Text
) -> None:
    app = start("confusion", root=None)
    text = page_text(app)
    assert not app.exception
    assert not app.error
    assert "rows true, columns predicted (Fig. 6)" in text
    assert "Choose the FER+ folder to see the faces behind this cell." in text
    assert any(field.key.startswith("root.view") for field in app.text_input)


def test_naming_the_folder_brings_the_faces(
    start: Start, page_text: Text, faces_root: Path
) -> None:
    app = start("confusion", root=None)
    field = next(field for field in app.text_input if field.key.startswith("root.view"))
    field.set_value(str(faces_root)).run()
    assert not app.exception
    assert "Choose the FER+ folder to see the faces" not in page_text(app)


def test_a_cell_named_by_its_boxes_is_shown_shared_and_picked(
    start: Start, faces_root: Path, page_text: Text, comparison: Comparison
) -> None:
    app = start("confusion", root=faces_root)
    app.selectbox(key="confusion.matrix").set_value("A").run()
    app.selectbox(key="confusion.true").set_value("neutral").run()
    app.selectbox(key="confusion.predicted").set_value("sadness").run()
    assert not app.exception
    cell = cells(comparison.classes)["A-neutral-sadness"]
    behind = cell_faces(comparison, cell)
    assert len(behind) > 0
    assert _address(app) == cell.address
    assert app.session_state["picked"] == [comparison.names[i] for i in behind.indices]
    assert app.session_state["picked.why"] == "true neutral, A says sadness"
    text = page_text(app)
    assert "A: true neutral, A says sadness" in text
    assert f"Wrong in both · {len(behind.wrong)}" in text
    assert "They are picked in the other views." in text


def test_the_address_chooses_the_cell(start: Start, faces_root: Path, page_text: Text) -> None:
    app = start("confusion", root=faces_root, cell="B-neutral-surprise")
    assert _chosen(app) == ("B", "neutral", "surprise")
    assert "B: true neutral, B says surprise" in page_text(app)
    assert "picked" not in app.session_state


@pytest.mark.parametrize("wrong", ["C-neutral-sadness", "A-neutral-boredom"])
def test_a_wrong_cell_in_the_address_gives_way_to_the_default(
    start: Start, faces_root: Path, comparison: Comparison, wrong: str
) -> None:
    app = start("confusion", root=faces_root, cell=wrong)
    assert not app.exception
    assert not app.error
    assert _address(app) == largest_change(confusions(comparison)).address


def test_an_empty_cell_says_so(start: Start, faces_root: Path, page_text: Text) -> None:
    app = start("confusion", root=faces_root, cell="A-contempt-fear")
    assert not app.exception
    assert "No face lies in this cell." in page_text(app)


def test_controls_change_what_is_drawn(start: Start, faces_root: Path, page_text: Text) -> None:
    app = start("confusion", root=faces_root)
    assert "Percent of the faces of the true expression, 56 in all" in page_text(app)
    app.segmented_control(key="confusion.measure").set_value("counts").run()
    assert "Faces per cell, 56 in all" in page_text(app)
    assert "A answers 56 of 56 faces" in page_text(app)
    app.slider(key="confusion.threshold").set_value(1.0).run()
    assert not app.exception
    assert "A answers 56 of 56 faces" not in page_text(app)


def test_it_follows_the_epoch(start: Start, faces_root: Path, page_text: Text) -> None:
    app = start("confusion", root=faces_root, epoch="1")
    early = page_text(app)
    assert not app.exception
    app.select_slider(key="epoch").set_value(6).run()
    assert not app.exception
    assert page_text(app) != early


def test_what_was_chosen_survives_a_change_of_view(
    start: Start, faces_root: Path, open_view: Callable[[AppTest, str], AppTest]
) -> None:
    app = start("confusion", root=faces_root, cell="A-neutral-sadness")
    app.segmented_control(key="confusion.measure").set_value("counts").run()
    app.slider(key="confusion.threshold").set_value(0.6).run()
    open_view(app, "models")
    app = open_view(app, "confusion")
    assert not app.exception
    assert _chosen(app) == ("A", "neutral", "sadness")
    assert app.segmented_control(key="confusion.measure").value == "counts"
    assert app.slider(key="confusion.threshold").value == 0.6
