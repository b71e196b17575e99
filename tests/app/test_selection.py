"""The shared selection: faces that were not scored yet, roots that are wrong, epochs."""

import time
from collections.abc import Callable
from pathlib import Path

from patience import PATIENCE
from streamlit.testing.v1 import AppTest

from clfer.models.checkpoint import load_checkpoint

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]


def test_a_split_without_scores_is_scored_by_a_button(
    start: Start, page_text: Text, faces_root: Path
) -> None:
    app = start("confusion", root=faces_root, split="train")
    assert "was not scored on FER+ train yet" in page_text(app)
    for side in ("A", "B"):
        app.button(key=f"start-s{side}").click().run()
        deadline = time.monotonic() + PATIENCE
        while [b for b in app.button if b.key == f"cancel-s{side}"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
            app.run()
    assert not app.exception
    assert not app.error
    assert "was not scored" not in page_text(app)


def test_without_a_root_only_the_published_split_is_offered(start: Start) -> None:
    app = start("confusion")
    assert app.selectbox(key="split").options == ["valid"]
    assert not app.exception


def test_a_wrong_root_is_one_sentence_and_a_right_one_is_taken(
    start: Start, faces_root: Path, tmp_path: Path
) -> None:
    app = start("confusion")
    field = app.text_input(key="root.sidebar.ferplus")
    field.set_value(str(tmp_path / "nowhere")).run()
    sentences = [error.value for error in app.error]
    assert len(sentences) == 1
    assert "nowhere" in sentences[0]
    app.text_input(key="root.sidebar.ferplus").set_value(str(faces_root)).run()
    assert not app.error
    assert app.selectbox(key="split").options == ["train", "valid"]


def test_the_epoch_of_the_address_is_shown(start: Start) -> None:
    assert start("confusion", epoch="3").session_state["epoch"] == 3
    assert start("confusion", epoch="4").session_state["epoch"] == 6


def test_the_shipped_pair_opens_at_its_best_epochs_with_its_pictures(
    start: Start, page_text: Text, repository: Path
) -> None:
    shipped = repository / "checkpoints"
    names = {"A": "ferplus-baseline", "B": "ferplus-ours"}
    own = {side: load_checkpoint(shipped / name).card.epoch for side, name in names.items()}
    app = start("embeddings", checkpoints=shipped)
    assert not app.exception
    assert app.session_state["projection"] == "t-SNE"
    for side, epoch in own.items():
        if epoch != app.session_state["epoch"]:
            assert f"at its best epoch: {side} shows epoch {epoch}" in page_text(app)
