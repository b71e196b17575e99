"""``clfer sweep``: what it prints and refuses, and a grid that survives a kill."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
from grid_runs import small_grid, write_run
from noise_faces import write_noise_faces
from patience import PATIENCE
from typer.testing import CliRunner, Result

from clfer.cli import app
from clfer.runs.grid import read_grid
from clfer.runs.record import Run, list_runs
from clfer.runs.status import process_of, read_status

T = TypeVar("T")


@pytest.fixture(autouse=True)
def _own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "grid.yaml"
    path.write_text(small_grid(write_noise_faces(tmp_path / "faces")))
    return path


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, ["sweep", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def finish(file: Path, tmp_path: Path, accuracies: tuple[float, ...]) -> None:
    for number, (member, accuracy) in enumerate(
        zip(read_grid(file).runs, accuracies, strict=False)
    ):
        write_run(tmp_path / "runs" / str(number), member.config, "done", accuracy)


def test_dry_run(file: Path, tmp_path: Path) -> None:
    finish(file, tmp_path, (0.5,))
    text = run(file, "--dry-run")
    assert text.exit_code == 0
    assert [line.split()[0] for line in text.stdout.splitlines()] == ["done", *["start"] * 3]
    rows = json.loads(run(file, "--dry-run", "--json").stdout)
    assert rows[0]["path"] == str(tmp_path / "runs" / "0")
    assert rows[1] == {
        "clfm.enabled": True,
        "model.fd": 16,
        "seed": 0,
        "action": "start",
        "path": None,
    }
    assert len(list_runs()[0]) == 1


def test_a_grid_that_is_done_is_a_table(file: Path, tmp_path: Path) -> None:
    finish(file, tmp_path, (0.5, 0.25, 0.125, 0.75))
    found = run(file, "--out", tmp_path / "table.md")
    assert found.exit_code == 0
    assert (tmp_path / "table.md").read_text() == found.stdout
    assert "| false | 16 | 1 of 1 | 75.00 |  |" in found.stdout.splitlines()
    printed = json.loads(run(file, "--out", tmp_path / "table.csv", "--json").stdout)
    assert [row["mean"] for row in printed["table"]] == [0.5, 0.25, 0.125, 0.75]
    assert [row["std"] for row in printed["table"]] == [None] * 4
    assert {row["state"] for row in printed["runs"]} == {"done"}
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert lines[:2] == ["clfm.enabled,model.fd,n,mean,std", "true,8,1,0.5,"]
    assert len(list_runs()[0]) == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--executor", "cloud"], "Executor 'cloud' is not one of processes, local, slurm"),
        (["--executor", "slurm"], "no Slurm"),
        (["--partition", "long"], "--partition is for a cluster"),
        (["--time", "60", "--executor", "local"], "--time is for a cluster"),
        (["--gpus", "2"], "--gpus is for a cluster"),
        (["--out", "table.txt"], "--out table.txt must end in .md or .csv"),
        (["--out", "nowhere/table.md"], "--out nowhere/table.md: its folder does not exist"),
    ],
)
def test_refusals(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    result = run(file, *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert re.fullmatch(r"Error: .*[^.]\.", line)
    assert words in line
    assert not (tmp_path / "runs").exists()


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    result = run(tmp_path / "nothing.yaml")
    assert result.exit_code == 2
    assert "nothing.yaml cannot be read: it does not exist" in result.stderr


def test_a_refused_file_starts_nothing(file: Path, tmp_path: Path) -> None:
    file.write_text(file.read_text().replace("[8, 16]", "[8, 0]"))
    result = run(file)
    assert result.exit_code == 2
    assert "grid.yaml, run clfm.enabled=true, model.fd=0, seed=0" in result.stderr
    assert not (tmp_path / "runs").exists()


@pytest.fixture
def start(file: Path, tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Starts the sweep with submitit's local executor; what is left of it ends with the test."""
    sweeps: list[subprocess.Popen[str]] = []
    command = [sys.executable, "-m", "clfer", "sweep", str(file), "--executor", "local"]

    def begin() -> "subprocess.Popen[str]":
        with (tmp_path / "errors.txt").open("a") as errors:
            process = subprocess.Popen(
                [*command, "--json"],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        sweeps.append(process)
        return process

    yield begin
    for process in sweeps:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def untouched(folder: Path) -> dict[str, tuple[int, int]]:
    """Time and size of every file of a run; whoever opens its lock changes neither."""
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in sorted(folder.rglob("*"))
    }


def states() -> list[str]:
    return sorted(run.status.state for run in list_runs()[0])


def held_in_training() -> tuple[Run, psutil.Process] | None:
    """A run and its process, stopped while it trains, once another run is done."""
    runs = list_runs()[0]
    if not any(run.status.state == "done" for run in runs):
        return None
    for run in runs:
        process = process_of(run.path) if run.status.state == "running" else None
        if process is None:
            continue
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()
            while process.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE):
                time.sleep(0.01)
            if read_status(run.path).state == "running":  # else it came to its end meanwhile
                return run, process
            process.resume()
    return None


def wait_for(condition: Callable[[], T | None], process: "subprocess.Popen[str]") -> T:
    deadline = time.monotonic() + PATIENCE
    while (found := condition()) is None:
        assert process.poll() is None, "the sweep ended too early"
        assert time.monotonic() < deadline, states()
        time.sleep(0.05)
    return found


def test_killed_in_the_middle_a_sweep_runs_only_what_is_missing(
    file: Path, tmp_path: Path, start: Callable[[], "subprocess.Popen[str]"]
) -> None:
    first = start()
    running, trainer = wait_for(held_in_training, first)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    trainer.kill()
    done = {run.path for run in list_runs()[0] if run.status.state == "done"}
    before = {path: untouched(path) for path in done}
    assert 1 <= len(done) < 4

    printed, _ = start().communicate(timeout=PATIENCE)
    assert {path: untouched(path) for path in done} == before
    runs, broken = list_runs()
    assert broken == []
    assert len(runs) == 4
    assert [len(run.history) for run in runs] == [1] * 4
    assert running.path in {run.path for run in runs}
    found = json.loads(printed)
    assert {row["state"] for row in found["runs"]} == {"done"}
    assert {Path(row["path"]) for row in found["runs"]} == {run.path for run in runs}
    assert [row["n"] for row in found["table"]] == [1] * 4
    assert {(row["clfm.enabled"], row["model.fd"]) for row in found["table"]} == {
        (enabled, fd) for enabled in (True, False) for fd in (8, 16)
    }
