"""The Runs view under AppTest: the table, one run in each state, several, notes, removal."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from streamlit.testing.v1 import AppTest

from clfer.config import BLOCK_CHANNELS, Config, dump_config
from clfer.errors import ConfigError
from clfer.models.card import read_card
from clfer.runs import control, launch
from clfer.runs.record import Notes, open_run, read_notes, save_notes
from clfer.runs.records import import_records, write_record
from clfer.runs.status import STOP
from clfer.training.machine import Machine, add_machine
from clfer.work.results import save_result
from clfer.work.run_groups import groups_request

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]


@pytest.fixture
def trainer() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that stands for a trainer."""
    process = subprocess.Popen(["sleep", "300"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def runs(
    tmp_path: Path,
    pair_folder: Path,
    trainer: "subprocess.Popen[bytes]",
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A run in each state, two seeds of the baseline, and a folder that is damaged."""
    place = tmp_path / "runs"
    monkeypatch.setenv("CLFER_RUNS", str(place))
    monkeypatch.setenv("CLFER_OWN_CHECKPOINTS", str(tmp_path / "own"))
    ours, baseline = pair_folder / "ferplus-ours", pair_folder / "ferplus-baseline"
    process = psutil.Process(trainer.pid)
    alive = {
        "host": socket.gethostname(),
        "pid": process.pid,
        "process_started": process.create_time(),
    }
    write(place / "1-done", baseline, "done")
    write(place / "2-seed", baseline, "done", seed=1)
    write(place / "3-failed", ours, "failed", reason="There was not enough memory.")
    write(place / "4-lost", ours, "running", seed=4, pid=None)
    write(place / "5-stopped", ours, "stopped", seed=5)
    write(place / "6-live", ours, "running", seed=6, step=3, steps=9, seconds_left=65.0, **alive)
    (place / "0-broken").mkdir()
    (place / "0-broken" / "config.yaml").write_text("train: {batch: -3}\n")
    save_notes(place / "1-done", Notes(title="The first", tags=("paper",)))
    return place


def write(folder: Path, checkpoint: Path, state: str, seed: int = 0, **status: object) -> None:
    config = read_card(checkpoint).config
    settings = {"seed": seed, "train": Config().train.model_copy(update={"sizes": ((64, 8),)})}
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(dump_config(config.model_copy(update=settings)))
    rows = pd.read_parquet(checkpoint / "history.parquet")
    rows.assign(valid_loss=rows["valid_loss"] * (1 + seed / 10)).to_json(
        folder / "metrics.jsonl", orient="records", lines=True
    )
    (folder / "epochs").mkdir()
    (folder / "log.txt").write_text("".join(f"line {i}\n" for i in range(40)))
    known = {"state": state, "epoch": len(rows), "epochs": 8, "heartbeat": time.time()}
    (folder / "status.json").write_text(json.dumps(known | status))


def table(app: AppTest) -> pd.DataFrame:
    return app.dataframe[0].value


def test_without_runs_it_says_where_to_start_one(
    start: Start, page_text: Text, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "none"))
    app = start("runs")
    assert not app.exception
    assert "Start one in the Train view" in page_text(app)


def test_every_run_is_listed_with_its_state_and_the_broken_one_with_its_sentence(
    start: Start, runs: Path
) -> None:
    app = start("runs")
    assert not app.exception
    states = dict(zip(table(app)["Run"], table(app)["State"], strict=True))
    assert states == {
        "6-live": "running",
        "5-stopped": "stopped",
        "4-lost": "lost",
        "3-failed": "failed",
        "2-seed": "done",
        "The first": "done",
    }
    row = table(app).set_index("Run").loc["The first"]
    history = pd.read_json(runs / "1-done" / "metrics.jsonl", lines=True)
    last_side = history[history["side"] == history["side"].iloc[-1]]
    assert row["Best validation"] == pytest.approx(100 * last_side["valid_accuracy"].max())
    assert row["Epochs"] == "6 / 8"
    assert row["Tags"] == "paper"
    assert [error.value for error in app.error] == [
        f"Configuration '{runs / '0-broken' / 'config.yaml'}': train.batch = -3 is refused: it "
        "must be a whole number from 2 to 65,536."
    ]


def test_filters_narrow_the_table_and_not_what_is_selected(start: Start, runs: Path) -> None:
    app = start("runs", run="3-failed")
    app.multiselect(key="runs.tags").set_value(["paper"]).run()
    assert list(table(app)["Run"]) == ["The first"]
    app.multiselect(key="runs.states").set_value(["lost"]).run()
    assert not app.exception
    assert not app.dataframe
    assert app.session_state["run"] == "3-failed"


def test_a_failed_run_says_why_and_shows_its_last_lines(
    start: Start, runs: Path, page_text: Text
) -> None:
    app = start("runs", run="3-failed")
    assert not app.exception
    assert "There was not enough memory." in [error.value for error in app.error]
    assert app.code[0].value.splitlines()[-1] == "line 39"
    text = unescape(page_text(app))
    assert "After epoch 6 the validation loss is" in text
    assert "Attention is largest at block 4" in text


def test_a_lost_run_says_that_its_process_is_gone(start: Start, runs: Path) -> None:
    app = start("runs", run="4-lost")
    assert any("is gone without a word" in error.value for error in app.error)


def test_a_live_run_shows_its_progress_and_can_be_stopped(
    start: Start, runs: Path, trainer: "subprocess.Popen[bytes]"
) -> None:
    app = start("runs", run="6-live")
    assert not app.exception
    bar = app.get("progress")[0].proto
    assert bar.text == "6 of 8 epochs done, step 3 of 9, about 1 min 05 s left"
    assert app.button(key="runs.delete").disabled
    app.button(key="runs.stop").click().run()
    assert trainer.wait(10) != 0
    assert (runs / "6-live" / STOP).exists()


def test_what_ended_can_go_on(start: Start, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(launch, "resume", lambda *given: asked.append(given))
    monkeypatch.setattr(launch, "extend", lambda *given: asked.append(given))
    app = start("runs", run="5-stopped")
    app.button(key="runs.resume").click().run()
    app.session_state["run"] = "1-done"
    app.run()
    app.number_input(key="runs.more").set_value(3).run()
    app.button(key="runs.extend").click().run()
    assert not app.exception
    assert asked == [(runs / "5-stopped",), (runs / "1-done", 3)]


def test_a_record_offers_only_what_needs_no_weights(
    start: Start, runs: Path, page_text: Text
) -> None:
    write_record(open_run(runs / "1-done"), runs.parent / "records")
    control.delete(runs / "1-done")
    machine = Machine("2026-11-29T10:00:00+00:00", "AMD EPYC", 1, "bf16-mixed", 1, "2.14", "0.1")
    add_machine(runs.parent / "records" / "1-done", machine)
    import_records(runs.parent / "records")
    app = start("runs", run="1-done")
    assert not app.exception
    text = page_text(app)
    assert "A record: what the run said, without its weights." in text
    assert "AMD EPYC, 1 thread, bf16-mixed" in text
    assert "Examples can be drawn" not in text
    assert "so no examples can be drawn" in text
    command = f"clfer train --preset {runs / '1-done' / 'config.yaml'} --run FOLDER"
    assert [code.value for code in app.code] == [command]
    keys = {button.key for button in app.button}
    assert "runs.delete" in keys
    assert not keys & {"runs.extend", "runs.resume", "start-promote", "start-run-groups"}


def test_what_cannot_go_on_says_why(
    start: Start, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise ConfigError("The device is gone.")

    monkeypatch.setattr(launch, "resume", refuse)
    app = start("runs", run="5-stopped")
    app.button(key="runs.resume").click().run()
    assert "The device is gone." in [error.value for error in app.error]


def test_seeds_of_one_configuration_are_a_band_and_methods_stay_apart(
    start: Start, runs: Path, page_text: Text
) -> None:
    app = start("runs")
    app.session_state["runs.selected"] = ["1-done", "2-seed", "3-failed"]
    app.run()
    assert not app.exception
    text = unescape(page_text(app))
    assert "baseline · 2 seeds" in text
    assert "1-done, 2-seed" in text
    assert "MSR+CLFM+CLBS" in text
    assert "Bands: smallest to largest over 2 or 3 seeds." in text


def test_groups_are_drawn_for_the_block_that_is_chosen(
    start: Start, runs: Path, page_text: Text, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path / "cache"))
    (runs / "3-failed" / "epochs" / "0006").mkdir(parents=True)
    run = open_run(runs / "3-failed")
    app = start("runs", run="3-failed")
    assert app.button(key="start-run-groups").label == "Draw the groups after epoch 6"
    arrays = {
        "names": np.array(["one", "two"]),
        "labels": np.array(["fear", "anger"]),
        "pictures": np.zeros((2, 8, 8), np.uint8),
    }
    for block, channels in enumerate(BLOCK_CHANNELS, start=1):
        arrays[f"sizes_{block}"] = np.full((2, 4), channels // 4)
        arrays[f"maps_{block}"] = np.ones((2, 4, 4, 4), np.float32)
    save_result(groups_request(run, run.history[-1]), arrays)
    app.run()
    assert "After epoch 6, block 4: most often strongest" in page_text(app)
    app.segmented_control(key="block").set_value(2).run()
    assert not app.exception
    assert "After epoch 6, block 2: most often strongest" in page_text(app)


def test_notes_and_tags_are_kept_with_the_run(start: Start, runs: Path) -> None:
    app = start("runs", run="2-seed")
    app.text_input(key="runs.title.2-seed").set_value("Second seed ").run()
    app.text_area(key="runs.text.2-seed").set_value("Same as the first.").run()
    assert read_notes(runs / "2-seed") == Notes(title="Second seed", text="Same as the first.")
    assert "Second seed" in list(table(app)["Run"])
    again = start("runs", run="2-seed")
    assert again.text_area(key="runs.text.2-seed").value == "Same as the first."


def test_a_run_is_deleted_only_after_a_second_click(start: Start, runs: Path) -> None:
    app = start("runs", run="2-seed")
    app.button(key="runs.delete").click().run()
    assert (runs / "2-seed").exists()
    app.button(key="runs.delete.keep").click().run()
    app.button(key="runs.delete").click().run()
    app.button(key="runs.delete.sure").click().run()
    assert not app.exception
    assert not (runs / "2-seed").exists()
    assert "2-seed" not in list(table(app)["Run"])
    assert app.session_state["run"] is None


def test_a_live_run_is_never_deleted(runs: Path) -> None:
    with pytest.raises(ConfigError, match="6-live is live"):
        control.delete(runs / "6-live")


def test_a_promoted_run_opens_as_b_on_its_own_validation_faces(
    start: Start, runs: Path, pair_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(pair_folder / "ferplus-ours", tmp_path / "own" / "3-failed")
    app = start("runs", run="3-failed", data="ferplus", split="valid")
    assert app.session_state["data"] == "ferplus"
    app.button(key="runs.open.B").click().run()
    assert not app.exception
    chosen = {key: app.session_state[key] for key in ("a", "b", "data", "split")}
    assert chosen == {
        "a": "ferplus-baseline",
        "b": "3-failed",
        "data": "synthetic",
        "split": "valid",
    }
