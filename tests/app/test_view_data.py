"""The Data view without a root, with one, with a wrong one, and after the check."""

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from patience import PATIENCE
from streamlit.testing.v1 import AppTest

from clfer.data.synthetic import dataset

START = "Check every file"


def test_without_a_root_the_layout_and_the_source_are_named(
    start: Callable[..., AppTest], page_text: Callable[[AppTest], str]
) -> None:
    for name, layout, source in (
        ("ferplus", "FER2013Train/", "github.com/microsoft/FERPlus"),
        ("rafdb", "EmoLabel/", "whdeng.cn"),
        ("sfew", "Train/ and Val/", "Dhall"),
        ("affectnet", "training.csv", "mohammadmahoor.com"),
        ("affectnet7", "val_set/", "contempt"),
        ("folder", "one folder of images per expression", "of your own"),
    ):
        app = start("data", data=name)
        assert not app.exception
        text = page_text(app)
        assert layout in text
        assert source in text
        assert [field.key for field in app.text_input if field.key.startswith("root.view")]


def test_counts_and_balance(
    start: Callable[..., AppTest], page_text: Callable[[AppTest], str], faces_root: Path
) -> None:
    app = start("data", root=faces_root)
    assert not app.exception
    assert not app.error
    (table,) = app.dataframe
    total = table.value.iloc[-1]
    assert (total["train"], total["valid"]) == (14, 56)
    text = page_text(app)
    assert "no face of contempt" in text
    assert "On 56 of 56 faces" not in text
    assert "Ambiguous faces" in text


def test_a_root_typed_into_the_empty_state_is_taken(
    start: Callable[..., AppTest], page_text: Callable[[AppTest], str], faces_root: Path
) -> None:
    app = start("data")
    field = app.text_input(key="root.view.ferplus")
    field.set_value("/nowhere/at/all").run()
    assert any("does not exist" in error.value for error in app.error)
    app.text_input(key="root.view.ferplus").set_value(str(faces_root)).run()
    assert not app.exception
    assert "Faces per expression" in page_text(app)


def test_a_folder_that_is_no_data_set_gets_one_sentence(
    start: Callable[..., AppTest], tmp_path: Path
) -> None:
    app = start("data", root=tmp_path)
    assert not app.exception
    (error,) = [error.value for error in app.error]
    assert "lacks the layout" in error
    assert app.text_input(key="root.view.ferplus")


def test_another_expression_and_another_draw(
    start: Callable[..., AppTest], faces_root: Path
) -> None:
    app = start("data", root=faces_root)
    app.button(key="data.draw").click().run()
    assert app.session_state["data.seed"] == 1
    app.button_group(key="data.expression").set_value("fear").run()
    assert not app.exception


def test_check_names_the_first_bad_file_and_the_twins(
    start: Callable[..., AppTest],
    page_text: Callable[[AppTest], str],
    faces_root: Path,
    tmp_path: Path,
) -> None:
    root = shutil.copytree(faces_root, tmp_path / "faces")
    train, valid = root / "FER2013Train", root / "FER2013Valid"
    (train / "fer0000003.png").write_bytes(b"x")
    # Faces 0 and 7 show the same expression, 0 and 8 do not.
    shutil.copy(train / "fer0000000.png", valid / "fer0000007.png")
    shutil.copy(train / "fer0000000.png", valid / "fer0000008.png")
    app = start("data", root=root)
    next(button for button in app.button if button.label == START).click().run()
    jobs = sys.modules["components.work"].jobs()
    deadline = time.monotonic() + PATIENCE
    while any(job.active for job in jobs._jobs.values()) and time.monotonic() < deadline:
        time.sleep(0.1)
    app.run()
    assert not app.exception
    (error,) = [error.value for error in app.error]
    assert "fer0000003.png" in error
    text = page_text(app)
    assert "2 faces have an identical twin in an earlier split" in text
    assert "1 of these pairs carry" in text
    app.button_group(key="data.pairs").set_value("Two labels").run()
    assert not app.exception


def test_other_data_sets_need_nothing_and_say_that_votes_are_missing(
    start: Callable[..., AppTest],
    page_text: Callable[[AppTest], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dataset, "DEFAULT_COUNTS", {"train": 42, "valid": 14, "test": 7})
    app = start("data", data="synthetic")
    assert not app.exception
    text = page_text(app)
    assert "all 7 expressions have 6 faces each" in text
    assert "Only FER+ publishes the votes" in text
