"""Sweeps: what is missing is started, what broke off is resumed, what is done is left alone."""

import json
from pathlib import Path

import pytest
from grid_runs import small_grid, write_run

from clfer.analysis.sweep_table import sweep_csv, sweep_markdown, sweep_table
from clfer.config import Config
from clfer.errors import ConfigError, DataError
from clfer.paths import runs_dir
from clfer.runs import sweep as sweeping
from clfer.runs.executor import Processes
from clfer.runs.grid import Grid, parse_grid
from clfer.runs.launch import Launch
from clfer.runs.locks import Lock
from clfer.runs.missing import Step, known_runs, plan
from clfer.runs.record import open_run
from clfer.runs.status import read_status
from clfer.runs.sweep import Standing, sweep
from clfer.training.run_folder import RunFolder


class Immediate:
    """An executor that keeps its runs waiting until :meth:`finish` ends the oldest."""

    def __init__(self, at_once: int | None = None, end: str = "done") -> None:
        self.bears = at_once
        self.end = end
        self.started: list[Config] = []
        self.resumed: list[Path] = []
        self.waiting: list[Path] = []
        self.most = 0

    def at_once(self, launch: Launch) -> int | None:
        return self.bears

    def check(self, config: Config, launch: Launch) -> None:
        pass

    def start(self, config: Config, launch: Launch) -> Path:
        self.started.append(config)
        folder = runs_dir() / f"run-{len(self.started)}"
        RunFolder.create(folder, config, resume=False)
        return self._wait(folder)

    def resume(self, folder: Path, launch: Launch) -> None:
        self.resumed.append(folder)
        self._wait(folder)

    def finish(self, standing: Standing) -> None:
        self.most = max(self.most, len(standing.live))
        if self.waiting:
            folder = self.waiting.pop(0)
            if self.end == "done":
                RunFolder(folder).append_metrics({"epoch": 1, "side": 64, "valid_accuracy": 0.5})
            RunFolder(folder).write_status(self.end)

    def _wait(self, folder: Path) -> Path:
        RunFolder(folder).write_status("queued")  # by this process, which lives
        self.waiting.append(folder)
        return folder


@pytest.fixture(autouse=True)
def _own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(sweeping, "PAUSE_SECONDS", 0.001)


@pytest.fixture
def grid(tmp_path: Path) -> Grid:
    return parse_grid(small_grid(tmp_path / "faces"), "small.yaml")


def actions(grid: Grid) -> list[str]:
    return [step.action for step in plan(grid)]


def test_everything_is_started_once_in_the_order_of_the_grid(grid: Grid) -> None:
    executor, standings = Immediate(), []

    def report(standing: Standing) -> None:
        standings.append(standing)
        executor.finish(standing)

    outcomes = sweep(grid, executor, report)
    assert executor.started == [run.config for run in grid.runs]
    assert [outcome.run for outcome in outcomes] == list(grid.runs)
    assert {outcome.status.state for outcome in outcomes} == {"done"}
    shares = [standing.share for standing in standings]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    ended = [outcome.run.label for standing in standings for outcome in standing.ended]
    assert sorted(ended) == sorted(run.label for run in grid.runs)
    again = Immediate()
    assert [o.folder for o in sweep(grid, again)] == [o.folder for o in outcomes]
    assert again.started == again.resumed == []


def test_each_state_is_met_with_its_action(grid: Grid, tmp_path: Path) -> None:
    done, lost, failed, missing = (run.config for run in grid.runs)
    write_run(tmp_path / "runs" / "old" / "nested" / "a", done, "done", 0.5)
    write_run(tmp_path / "runs" / "b", lost, "running", 0.5)
    write_run(tmp_path / "runs" / "c", failed, "failed")
    assert actions(grid) == ["done", "resume", "resume", "start"]
    executor = Immediate()
    sweep(grid, executor, executor.finish)
    assert executor.started == [missing]
    assert executor.resumed == [tmp_path / "runs" / "b", tmp_path / "runs" / "c"]
    assert actions(grid) == ["done"] * 4


def test_a_live_run_is_waited_for_and_not_started(grid: Grid) -> None:
    first = Immediate()
    first.start(grid.runs[0].config, grid.launch)
    assert actions(grid) == ["live", "start", "start", "start"]
    second = Immediate()

    def report(standing: Standing) -> None:
        first.finish(standing)
        second.finish(standing)

    outcomes = sweep(grid, second, report)
    assert second.started == [run.config for run in grid.runs[1:]]
    assert {outcome.status.state for outcome in outcomes} == {"done"}


def test_the_run_that_stands_for_a_configuration(grid: Grid, tmp_path: Path) -> None:
    run, runs = grid.runs[0], tmp_path / "runs"
    write_run(runs / "a", run.config, "failed", 0.1, 0.2)
    write_run(runs / "b", run.config, "stopped", 0.1)
    assert known_runs()[run.identity].path == runs / "a"
    RunFolder(runs / "b").write_status("queued")
    assert known_runs()[run.identity].path == runs / "b"
    write_run(runs / "0", run.config, "done", 0.1)
    assert known_runs()[run.identity].path == runs / "0"
    (runs / "0" / "config.yaml").write_text("damaged: [")
    assert known_runs()[run.identity].path == runs / "b"


def test_other_data_root_other_seed_other_length(grid: Grid, tmp_path: Path) -> None:
    config = grid.runs[0].config
    moved = config.model_copy(update={"data": config.data.model_copy(update={"root": "/moved"})})
    seeded = grid.runs[1].config.model_copy(update={"seed": 9})
    write_run(tmp_path / "runs" / "a", moved, "done", 0.5)
    write_run(tmp_path / "runs" / "b", seeded, "done", 0.5)
    assert actions(grid) == ["done", "start", "start", "start"]


@pytest.mark.parametrize(("at_once", "most"), [(1, 1), (2, 2), (None, 4)])
def test_no_more_at_once_than_the_executor_bears(
    grid: Grid, at_once: int | None, most: int
) -> None:
    executor = Immediate(at_once)
    sweep(grid, executor, executor.finish)
    assert executor.most == most
    assert len(executor.started) == 4


def test_without_waiting_all_are_handed_over(grid: Grid) -> None:
    executor = Immediate(at_once=1)
    outcomes = sweep(grid, executor, wait=False)
    assert len(executor.started) == 4
    assert {outcome.status.state for outcome in outcomes} == {"queued"}


def test_a_run_that_fails_is_not_tried_again_before_the_next_sweep(grid: Grid) -> None:
    executor = Immediate(end="failed")
    outcomes = sweep(grid, executor, executor.finish)
    assert {outcome.status.state for outcome in outcomes} == {"failed"}
    assert (len(executor.started), executor.resumed) == (4, [])
    again = Immediate()
    sweep(grid, again, again.finish)
    assert (again.started, len(again.resumed)) == ([], 4)


def test_nothing_is_started_if_one_cannot_run(tmp_path: Path) -> None:
    text = small_grid(tmp_path / "no-faces")
    with pytest.raises(DataError, match="no-faces"):
        sweep(parse_grid(text, "small.yaml"), Processes())
    assert not (tmp_path / "runs").exists()


def test_table_by_hand(tmp_path: Path) -> None:
    seeds = parse_grid(small_grid(tmp_path).replace('"threads"', '"seeds": [0, 1], "threads"'), "x")
    assert len(seeds.runs) == 8
    accuracies = [(0.1, 0.5), (0.2,), (0.3,), None, (0.7,), (0.2,), None, None]
    runs = []
    for number, (run, history) in enumerate(zip(seeds.runs, accuracies, strict=True)):
        state = "done" if history else "failed"
        folder = write_run(tmp_path / "runs" / str(number), run.config, state, *(history or (0.9,)))
        runs.append(open_run(folder))
    table = sweep_table(seeds, reversed(runs))
    assert table.columns.tolist() == ["clfm.enabled", "model.fd", "n", "mean", "std"]
    assert table["clfm.enabled"].tolist() == [True, True, False, False]
    assert table["model.fd"].tolist() == [8, 16, 8, 16]
    assert table["n"].tolist() == [2, 2, 1, 0]
    assert table["mean"].tolist() == pytest.approx([0.6, 0.2, 0.3, float("nan")], nan_ok=True)
    spread = [0.02**0.5, 0.0, float("nan"), float("nan")]
    assert table["std"].tolist() == pytest.approx(spread, nan_ok=True)
    lines = sweep_markdown(seeds, table).splitlines()
    assert lines[0] == "| `clfm.enabled` | `model.fd` | seeds | mean, % | SD, points |"
    assert lines[2] == "| true | 8 | 2 of 2 | 60.00 | 14.14 |"
    assert lines[5] == "| false | 16 | 0 of 2 |  |  |"
    assert sweep_csv(table).splitlines()[-2:] == ["false,8,1,0.3,", "false,16,0,,"]


def test_table_of_seeds_alone(tmp_path: Path) -> None:
    grid = parse_grid("preset: smoke\nseeds: [0, 1]", "x")
    runs = [
        open_run(write_run(tmp_path / "runs" / label, run.config, "done", accuracy))
        for label, run, accuracy in zip("ab", grid.runs, (0.4, 0.6), strict=True)
    ]
    (row,) = sweep_table(grid, runs).to_dict("records")
    assert row == {"n": 2, "mean": pytest.approx(0.5), "std": pytest.approx(0.02**0.5)}


def test_two_sweeps_at_once_share_the_runs(grid: Grid, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other, planned = Immediate(), Immediate(), sweeping.plan

    def plan_and_be_overtaken(asked: Grid) -> list[Step]:
        steps = planned(asked)
        monkeypatch.setattr(sweeping, "plan", planned)
        sweep(asked, other, wait=False)
        return steps

    monkeypatch.setattr(sweeping, "plan", plan_and_be_overtaken)
    outcomes = sweep(grid, mine, other.finish)
    assert mine.started == mine.resumed == []
    assert len(other.started) == 4
    assert all(read_status(outcome.folder).state == "done" for outcome in outcomes)


def test_every_batch_must_be_shared_evenly(tmp_path: Path) -> None:
    content = {"preset": "smoke", "devices": 2, "device": "cpu", "grid": {"train.batch": [4, 7]}}
    with pytest.raises(ConfigError, match=r"train\.batch = 7"):
        sweep(parse_grid(json.dumps(content), "x"), Processes())
    assert not (tmp_path / "runs").exists()


def test_runs_held_by_another_sweep_are_waited_for_but_not_for_ever(
    grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs_dir().mkdir(parents=True)
    held = Lock.take(runs_dir() / sweeping.HANDING_OVER)
    assert held is not None
    monkeypatch.setattr(sweeping, "PATIENCE_SECONDS", 1)
    with pytest.raises(ConfigError, match="for 1 s: end it first"):
        sweep(grid, Immediate(), wait=False)
    held.close()
    assert len(sweep(grid, Immediate(), wait=False)) == 4
