"""The Semantics view under AppTest: without a root, with one, and with what an address may say."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from clfer.analysis.face_groups import FaceGroups
from clfer.analysis.scored import ScoredFaces
from clfer.analysis.scoring import published_scores
from clfer.errors import DataError
from clfer.models.checkpoint import Checkpoint, load_checkpoint
from clfer.work.group_statistics import groups_request
from clfer.work.results import result_path, save_result
from clfer.work.tasks import find_task

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]

GRID = "Mean activation of the channels of each semantic group of block"


@pytest.fixture(scope="module")
def pair(pair_folder: Path) -> dict[str, tuple[Checkpoint, ScoredFaces]]:
    """Both models with their published scores."""
    found = {}
    for side, name in (("A", "ferplus-baseline"), ("B", "ferplus-ours")):
        model = load_checkpoint(pair_folder / name)
        scores = published_scores(model)
        assert scores is not None
        found[side] = (model, scores)
    return found


@pytest.fixture
def measured(pair, faces_root: Path):
    """The groups of both models, as the task finds them, in the cache."""
    found, paths = {}, []
    for side, (model, scores) in pair.items():
        request = groups_request(model, scores, str(faces_root))
        arrays = find_task("groups")(request.arguments | request.places, lambda *_: None)
        paths.append(save_result(request, arrays))
        found[side] = FaceGroups.from_arrays(arrays)
    yield found
    for path in paths:
        path.unlink()


def test_without_a_root_the_samples_are_shown_and_the_root_is_asked_for(
    start: Start, page_text: Text
) -> None:
    app = start("semantics")
    text = page_text(app)
    assert not app.exception
    assert not app.error
    assert "Choose the FER+ folder to see the groups on its faces" in text
    assert "The groups of A and B were not measured on FER+ valid yet" in text
    assert len([field for field in app.text_input if field.key.startswith("root.view")]) == 1
    assert f"{GRID} 4" in text
    assert "Share of each block" in text  # the published sizes need no pixels
    assert "Fig. 11 also shows MSR" in text
    assert "astronaut" in [option.lower() for option in app.selectbox(key="sample").options]


def test_with_a_root_the_faces_of_the_split_are_shown_whatever_the_address_says(
    start: Start, page_text: Text, faces_root: Path
) -> None:
    app = start("semantics", root=faces_root, block="7", face="../../etc/passwd")
    text = page_text(app)
    assert not app.exception
    assert not app.error
    assert "Choose the FER+ folder" not in text
    assert app.segmented_control(key="block").value == 4
    assert f"{GRID} 4" in text
    options = app.selectbox(key="semantics.face").options
    assert [option.split(" ")[0] for option in options] == [
        "Neutral",
        "Happiness",
        "Surprise",
        "Sadness",
        "Anger",
        "Disgust",
        "Fear",
    ]
    assert [b.label for b in app.button if "Measure" in b.label] == [
        "Measure the groups of A",
        "Measure the groups of B",
    ]
    (rows,) = app.multiselect
    assert rows.value == ["ferplus-baseline", "ferplus-ours"]
    assert "Mean over the channels of each block" in text
    rows.set_value([]).run()
    assert not app.exception
    assert "Mean over the channels of each block" not in page_text(app)


def test_block_and_columns_redraw_the_grid(start: Start, page_text: Text, faces_root: Path) -> None:
    app = start("semantics", root=faces_root, block="2")
    assert f"{GRID} 2" in page_text(app)
    app.segmented_control(key="block").set_value(3).run()
    assert f"{GRID} 3" in page_text(app)
    assert app.query_params["block"] == "3"
    app.segmented_control(key="semantics.columns").set_value("Channels of one face").run()
    assert not app.exception
    assert "Strongest channels of each semantic group of block 3" in page_text(app)


def test_the_face_of_the_address_and_the_picked_ones_are_shown(
    start: Start, page_text: Text, faces_root: Path
) -> None:
    name = "fer0000011.png"
    app = start("semantics", root=faces_root, face=name)
    assert name in app.selectbox(key="semantics.face").value
    app.session_state["picked"] = ["fer0000003.png", "unknown.png", "fer0000005.png"]
    app.session_state["picked.why"] = "true anger, B says surprise"
    app.run()
    assert not app.exception
    shown = [option.split(" · ")[1] for option in app.selectbox(key="semantics.face").options]
    assert shown == [name, "fer0000003.png", "fer0000005.png"]
    assert "true anger, B says surprise" in page_text(app)
    app.selectbox(key="semantics.face").set_value("fer0000005.png").run()
    assert app.query_params["face"] == "fer0000005.png"


def test_an_empty_group_is_explained(start: Start, page_text: Text, faces_root: Path, pair) -> None:
    """Where the untrained pair has an empty group, the page says why."""
    empty = [
        (side, row, block)
        for side, (_, scores) in pair.items()
        for row, block, _ in np.argwhere(scores.group_sizes == 0)
    ]
    assert empty
    side, row, block = empty[0]
    name = pair[side][1].names[row]
    app = start("semantics", root=faces_root, face=name, block=str(block + 1))
    assert not app.exception
    assert "is empty on" in page_text(app)
    assert f"No channel of block {block + 1} is nearest to deep centroid" in page_text(app)


def test_measured_groups_fill_both_cards(
    start: Start, page_text: Text, faces_root: Path, measured
) -> None:
    app = start("semantics", root=None, block="1")
    text = page_text(app)
    assert not app.exception
    assert "in standard deviations from that group" in text
    assert "Cosine of each shallow centre" in text
    assert "were not measured" not in text
    medians = np.nanmedian(measured["B"].alignment, axis=0)
    assert f"{medians[0]:.2f}, {medians[1]:.2f} and {medians[2]:.2f} in B" in text


def test_the_task_agrees_with_the_published_sizes(measured, pair) -> None:
    for side, (_, scores) in pair.items():
        np.testing.assert_array_equal(measured[side].sizes, scores.group_sizes)
        np.testing.assert_array_equal(measured[side].labels, scores.labels)


def test_the_key_of_a_result_names_content_not_places(pair, tmp_path: Path) -> None:
    model, scores = pair["A"]
    first = groups_request(model, scores, "here")
    assert first.key == groups_request(model, scores, str(tmp_path)).key
    assert first.key != groups_request(model, scores.subset(np.arange(5)), "here").key
    assert first.key != groups_request(*pair["B"], "here").key
    assert result_path(first).name == f"{first.key}.npz"
    with pytest.raises(DataError):
        find_task("groups")(first.arguments | {"root": str(tmp_path), "folder": "x"}, print)
