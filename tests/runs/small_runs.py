"""The smallest runs: 21 training and 14 validation faces, two steps an epoch at 64 pixels."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from patience import PATIENCE
from safetensors.numpy import load_file

from clfer.config import Config, load_preset
from clfer.runs.launch import Launch, claim_run
from clfer.runs.locks import is_held
from clfer.runs.status import LOCK, read_status
from clfer.runs.trainer import train_run
from clfer.training.run_folder import RunFolder

LAUNCH = Launch(device="cpu", threads=1)


def small(root: Path, epochs: int, *changes: str) -> Config:
    data = ["data.name=folder", f"data.root={root}", "data.count=null"]
    train = [f"train.sizes=[[64, {epochs}]]", "train.batch=10", "train.optimiser=sgd"]
    return load_preset("smoke", [*data, *train, "train.average=0.5", *changes])


def train_here(folder: Path, config: Config | None = None) -> None:
    """Train or go on in this process, as ``clfer train`` does in the foreground."""
    new = (lambda: None) if config is None else lambda: RunFolder.create(folder, config, resume=1)
    claim = claim_run(folder, LAUNCH, new)
    try:
        train_run(folder, claim, LAUNCH, lambda _: None)
    finally:
        claim.close()


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.02)


def wait_for_end(folder: Path, state: str = "done") -> None:
    """Until the process of a run is gone, which may follow its last words a little later."""

    def over() -> bool:
        return not read_status(folder).live and not is_held(folder / LOCK)

    wait_until(over, f"{folder} has ended")
    status = read_status(folder)
    assert status.state == state, (status, (folder / "log.txt").read_text())


def rows(folder: Path) -> list[dict[str, float]]:
    """The history without its wall-clock times."""
    lines = (folder / "metrics.jsonl").read_text("utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def assert_same_result(first: Path, second: Path) -> None:
    """Both runs have the same history, and the same last state and predictions, bit for bit."""
    assert rows(first) == rows(second)
    last = RunFolder(first).last_epoch()
    assert RunFolder(second).last_epoch() == last == len(rows(first))
    for name in (f"epochs/{last:04d}/state.safetensors", f"predictions/{last:04d}.safetensors"):
        one, other = load_file(first / name), load_file(second / name)
        assert one.keys() == other.keys()
        for key in one:
            np.testing.assert_array_equal(one[key], other[key], err_msg=f"{name}: {key}")
