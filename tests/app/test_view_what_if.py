"""The What if view under AppTest: empty, default, wrong input, and a face kept over views."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from clfer.analysis.perturb import perturbations
from clfer.data import load_faces
from clfer.faces import load_sample
from clfer.models.checkpoint import load_checkpoint
from clfer.work.results import save_result
from clfer.work.robustness import robustness_request

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]
Open = Callable[[AppTest, str], AppTest]


def _png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG")
    return stream.getvalue()


def _upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.segmented_control(key="face.source").set_value("Upload").run()
    return app.file_uploader[0].upload(name, data, "image/png").run()


def test_it_opens_with_a_clean_sample_and_no_folder(start: Start, page_text: Text) -> None:
    app = start("what_if")
    text = page_text(app)
    assert not app.exception
    assert not app.error
    assert text.count("nothing is perturbed yet") == 2
    assert "probability of each expression for this face against blur" in text
    assert "Choose the FER+ folder to measure accuracy against strength." in text
    assert app.text_input(key="root.view.ferplus")


def test_a_slider_perturbs_the_face_and_reset_takes_it_back(start: Start, page_text: Text) -> None:
    app = start("what_if")
    app.slider(key="what_if.blur").set_value(6.0).run()
    assert not app.exception
    assert page_text(app).count("Clean face: ") == 2
    assert "nothing is perturbed" not in page_text(app)
    app.slider(key="what_if.patch").set_value(40.0).run()
    # The curves follow the slider touched last.
    assert app.segmented_control(key="what_if.kind").value == "patch"
    assert "for this face against patch" in page_text(app)
    app.button(key="what-if-reset").click().run()
    assert app.slider(key="what_if.blur").value == 0
    assert page_text(app).count("nothing is perturbed yet") == 2


def test_a_broken_upload_is_one_sentence(start: Start, page_text: Text) -> None:
    app = _upload(start("what_if"), "notes.png", b"These are notes, not a picture.")
    assert not app.exception
    assert [error.value.startswith("notes.png") for error in app.error] == [True]
    assert page_text(app).count("Nothing to perturb yet") == 2


def test_an_unknown_face_in_the_address_is_named(start: Start, faces_root: Path) -> None:
    app = start("what_if", root=faces_root, face="nobody.png")
    assert not app.exception
    assert "has no face 'nobody.png'" in app.warning[0].value


def test_without_a_folder_the_data_set_asks_for_it_once(start: Start, page_text: Text) -> None:
    app = start("what_if")
    app.segmented_control(key="face.source").set_value("Data set").run()
    assert not app.exception
    assert "Choose the FER+ folder to see and explain its faces." in page_text(app)
    assert "Choose the folder above to measure accuracy" in page_text(app)
    app.text_input(key="root.view.ferplus").set_value("/nowhere").run()
    assert not app.exception
    assert any("/nowhere" in error.value for error in app.error)


def test_strengths_and_upload_outlive_a_change_of_view(
    start: Start, page_text: Text, open_view: Open
) -> None:
    photo = load_sample("astronaut")[:300, :400]
    app = _upload(start("what_if"), "me.png", _png(np.concatenate([photo, photo[:, ::-1]], axis=1)))
    app.segmented_control(key="face.region").set_value("2").run()
    app.slider(key="what_if.rotation").set_value(20.0).run()
    app = open_view(app, "face")
    assert not app.exception
    assert "Still shown: me.png" in page_text(app)
    assert app.segmented_control(key="face.region").value == "2"
    app = open_view(app, "what_if")
    assert not app.exception
    assert "Still shown: me.png" in page_text(app)
    assert app.segmented_control(key="face.region").value == "2"
    assert app.slider(key="what_if.rotation").value == 20
    assert app.segmented_control(key="what_if.kind").value == "rotation"


@pytest.mark.parametrize("view", ["face", "what_if"])
def test_a_face_of_the_data_set_is_shown_as_it_was_published(
    start: Start, page_text: Text, view: str, faces_root: Path, pair_folder: Path
) -> None:
    table = load_checkpoint(pair_folder / "ferplus-baseline").table("faces")
    assert table is not None
    row = table.iloc[5]
    app = start(view, root=faces_root, face=row["name"])
    assert not app.exception
    assert app.segmented_control(key="face.source").value == "Data set"
    logits = np.array(row["logits"])
    probability = np.exp(logits - logits.max())
    probability /= probability.sum()
    assert f"{probability.max():.2f}" in page_text(app)
    assert row["name"] in "".join(caption.value for caption in app.caption)


def test_the_neighbours_of_a_face_are_one_click_away(start: Start, faces_root: Path) -> None:
    names = load_faces("ferplus", faces_root, "valid").names
    app = start("what_if", root=faces_root, face=names[0])
    assert app.button(key="data-face-chevron_left").disabled
    app.button(key="data-face-chevron_right").click().run()
    assert app.session_state["face"] == names[1]
    assert app.query_params["face"] in (names[1], [names[1]])
    # Another source takes the face out of the address, and the data set brings it back.
    app.segmented_control(key="face.source").set_value("Samples").run()
    assert "face" not in app.query_params
    app.segmented_control(key="face.source").set_value("Data set").run()
    assert app.session_state["face"] == names[1]
    assert not app.exception


def test_a_measured_curve_over_the_split_is_drawn(
    start: Start, page_text: Text, faces_root: Path, pair_folder: Path
) -> None:
    faces = load_faces("ferplus", faces_root, "valid")
    models = {
        side: load_checkpoint(pair_folder / name)
        for side, name in (("A", "ferplus-baseline"), ("B", "ferplus-ours"))
    }
    kind = perturbations(48)["contrast"]
    steps = len(kind.strengths)
    arrays = {"strengths": np.array(kind.strengths)}
    for side in models:
        arrays[f"n_{side}"] = np.array(len(faces))
        arrays[f"accuracy_{side}"] = np.linspace(0.2, 0.6, steps)
        arrays[f"interval_{side}"] = np.linspace((0.1, 0.3), (0.5, 0.7), steps)
    save_result(robustness_request(models, faces, str(faces_root), kind, (50, 50)), arrays)
    app = start("what_if", root=faces_root)
    assert f"Measure blur on {len(faces)} faces" in [button.label for button in app.button]
    app.segmented_control(key="what_if.kind").set_value("contrast").run()
    assert not app.exception
    assert f"Accuracy on FER+ valid (n = {len(faces)}) against contrast" in page_text(app)
