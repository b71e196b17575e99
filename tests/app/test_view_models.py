"""The Models view under AppTest: what it says of two models, and how others come in and go."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from clfer.models.card import CARD, read_card
from clfer.models.library import WEIGHTS, fingerprint

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache folder, emptied again: pytest would keep tens of megabytes a test."""
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)


@pytest.fixture
def foreign(pair_folder: Path, tmp_path: Path) -> Iterator[Path]:
    """A checkpoint folder that is not installed."""
    folder = Path(shutil.copytree(pair_folder / "ferplus-ours", tmp_path / "foreign" / "theirs"))
    card = (folder / CARD).read_text("utf-8").replace("Untrained, ours", "From elsewhere")
    (folder / CARD).write_text(card, "utf-8")
    yield folder
    shutil.rmtree(folder)


def _sent(*paths: Path) -> list[tuple[str, bytes, str]]:
    return [(path.name, path.read_bytes(), "application/octet-stream") for path in paths]


def _load(app: AppTest, folder: Path) -> None:
    field = next(t for t in app.text_input if t.label.startswith("Folder of a checkpoint"))
    field.set_value(str(folder))
    next(b for b in app.button if b.label == "Load the folder").click().run()


def test_it_says_what_both_models_cost_and_where_they_differ(
    start: Start, page_text: Text, pair_folder: Path
) -> None:
    app = start("models")
    text = page_text(app)
    assert not app.exception
    assert not app.error
    assert "Cost of one face (Table I), A at 224 px and B at 224 px" in text
    assert "what the paper prints" in text
    assert "warm passes, CPU with" in text
    assert "3 settings of data, input and configuration differ" in text
    for name in ("ferplus-baseline", "ferplus-ours"):
        assert fingerprint(pair_folder / name) in text
        assert read_card(pair_folder / name).title in text
    assert "came without a README" in text
    picked = app.dataframe[0].value.set_index("Name")["Picked"]
    assert picked[picked != ""].to_dict() == {"ferplus-baseline": "A", "ferplus-ours": "B"}
    app.segmented_control(key="models.size").set_value("The model's own").run()
    assert "A at 64 px and B at 64 px" in page_text(app)
    app.button(key="models.measure").click().run()
    assert not app.exception


def test_the_same_model_twice_differs_in_nothing(start: Start, page_text: Text) -> None:
    app = start("models", a="ferplus-ours")
    assert not app.exception
    assert "A and B are the same checkpoint" in page_text(app)


def test_an_upload_appears_in_the_pickers_and_can_be_removed(
    start: Start, page_text: Text, foreign: Path
) -> None:
    app = start("models")
    installed = set(app.selectbox(key="a").options)
    assert {"ferplus-baseline", "ferplus-ours"} <= installed
    app.file_uploader[0].set_value(_sent(foreign / WEIGHTS, foreign / CARD)).run()
    assert not app.exception
    assert not app.error
    (name,) = set(app.selectbox(key="b").options) - installed
    assert name == f"ferplus-ours-{fingerprint(foreign)[:6]}"
    assert f"{name} is installed." in app.success[0].value
    app.button(key="models.pick.B").click().run()
    assert app.selectbox(key="b").value == name
    assert "From elsewhere" in page_text(app)
    app.button(key="models.remove").click().run()
    assert not app.exception
    assert name not in app.selectbox(key="b").options
    assert app.selectbox(key="b").value == "ferplus-ours"


def test_a_folder_is_loaded_with_its_tables(start: Start, foreign: Path, own_cache: Path) -> None:
    app = start("models")
    installed = app.selectbox(key="a").options
    _load(app, foreign)
    assert not app.exception
    assert len(app.selectbox(key="a").options) == len(installed) + 1
    assert len(list(own_cache.rglob("faces.parquet"))) == 1


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([(WEIGHTS, b"x", "")], "came without card.json, which says how to build"),
        ([("model.pth", b"x", "")], "model.pth is a pickle"),
        ([(WEIGHTS, b"x", ""), (CARD, b"{}", "")], "card.json is not a valid card"),
        ([("all.zip", b"x", "")], "all.zip is not a readable zip archive"),
    ],
)
def test_a_wrong_upload_is_one_sentence(
    start: Start, files: list[tuple[str, bytes, str]], words: str
) -> None:
    app = start("models")
    installed = app.selectbox(key="a").options
    app.file_uploader[0].set_value(files).run()
    assert not app.exception
    assert len(app.error) == 1
    assert words in app.error[0].value
    assert app.selectbox(key="a").options == installed


def test_a_wrong_folder_is_one_sentence(start: Start, tmp_path: Path) -> None:
    app = start("models")
    _load(app, tmp_path / "nowhere")
    assert not app.exception
    assert [error.value for error in app.error] == [
        f"{tmp_path / 'nowhere'} is not a folder: give the folder that holds card.json."
    ]


def test_without_models_it_offers_to_load_one(
    start: Start, tmp_path: Path, page_text: Text, foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clfer.paths.checkpoints_dir", lambda: tmp_path / "none")
    app = start("models", checkpoints=tmp_path)
    assert not app.exception
    assert len(app.error) == 1
    assert "None yet: load one below" in page_text(app)
    app.file_uploader[0].set_value(_sent(foreign / WEIGHTS, foreign / CARD)).run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="a").options == ["ferplus-ours"]


def test_a_broken_model_is_named(start: Start, pair_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(pair_folder, tmp_path / "pair")
    (tmp_path / "pair" / "half").mkdir()
    (tmp_path / "pair" / "half" / CARD).write_text("{}")
    app = start("models", checkpoints=tmp_path / "pair")
    assert not app.exception
    assert any("half" in error.value and "not a valid card" in error.value for error in app.error)
    shutil.rmtree(tmp_path / "pair")
