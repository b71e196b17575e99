"""A sweep in a process of its own: it outlives its starter, is never doubled, can be ended."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from grid_runs import small_grid
from noise_faces import write_noise_faces
from patience import PATIENCE

from clfer.runs.control import stop
from clfer.runs.grid import Grid, parse_grid
from clfer.runs.locks import take_ticket
from clfer.runs.missing import plan
from clfer.runs.record import list_runs
from clfer.runs.sweeps import Sweep, end_sweep, find_sweep, start_sweep

STARTER = """
import os, signal, sys
from clfer.runs.grid import parse_grid
from clfer.runs.sweeps import start_sweep
start_sweep(parse_grid(sys.argv[1], "grid"), sys.argv[1])
os.killpg(0, signal.SIGKILL)
"""
"""Dies with all processes of its group at once, as an app does whose terminal is closed."""


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Four runs on small faces, in an empty folder of runs; what is live is stopped at the end."""
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))
    yield small_grid(write_noise_faces(tmp_path / "faces"))
    for run in list_runs()[0]:
        stop(run.path)


def found(grid: Grid) -> Sweep:
    sweep = find_sweep(grid)
    assert sweep is not None
    return sweep


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def live(grid: Grid) -> list[Path | None]:
    return [step.folder for step in plan(grid) if step.action == "live"]


@pytest.mark.usefixtures("one_core")
def test_a_sweep_lives_by_itself_until_it_is_ended(text: str, tmp_path: Path) -> None:
    grid = parse_grid(text, "grid")
    assert find_sweep(grid) is None
    slot = take_ticket("cpu")  # no run gets its turn
    subprocess.run([sys.executable, "-c", STARTER, text], start_new_session=True, check=False)
    assert found(grid).running
    process = (found(grid).folder / "pid").read_text()
    again = start_sweep(grid, text)
    assert again.running
    assert (again.folder / "pid").read_text() == process

    # No more than two of the four runs hold memory while they wait.
    wait_for(lambda: len(live(grid)) == 2)
    end_sweep(found(grid))
    wait_for(lambda: not found(grid).running)
    assert len(live(grid)) == 2
    assert found(grid).error == ""
    slot.close()

    for folder in live(grid):
        assert folder is not None
        stop(folder)
    (tmp_path / "faces").rename(tmp_path / "elsewhere")
    assert start_sweep(grid, text).running
    wait_for(lambda: not found(grid).running)
    assert "faces" in found(grid).error
    assert "\n" not in found(grid).error
