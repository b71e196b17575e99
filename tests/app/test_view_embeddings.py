"""The Embeddings view under AppTest: opened, steered, and given what it cannot use."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]


def test_it_opens_with_pca_and_the_figures_beside_it(start: Start, page_text: Text) -> None:
    app = start("embeddings")
    text = page_text(app)
    assert not app.exception
    assert not app.error
    assert app.segmented_control(key="projection").value == "PCA"
    assert app.segmented_control(key="space").value == "fused"
    assert "PCA of the fused embedding of 56 valid faces" in text
    table = app.table[0].value
    assert list(table.columns) == ["A", "B"]
    assert list(table.index)[1:3] == [
        "Accuracy of the 10 nearest neighbours",
        "Neighbours shared by A and B",
    ]
    assert "(512 and 128 dimensions)" in text
    assert "Draw around points with the pointer" in text


def test_colour_and_arrows_can_be_chosen(start: Start, page_text: Text) -> None:
    app = start("embeddings")
    app.segmented_control(key="embeddings.colour").set_value("confidence").run()
    assert "Colour: top probability of the model." in page_text(app)
    app.toggle(key="embeddings.arrows").set_value(True).run()
    assert not app.exception
    assert "Arrows: the 40 faces that moved most" in page_text(app)


def test_tsne_starts_by_a_button_and_pca_stands_in(start: Start, page_text: Text) -> None:
    app = start("embeddings", projection="t-SNE")
    assert not app.exception
    assert app.segmented_control(key="projection").value == "t-SNE"
    assert "Start t-SNE" in [button.label for button in app.button]
    assert "PCA is shown until the t-SNE of these faces has been computed." in page_text(app)
    assert "PCA of the fused embedding" in page_text(app)


def test_the_epoch_in_the_address_changes_what_is_drawn(start: Start, page_text: Text) -> None:
    app = start("embeddings", epoch="3")
    assert not app.exception
    assert "(50 dimensions)" in page_text(app)
    earlier = app.table[0].value.to_dict()
    app.select_slider(key="epoch").set_value(6).run()
    assert "(512 and 128 dimensions)" in page_text(app)
    assert app.table[0].value.to_dict() != earlier


def test_a_block_needs_pixels_and_says_so(start: Start, page_text: Text, faces_root: Path) -> None:
    app = start("embeddings", space="block 2")
    assert not app.exception
    assert "to embed its faces block by block" in page_text(app)
    assert app.text_input
    app = start("embeddings", root=faces_root, space="block 2")
    assert not app.exception
    assert "Embed the faces block by block" in [button.label for button in app.button]
    app.select_slider(key="epoch").set_value(1).run()
    assert "Earlier epochs keep the fused embedding alone" in page_text(app)


def test_faces_picked_in_another_view_are_the_subset(start: Start, page_text: Text) -> None:
    app = start("embeddings")
    app.session_state["picked"] = ["fer0000003.png", "fer0000004.png", "unknown.png"]
    app.session_state["picked.why"] = "true neutral, B says sadness"
    app.run()
    text = page_text(app)
    assert not app.exception
    assert "2 faces picked" in text
    assert "true neutral, B says sadness" in text
    assert "A is right on" in text
    assert "95 % Wilson intervals, n = 2." in text
    table = app.dataframe[0].value
    assert table["name"].tolist() == ["fer0000003.png", "fer0000004.png"]
    next(b for b in app.button if b.label == "Clear").click().run()
    assert "faces picked" not in page_text(app)


def test_the_chosen_face_is_placed_where_it_lies(
    start: Start, page_text: Text, faces_root: Path
) -> None:
    app = start("embeddings", root=faces_root, face="fer0000005.png")
    text = page_text(app)
    assert not app.exception
    assert "This face is one of those drawn" in text
    assert text.count("nearest faces are") == 2


def test_a_sample_is_placed_by_the_projection(start: Start, page_text: Text) -> None:
    app = start("embeddings", sample="synthetic anger 12")
    app.toggle(key="embeddings.place").set_value(True).run()
    assert not app.exception
    assert "transform puts the new face." in page_text(app)
    app.select_slider(key="epoch").set_value(1).run()
    assert "own epoch only" in page_text(app)


def test_what_the_address_cannot_mean_is_ignored(start: Start, page_text: Text) -> None:
    wrong = dict.fromkeys(("space", "projection", "epoch", "block", "face"), "<b>-1")
    app = start("embeddings", **wrong)
    assert not app.exception
    assert not app.error
    assert "PCA of the fused embedding of 56 valid faces" in page_text(app)


def test_without_models_one_sentence_says_how_to_get_them(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clfer.paths.checkpoints_dir", lambda: tmp_path / "none")
    app = start("embeddings", checkpoints=tmp_path)
    assert not app.exception
    assert len(app.error) == 1
    assert "clfer train" in app.error[0].value
