"""The grid of the Train view under AppTest: lists become a file, which is counted and queued."""

import shutil
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from grid_runs import write_run
from streamlit.testing.v1 import AppTest

from clfer.errors import ConfigError
from clfer.runs.grid import Grid, parse_grid
from clfer.runs.locks import Lock
from clfer.runs.sweeps import start_sweep

Start = Callable[..., AppTest]
Text = Callable[[AppTest], str]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for runs."""
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    yield tmp_path / "runs"
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def app(start: Start, runs: Path) -> AppTest:
    """The grid as it opens."""
    app = start("train")
    app.segmented_control(key="train.what").set_value("Grid of runs").run()
    assert not app.exception
    return app


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Grid, str]]:
    """Collects what would be swept; no process is started."""
    sweeps: list[tuple[Grid, str]] = []
    monkeypatch.setattr("clfer.runs.sweeps.start_sweep", lambda *given: sweeps.append(given))
    return sweeps


def _read(app: AppTest) -> Grid:
    """The grid of the text that the page shows."""
    return parse_grid(app.code[0].value, "page")


def _vary(app: AppTest, name: str, values: str) -> None:
    app.text_input(key=f"train.grid.{name}").set_value(values)


def test_empty_lists_are_the_one_run(app: AppTest, page_text: Text) -> None:
    assert not app.error
    (run,) = _read(app).runs
    assert run.config.preset == "quick"
    text = unescape(page_text(app))
    assert "<h2>1 run</h2>" in text
    assert "1 setting × 1 seed from preset quick" in text
    assert app.button(key="start-grid").label == "Queue 1 run"


def test_lists_become_every_combination_with_every_seed(app: AppTest, page_text: Text) -> None:
    app.segmented_control(key="train.what").set_value("One run").run()
    app.text_area(key="train.train.sizes").set_value("64 x 2").run()
    app.text_area(key="train.more").set_value("clfm.scope=batch\ntrain.weight_decay=0.00001").run()
    app.segmented_control(key="train.what").set_value("Grid of runs").run()
    app.button_group(key="train.grid.model.msr").set_value(["True", "False"])
    _vary(app, "clfm.clusters", "2, 4")
    _vary(app, "clfm.alpha", "[0.2, 0.1, 0.05], [0, 0, 0]")
    _vary(app, "seeds", "0, 1, 2")
    app.run()
    assert not app.exception
    assert not app.error
    grid = _read(app)
    assert len(grid.runs) == 2 * 2 * 2 * 3
    assert set(grid.keys) == {"model.msr", "clfm.clusters", "clfm.alpha"}
    assert grid.seeds == (0, 1, 2)
    for run in grid.runs:
        config = run.config
        assert (config.train.sizes, config.clfm.scope) == (((64, 2),), "batch")
        assert config.train.weight_decay == 0.00001
    assert "8 settings × 3 seeds" in unescape(page_text(app))


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("clfm.clusters", "2, 1", "run clfm.clusters=1, seed=0"),
        ("clfm.clusters", "2, [", "The grid is not valid YAML"),
        ("clfm.clusters", "2, 2", "The grid holds the run clfm.clusters=2, seed=0 twice"),
        ("seeds", "0, one", "seeds.1 is refused"),
    ],
)
def test_a_refused_list_is_one_sentence_and_nothing_can_start(
    app: AppTest, name: str, values: str, words: str
) -> None:
    _vary(app, name, values)
    app.run()
    assert not app.exception
    assert [words in error.value for error in app.error] == [True]
    assert "\n" not in app.error[0].value
    assert not [button for button in app.button if button.key == "start-grid"]


def test_a_problem_of_the_one_run_is_said_in_the_grid(app: AppTest) -> None:
    app.segmented_control(key="train.what").set_value("One run").run()
    app.number_input(key="train.train.batch").set_value(-1).run()
    app.segmented_control(key="train.what").set_value("Grid of runs").run()
    assert not app.exception
    assert "train.batch = -1 is refused" in app.error[0].value


def test_the_file_begins_with_the_lists_and_can_be_edited(app: AppTest, page_text: Text) -> None:
    _vary(app, "clfm.clusters", "2, 4")
    app.run()
    listed = app.code[0].value
    app.segmented_control(key="train.grid.kind").set_value("File of clfer sweep").run()
    file = app.text_area(key="train.grid.text")
    assert file.value.strip() == listed
    edited = listed.replace("grid:\n", "grid:\n  clbs.clusters: [5, 6, 7]\n")
    file.set_value(edited).run()
    assert not app.exception
    assert "6 settings × 1 seed" in unescape(page_text(app))
    app.segmented_control(key="train.grid.kind").set_value("Lists of values").run()
    app.segmented_control(key="train.grid.kind").set_value("File of clfer sweep").run()
    assert app.text_area(key="train.grid.text").value == edited
    app.button(key="reset-grid").click().run()
    assert app.text_area(key="train.grid.text").value.strip() == listed


def test_what_is_done_is_counted_and_tabled(app: AppTest, runs: Path) -> None:
    _vary(app, "clfm.clusters", "2, 4")
    _vary(app, "seeds", "0, 1")
    app.run()
    first, second, third, _ = _read(app).runs
    write_run(runs / "a", first.config, "done", 0.5, 0.75)
    write_run(runs / "b", second.config, "stopped", 0.5)
    write_run(runs / "c", third.config, "done", 0.25)
    app.run()
    assert not app.exception
    bar = app.get("progress")[0].proto
    assert bar.text == "2 done, 1 broken off, 1 not started."
    assert app.button(key="start-grid").label == "Queue 2 runs"
    table = app.dataframe[0].value
    assert list(table["clfm.clusters"]) == ["2", "4"]
    assert list(table["n"]) == [2, 0]
    assert table["mean"][0] == pytest.approx(0.5)
    assert table["std"][0] == pytest.approx(0.25 * 2**0.5)


def test_what_is_missing_is_queued_once(asked: list[tuple[Grid, str]], app: AppTest) -> None:
    _vary(app, "clfm.clusters", "2, 4")
    app.run()
    app.button(key="start-grid").click().run()
    assert not app.exception
    ((grid, text),) = asked
    assert text.strip() == app.code[0].value
    assert [run.config.clfm.clusters for run in grid.runs] == [2, 4]


def test_a_queue_that_runs_can_be_ended_and_says_how_it_ended(
    app: AppTest, page_text: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clfer.runs.detached.Detached._spawn", lambda *_: 0)
    text = app.code[0].value
    sweep = start_sweep(parse_grid(text, "page"), text)
    lock = Lock.take(sweep.folder / "lock")
    assert lock is not None
    app.run()
    assert not app.exception
    assert app.button(key="end-grid").label == "End the queue"
    lock.close()
    app.run()
    assert f"see {sweep.log}); a new one goes on with the rest" in page_text(app)
    sweep.log.write_text("Error: The data are gone.\n")
    app.run()
    assert [error.value for error in app.error] == ["The data are gone."]


def test_a_queue_that_cannot_be_started_is_one_sentence(app: AppTest, runs: Path) -> None:
    runs.write_text("a file where the folder of the runs should be")
    app.button(key="start-grid").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert "cannot be used for a sweep" in app.error[0].value


def test_a_sweep_is_refused_where_its_folder_is_none(runs: Path) -> None:
    runs.write_text("")
    text = "preset: smoke\n"
    with pytest.raises(ConfigError, match="cannot be used for a sweep"):
        start_sweep(parse_grid(text, "page"), text)
