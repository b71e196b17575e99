"""Runs trained from this process: nothing twice, what broke off goes on."""

import errno
import os
import resource
from dataclasses import replace
from pathlib import Path

import pytest
from grid_runs import small_grid
from noise_faces import write_noise_faces

from clfer.errors import ClferError, ConfigError
from clfer.paths import runs_dir
from clfer.runs.foreground import train_here
from clfer.runs.grid import Grid, GridRun, parse_grid
from clfer.runs.launch import config_hash, extend
from clfer.runs.missing import plan
from clfer.runs.record import open_run


@pytest.fixture
def grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Grid:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    text = small_grid(write_noise_faces(tmp_path / "faces"))
    return parse_grid(text, "grid.yaml")


def test_all_runs_are_trained_once_and_only_missing_ones_again(grid: Grid) -> None:
    begun: list[str] = []

    def report(run: GridRun, over: int, total: int) -> None:
        begun.append(f"{over}/{total}")

    launch = replace(grid.launch, threads=None)  # one after the other, in this process
    train_here(grid.runs, launch, report)
    assert begun == [f"{i}/{len(grid.runs)}" for i in range(len(grid.runs))]
    first = {step.folder for step in plan(grid)}
    for state in runs_dir().glob("*/epochs/0001/state.safetensors"):
        assert state.stat().st_size < 60e6
        with pytest.raises(ConfigError, match="averaged weights alone"):
            extend(state.parents[2], 1)
    assert {step.action for step in plan(grid)} == {"done"}

    lost = plan(grid)[1].folder
    assert lost is not None
    kept = {f: (f / "metrics.jsonl").stat().st_mtime_ns for f in first if f and f != lost}
    for path in sorted(lost.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    lost.rmdir()
    train_here(grid.runs, launch)

    assert {step.action for step in plan(grid)} == {"done"}
    assert {f: (f / "metrics.jsonl").stat().st_mtime_ns for f in kept} == kept
    assert len(list(runs_dir().glob("*/config.yaml"))) == len(grid.runs)


def test_a_run_that_was_stopped_goes_on_in_its_folder(
    grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    import clfer.runs.foreground as foreground

    def stopped(folder: Path, *rest: object) -> None:
        from clfer.training.run_folder import RunFolder

        RunFolder(folder).write_status("stopped")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(foreground, "train_run", stopped)
        with pytest.raises(KeyboardInterrupt):
            train_here(grid.runs[:1], grid.launch)
    (folder,) = (path.parent for path in runs_dir().glob("*/config.yaml"))
    train_here(grid.runs[:1], grid.launch)
    assert open_run(folder).status.state == "done"
    assert len(list(runs_dir().glob("*/config.yaml"))) == 1


def test_with_few_threads_as_many_are_trained_side_by_side_as_the_cores_suffice_for(
    grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clfer.runs.launch.cores_here", lambda: 2)
    launch = replace(grid.launch, threads=1)
    runs = grid.runs[:2]
    last = runs[-1]
    train = last.config.train.model_copy(update={"batch": 29})
    config = last.config.model_copy(update={"train": train})
    impossible = GridRun(config, last.choice, config_hash(config))
    begun: list[tuple[int, int]] = []

    def report(run: GridRun, before: int, total: int) -> None:
        begun.append((before, total))

    with pytest.raises(ClferError, match="28 training faces"):
        train_here([*runs, impossible], launch, report)
    train_here(runs, replace(launch, threads=None))  # what the refusal broke off

    assert begun == [(i, 3) for i in range(len(begun))]
    assert len(begun) >= 2
    assert [step.action for step in plan(grid)] == ["done", "done", "start", "start"]
    assert len(list(runs_dir().glob("*/config.yaml"))) == 3


def test_what_the_system_refuses_a_process_of_its_own_is_said_in_one_sentence(
    grid: Grid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clfer.runs.launch.cores_here", lambda: 2)
    launch = replace(grid.launch, threads=1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        # Inherited by the processes: no file may grow beyond this, and a state has to.
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
        with pytest.raises(ClferError) as refused:
            train_here(grid.runs[:2], launch)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.strerror(errno.EFBIG) in str(refused.value)
    assert str(runs_dir()) in str(refused.value)
    train_here(grid.runs[:2], replace(launch, threads=None))
    assert [step.action for step in plan(grid)][:2] == ["done", "done"]
