"""The Face view under AppTest: what a user does, and what the page then says."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from clfer.faces import load_sample

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]


def _png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG")
    return stream.getvalue()


def _upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.segmented_control(key="face.source").set_value("Upload").run()
    return app.file_uploader[0].upload(name, data, "image/jpeg").run()


def test_it_opens_with_an_explained_sample(start: Start, page_text: Text) -> None:
    app = start()
    text = page_text(app)
    assert not app.exception
    assert not app.error
    assert "Sadness" in text  # the verdict of A
    assert "Surprise" in text  # the verdict of B
    assert "Differs from B, which says surprise." in text
    assert "Which layers decided" in text
    assert "has no multi-scale head" in text
    assert "never written to disk" in text
    assert "Mean activation of each semantic group" in text


def test_a_broken_upload_is_one_sentence(start: Start) -> None:
    app = _upload(start(), "notes.jpg", b"These are notes, not a picture.")
    assert not app.exception
    assert len(app.error) == 1
    message = app.error[0].value
    assert message.startswith("notes.jpg")
    assert message.count(". ") == 0
    assert message.endswith(".")


def test_without_a_face_it_says_so_and_offers_the_whole_image(
    start: Start, page_text: Text
) -> None:
    grey = np.full((120, 160, 3), 127, dtype=np.uint8)
    app = _upload(start(), "wall.png", _png(grey))
    assert "No face was found in wall.png" in app.warning[0].value
    assert "Which layers decided" not in page_text(app)
    app.segmented_control(key="face.region").set_value("whole").run()
    assert not app.exception
    assert "Which layers decided" in page_text(app)
    app.segmented_control(key="face.region").set_value("crop").run()
    assert not app.exception
    assert len(app.slider) == 3
    assert "Which layers decided" in page_text(app)


def test_each_face_of_a_photo_can_be_chosen(start: Start) -> None:
    photo = load_sample("astronaut")[:300, :400]
    app = _upload(start(), "two.png", _png(np.concatenate([photo, photo[:, ::-1]], axis=1)))
    control = app.segmented_control(key="face.region")
    assert control.options == ["Face 1", "Face 2", "Crop by hand", "Whole image"]
    assert control.value == "1"
    control.set_value("2").run()
    assert not app.exception
    assert app.segmented_control(key="face.region").value == "2"


def test_a_new_photo_starts_with_its_own_first_face(start: Start) -> None:
    app = start()
    app.segmented_control(key="face.region").set_value("whole").run()
    app.session_state["sample"] = "synthetic anger 12"
    app.run()
    assert app.segmented_control(key="face.region").value == "1"


def test_models_can_be_exchanged(start: Start, page_text: Text) -> None:
    app = start()
    app.selectbox(key="a").set_value("ferplus-ours").run()
    text = page_text(app)
    assert not app.exception
    assert "Agrees with B." in text
    assert "has no multi-scale head" not in text
    app.selectbox(key="b").set_value("ferplus-baseline").run()
    assert not app.exception
    assert "B (Untrained baseline) has no multi-scale head" in page_text(app)


@pytest.mark.parametrize(
    ("panel", "caption"),
    [
        ("Semantics", "Mean activation of each semantic group"),
        ("Learning intensity", "at the output of each block"),
        ("Attribution", "Grad-CAM for the logit of sadness"),
    ],
)
def test_one_panel_is_computed_at_a_time(
    start: Start, page_text: Text, panel: str, caption: str
) -> None:
    app = start(panel=panel)
    text = page_text(app)
    assert not app.exception
    assert caption in text
    others = {"Mean activation of each", "at the output of each", "Grad-CAM for the logit"}
    assert sum(other in text for other in others) == 1


def test_attribution_and_intensity_follow_the_chosen_expression(
    start: Start, page_text: Text
) -> None:
    app = start(panel="Attribution")
    app.selectbox(key="face.expression").set_value("Fear").run()
    assert page_text(app).count("Grad-CAM for the logit of fear") == 2
    app.segmented_control(key="face.method").set_value("Occlusion").run()
    assert page_text(app).count("Occlusion for the logit of fear") == 2
    app.segmented_control(key="panel").set_value("Learning intensity").run()
    app.segmented_control(key="face.quantity").set_value("Joint loss").run()
    assert not app.exception
    assert "undefined for a single face" in page_text(app)


def test_the_address_chooses_sample_and_block(start: Start, page_text: Text) -> None:
    app = start(sample="synthetic surprise 5", block="2")
    assert app.session_state["sample"] == "synthetic surprise 5"
    assert "at block 2" in page_text(app)


def test_an_unknown_sample_in_the_address_is_ignored(start: Start) -> None:
    app = start(sample="../../etc/passwd")
    assert not app.exception
    assert app.session_state["sample"] == "astronaut"


def test_without_models_one_sentence_says_how_to_get_them(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clfer.paths.checkpoints_dir", lambda: tmp_path / "none")
    app = start(checkpoints=tmp_path)
    assert not app.exception
    assert len(app.error) == 1
    assert "clfer train" in app.error[0].value


def test_a_damaged_model_is_one_sentence(start: Start, pair_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(pair_folder, tmp_path / "pair")
    (tmp_path / "pair" / "ferplus-ours" / "model.safetensors").write_bytes(b"cut off")
    app = start(checkpoints=tmp_path / "pair")
    assert not app.exception
    assert any("model.safetensors" in error.value for error in app.error)


def test_a_broken_checkpoint_is_named_and_the_others_stay_usable(
    start: Start, pair_folder: Path, tmp_path: Path, page_text: Text
) -> None:
    shutil.copytree(pair_folder, tmp_path / "pair")
    (tmp_path / "pair" / "half-copied").mkdir()
    (tmp_path / "pair" / "half-copied" / "card.json").write_text("{}")
    app = start(checkpoints=tmp_path / "pair")
    assert not app.exception
    assert any("half-copied" in warning.value for warning in app.warning)
    assert "Which layers decided" in page_text(app)
