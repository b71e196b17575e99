"""The Learning intensity view under AppTest: empty, default, more trainings, wrong address."""

import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from clfer.config import dump_config
from clfer.models.card import read_card

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]
PAGE = "learning_intensity"


@pytest.fixture
def runs(tmp_path: Path, pair_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of runs with two more seeds of the baseline and one run that is damaged."""
    folder = pair_folder / "ferplus-baseline"
    config = read_card(folder).config
    rows = pd.read_parquet(folder / "history.parquet")
    for seed in (1, 2):
        run = tmp_path / "runs" / f"seed-{seed}"
        run.mkdir(parents=True)
        (run / "config.yaml").write_text(dump_config(config.model_copy(update={"seed": seed})))
        measured = rows.assign(valid_loss=rows["valid_loss"] * (1 + seed / 10))
        measured.to_json(run / "metrics.jsonl", orient="records", lines=True)
    broken = tmp_path / "runs" / "broken"
    shutil.copytree(tmp_path / "runs" / "seed-1", broken)
    (broken / "metrics.jsonl").write_text("{\n")
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_it_opens_with_every_chart_and_its_finding(start: Start, page_text: Text) -> None:
    app = start(PAGE)
    text = unescape(page_text(app))
    assert not app.exception
    assert not app.error
    for words in (
        "How hard each block learns",
        "At block 1, B's gradient of the classification loss is 1.00 times A's",
        "Shallow against deep",
        "Over the faces",
        "Median gradient norm of a face",
        "Semantic groups of block 4",
        "Learning curves",
        "Fig. 12",
    ):
        assert words in text
    assert app.session_state["epoch"] == 6
    assert "6" in app.query_params["epoch"]
    assert "were kept at epoch" not in text


def test_an_earlier_epoch_says_that_the_faces_are_those_of_the_own_one(
    start: Start, page_text: Text
) -> None:
    app = start(PAGE, epoch="3")
    assert not app.exception
    assert app.session_state["epoch"] == 3
    said = "No gradients of single faces were kept at epoch 3; shown: A's own epoch 6"
    assert said in unescape(page_text(app))


@pytest.mark.parametrize("wrong", ["99", "2", "last"])
def test_an_epoch_that_was_not_kept_gives_way_to_the_last(start: Start, wrong: str) -> None:
    app = start(PAGE, epoch=wrong)
    assert not app.exception
    assert app.session_state["epoch"] == 6
    assert "6" in app.query_params["epoch"]


def test_loss_and_measure_change_what_is_drawn(start: Start, page_text: Text) -> None:
    app = start(PAGE)
    app.segmented_control(key="intensity.loss").set_value("Joint loss").run()
    app.segmented_control(key="intensity.measure").set_value("RMS per element").run()
    assert not app.exception
    assert "Root mean square per element of the gradient of the joint loss" in page_text(app)


def test_seeds_of_a_join_it_as_a_band(start: Start, page_text: Text, runs: Path) -> None:
    app = start(PAGE)
    assert "Bands" not in page_text(app)
    app.multiselect(key="intensity.more").set_value(["run seed-1", "run seed-2"]).run()
    assert not app.exception
    assert not app.error
    assert "Bands: smallest to largest over 2 or 3 seeds." in page_text(app)


def test_a_damaged_run_is_one_sentence_and_the_rest_stays(
    start: Start, page_text: Text, runs: Path
) -> None:
    app = start(PAGE)
    app.multiselect(key="intensity.more").set_value(["run broken"]).run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        f"{runs / 'broken' / 'metrics.jsonl'}, line 1 is not valid JSON: remove it."
    ]
    assert "Learning curves" in page_text(app)


def test_models_without_a_history_say_what_to_do(
    start: Start, page_text: Text, pair_folder: Path, tmp_path: Path
) -> None:
    bare = shutil.copytree(pair_folder, tmp_path / "bare")
    for table in bare.glob("*/*.parquet"):
        table.unlink()
    app = start(PAGE, checkpoints=bare)
    text = page_text(app)
    assert not app.exception
    assert not app.error
    assert "A (Untrained baseline) carries no history of its training: choose another" in text
    assert "choose the folder of the data set to compute them" in text
    assert "Learning curves" not in text
