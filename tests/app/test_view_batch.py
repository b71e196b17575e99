"""The Batch view under AppTest: nothing, samples, good and bad photos, other models."""

import io
import zipfile
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


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """A photo with one face."""
    return load_sample("astronaut")[:256, 100:356]


def _give(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Upload files and wait until all photos are seen; the browser asks for the next step."""
    app.file_uploader[0].set_value([(name, data, "") for name, data in files]).run()
    return _wait(app)


def _wait(app: AppTest) -> AppTest:
    for _ in range(30):
        if not any(button.key == "batch-cancel" for button in app.button):
            break
        app.run()
    assert not app.exception
    return app


def test_it_starts_empty_and_says_what_to_do(start: Start, page_text: Text) -> None:
    app = start("batch")
    assert not app.exception
    assert not app.error
    text = page_text(app)
    assert "drop some into the field above, or try the samples" in text
    assert "never written to disk" in text
    assert not app.dataframe


def test_the_samples_give_a_table(start: Start, page_text: Text) -> None:
    app = start("batch")
    next(b for b in app.button if b.label == "Try the samples").click().run()
    _wait(app)
    assert "5 photos · 5 faces · 0 without a face · 0 unreadable · 5 disagreements" in page_text(
        app
    )
    table = app.dataframe[0].value
    assert len(table) == 5
    assert set(table["verdict"]) == {"differ"}
    assert [said for (said,) in table["a_said"]] == ["sadness"] * 5
    assert [said for (said,) in table["b_said"]] == ["surprise"] * 5
    assert list(table["divergence"]) == sorted(table["divergence"], reverse=True)
    assert all(picture.startswith("data:image/jpeg;base64,") for picture in table["picture"])
    assert "a_attention" not in table  # the baseline has none
    assert [b.label for b in app.download_button] == ["CSV", "JSON"]
    next(b for b in app.button if b.label == "Clear").click().run()
    assert not app.dataframe


def test_a_text_file_among_photos_is_one_sentence(
    start: Start, page_text: Text, face: np.ndarray
) -> None:
    wall = np.full((120, 160, 3), 127, dtype=np.uint8)
    app = _give(
        start("batch"),
        ("good.png", _png(face)),
        ("notes.jpg", b"These are notes, not a picture."),
        ("wall.png", _png(wall)),
    )
    assert [error.value for error in app.error] == [
        "notes.jpg is not an image in a format that can be read (PNG, JPEG, WebP, BMP, GIF, TIFF)."
    ]
    text = page_text(app)
    assert "3 photos · 1 face · 1 without a face · 1 unreadable · 1 disagreement" in text
    assert "No face was found in wall.png" in text
    assert list(app.dataframe[0].value["photo"]) == ["good.png"]


def test_a_zip_of_crops_as_whole_images(start: Start, page_text: Text, face: np.ndarray) -> None:
    stream = io.BytesIO()
    wall = np.full((64, 64, 3), 127, dtype=np.uint8)
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../a.png", _png(face))
        archive.writestr("deep/b.png", _png(wall))
    app = _give(start("batch"), ("faces.zip", stream.getvalue()))
    assert "2 photos · 1 face · 1 without a face" in page_text(app)
    app.toggle[0].set_value(True).run()
    _wait(app)
    assert "2 photos · 2 faces · 0 without a face" in page_text(app)
    assert set(app.dataframe[0].value["photo"]) == {"faces.zip/a.png", "faces.zip/deep/b.png"}


def test_files_are_taken_once(start: Start, page_text: Text, face: np.ndarray) -> None:
    app = start("batch")
    field = app.file_uploader[0].proto.id
    _give(app, ("good.png", _png(face)))
    assert app.file_uploader[0].proto.id != field  # emptied by being another field
    app.run()
    assert "1 photo · 1 face" in page_text(app)


def test_a_broken_zip_is_one_sentence_and_the_rest_goes_on(start: Start, face: np.ndarray) -> None:
    app = _give(start("batch"), ("x.zip", b"no archive"), ("good.png", _png(face)))
    assert len(app.error) == 1
    assert app.error[0].value.startswith("x.zip is not a readable zip archive")
    assert len(app.dataframe[0].value) == 1


def test_photos_stay_over_a_change_of_view_and_follow_the_models(
    start: Start, page_text: Text, face: np.ndarray, open_view: Callable[[AppTest, str], AppTest]
) -> None:
    app = _give(start("batch"), ("good.png", _png(face)))
    open_view(app, "models")
    assert not app.exception
    open_view(app, "batch")
    assert len(app.dataframe[0].value) == 1
    app.selectbox(key="a").set_value("ferplus-ours").run()
    _wait(app)
    assert "A and B agree on the one face" in page_text(app)
    assert "a_attention" in app.dataframe[0].value


def test_cancel_keeps_what_is_done(
    start: Start, page_text: Text, face: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start("batch")
    monkeypatch.setattr("views.batch_session.STEP", 0)
    files = [(f"{i}.png", _png(np.roll(face, i, axis=1)), "") for i in range(3)]
    app.file_uploader[0].set_value(files).run()
    app.button(key="batch-cancel").click().run()
    assert not app.exception
    assert "of 3 photos." in page_text(app)
    done = len(app.dataframe[0].value)
    assert 1 <= done < 3
    next(b for b in app.button if b.label == "Go on").click().run()
    _wait(app)
    assert len(app.dataframe[0].value) == 3


def test_without_models_one_sentence_says_how_to_get_them(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clfer.paths.checkpoints_dir", lambda: tmp_path / "none")
    app = start("batch", checkpoints=tmp_path)
    assert not app.exception
    assert len(app.error) == 1
