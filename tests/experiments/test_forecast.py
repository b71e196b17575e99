"""How long missing runs take: several at a time are done sooner, and take more memory."""

from dataclasses import replace

import pytest

from clfer.experiments import forecast as module
from clfer.experiments.forecast import Forecast, forecast
from clfer.experiments.registry import find_item
from clfer.experiments.reproduce import grid_of
from clfer.experiments.scale import load_scale
from clfer.training.estimate import Estimate

HOUR, GIGABYTE = 3600.0, 2**30


@pytest.mark.parametrize(
    ("cores", "at_a_time", "hours", "gigabytes", "begins"),
    [
        (1, 1, 3.0, 1, "3 runs to train, one after the other: about 3 h"),
        (2, 2, 2.0, 2, "3 runs to train, 2 at a time: about 2 h"),
        (8, 3, 1.0, 3, "3 runs to train, 3 at a time: about 1 h"),
    ],
)
def test_runs_side_by_side_are_done_sooner_and_take_more_memory(
    cores: int,
    at_a_time: int,
    hours: float,
    gigabytes: int,
    begins: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grid = grid_of([find_item("table6")], load_scale("smoke"))
    launch = replace(grid.launch, device="cpu", threads=1)
    monkeypatch.setattr("clfer.runs.launch.cores_here", lambda: cores)
    monkeypatch.setattr(module, "_probe", lambda *rest: {})
    hour = Estimate(HOUR, HOUR / 2, HOUR * 2, GIGABYTE, 0, ())
    monkeypatch.setattr(Estimate, "of", lambda *rest: hour)

    found = forecast(grid.runs[:3], launch)
    times = hours * HOUR, hours * HOUR / 2, hours * HOUR * 2
    assert found == Forecast(3, at_a_time, *times, gigabytes * GIGABYTE)
    assert found.sentence.startswith(begins)
    assert "1 run to train: about 1 h" in forecast(grid.runs[:1], launch).sentence
