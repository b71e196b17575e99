"""What spoils or interrupts a training leaves a clear state, a whole checkpoint, an exact resume.

Kills, full disks and a want of memory are tried in ``tests/runs/test_crashes.py``.
"""

import errno
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "runs"))

from noise_faces import write_noise_faces
from small_runs import (
    LAUNCH,
    assert_same_result,
    rows,
    small,
    train_here,
    wait_for_end,
    wait_until,
)
from typer.testing import CliRunner

from clfer.cli import app as cli
from clfer.config import Config
from clfer.errors import ClferError, ConfigError, TrainingError
from clfer.runs import trainer
from clfer.runs.control import stop
from clfer.runs.launch import start
from clfer.runs.status import HEARTBEAT, read_status
from clfer.training import recorder, run_folder, state
from clfer.training.engine import _Trainer
from clfer.training.learner import Learner
from clfer.training.run_folder import RunFolder
from clfer.training.state import check_state

in_full = pytest.mark.skipif(
    os.environ.get("CLFER_HARDEN") != "1", reason="takes minutes: set CLFER_HARDEN=1"
)

EPOCHS = 3
STEPS = 2
AREA = "training"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = write_noise_faces(
        tmp_path_factory.mktemp("training") / "root", train=3, valid=2, bars=True
    )
    return small(root, EPOCHS, "train.schedule=exponential")


@pytest.fixture(scope="module")
def whole(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing has touched."""
    folder = tmp_path_factory.mktemp("training") / "whole"
    train_here(folder, config)
    return folder


def assert_sound(folder: Path, state: str, epochs: int) -> str:
    """The state is said, all that was saved is whole, nothing lies half written; the reason."""
    status = read_status(folder)
    assert (status.state, status.epoch) == (state, epochs)
    assert RunFolder(folder).last_epoch() == epochs == len(rows(folder))
    for saved in (folder / "epochs").glob("[0-9]*"):
        check_state(saved)
    assert not [path for path in folder.rglob(".*") if path.name.endswith((".tmp", ".old"))]
    assert "\n" not in status.reason
    return status.reason


def spoil_a_loss(patch: pytest.MonkeyPatch, step: int, value: float) -> None:
    """Let the loss of a step, counted from 1, be no finite number."""
    forward, seen = Learner.forward, 0

    def spoiled(self, *args):
        nonlocal seen
        seen += self.training
        result = forward(self, *args)
        return result._replace(loss=result.loss * value) if seen == step else result

    patch.setattr(Learner, "forward", spoiled)


@in_full
@pytest.mark.parametrize(("epoch", "step"), [(1, 1), (2, 1), (2, 2)])
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_loss_that_is_no_number_ends_the_run_before_it_is_saved(
    config, whole, tmp_path, monkeypatch, record, epoch, step, value
) -> None:
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        spoil_a_loss(patch, (epoch - 1) * STEPS + step, value)
        with pytest.raises(TrainingError) as caught:
            train_here(folder, config)
    record(AREA, cases=1, failures=0)
    reason = assert_sound(folder, "failed", epoch - 1) if epoch > 1 else read_status(folder).reason
    assert reason == str(caught.value)
    assert f"epoch {epoch} is no finite number from step {step} of {STEPS} on" in reason
    assert "train.learning_rate" in reason
    train_here(folder)
    assert_same_result(folder, whole)


@in_full
def test_weights_that_the_last_step_spoils_are_not_saved(
    config, whole, tmp_path, monkeypatch
) -> None:
    folder, steps = tmp_path / "run", 0
    step = _Trainer._step

    def spoiled(self, *args):
        nonlocal steps
        steps += 1
        result = step(self, *args)
        if steps == 2 * STEPS:
            next(self.learner.parameters()).data.fill_(torch.nan)
        return result

    with monkeypatch.context() as patch:
        patch.setattr(_Trainer, "_step", spoiled)
        with pytest.raises(TrainingError, match="after its last step"):
            train_here(folder, config)
    assert "after epoch 1 is whole" in assert_sound(folder, "failed", 1)
    train_here(folder)
    assert_same_result(folder, whole)


def test_a_rate_that_is_too_high_is_said_by_the_command(config, tmp_path) -> None:
    rate = ["--set", "train.learning_rate=100", "--set", "train.optimiser=sgd"]
    data = ["--dataset", "folder", "--root", str(config.data.root), "--set", "train.batch=10"]
    size = ["--set", "train.sizes=[[64, 8]]", "--set", "data.count=null"]
    run = ["--run", str(tmp_path / "run"), "--device", "cpu", "--threads", "1"]
    result = CliRunner().invoke(cli, ["train", "--preset", "smoke", *data, *size, *rate, *run])
    assert result.exit_code == 2, result.output
    assert "lower train.learning_rate" in result.stderr
    assert "Traceback" not in result.output
    assert read_status(tmp_path / "run").state == "failed"


class _Stopper:
    """Sends this process SIGTERM at a numbered moment of a training."""

    def __init__(self, moment: int) -> None:
        self.moment, self.seen = moment, 0

    def __call__(self, *_: object) -> None:
        self.seen += 1
        if self.seen == self.moment:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def on_sigterm() -> Iterator[None]:
    """SIGTERM stops a training in this process, as it does in a trainer's own."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def interrupted(folder: Path, stopper: _Stopper, patch: pytest.MonkeyPatch) -> bool:
    """Train with a signal at its moment: each step, and each file just before it is replaced."""
    write, step = run_folder.write_atomically, _Trainer._step

    def writing(path: Path, content: bytes) -> None:
        stopper()
        write(path, content)

    def stepping(self: _Trainer, *args: object) -> object:
        stopper()
        return step(self, *args)  # type: ignore[arg-type]

    patch.setattr(run_folder, "write_atomically", writing)
    patch.setattr(_Trainer, "_step", stepping)
    trainer.stop_on_sigterm()
    try:
        train_here(folder)
    except KeyboardInterrupt:
        return True
    return False


@in_full
@pytest.mark.usefixtures("on_sigterm")
@pytest.mark.timeout(500)
def test_sigterm_at_any_moment_stops_and_the_run_ends_in_the_same_bits(
    config, whole, tmp_path, monkeypatch, case_numbers, record
) -> None:
    numbers = case_numbers(16, 1)
    for number in numbers:
        folder = tmp_path / f"run{number}"
        RunFolder.create(folder, config, resume=False)
        with monkeypatch.context() as patch:
            ended = interrupted(folder, _Stopper(2 + number), patch)
        status = read_status(folder)
        assert status.state == ("stopped" if ended else "done"), f"case {number}: {status}"
        if status.epoch:
            assert_sound(folder, status.state, RunFolder(folder).last_epoch())
        train_here(folder)
        assert_same_result(folder, whole)
        shutil.rmtree(folder)
    record(AREA, cases=len(numbers), failures=0)


def terminated(folder: Path, config: Config, seconds: float) -> None:
    """Start a run in a process of its own and end it while it trains."""
    start(config, LAUNCH, folder)
    wait_until(lambda: read_status(folder).state in ("running", "done"), "it trains")
    time.sleep(seconds)
    status = read_status(folder)
    if status.live and status.pid is not None:
        os.kill(status.pid, signal.SIGTERM)
    wait_until(lambda: not read_status(folder).live, "it has stopped")
    ended = read_status(folder).state
    assert ended in ("stopped", "done")
    wait_for_end(folder, ended)


@in_full
@pytest.mark.timeout(300)
def test_sigterm_to_a_trainer_process(config, whole, tmp_path, case_numbers, record) -> None:
    """From outside, at random moments of a process of its own."""
    numbers = case_numbers(3, 1)
    for number in numbers:
        folder = tmp_path / f"run{number}"
        terminated(folder, config, random.Random(number).uniform(0, 3))
        if read_status(folder).state == "stopped":
            train_here(folder)
        assert_same_result(folder, whole)
        shutil.rmtree(folder)
    record(AREA, cases=len(numbers), failures=0)


@pytest.fixture
def open_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that every user of the machine may enter."""
    place = Path(tempfile.mkdtemp(prefix="clfer-harden-"))
    place.chmod(0o755)
    (place / "runs").mkdir(mode=0o777)
    monkeypatch.setenv("CLFER_RUNS", str(place / "runs"))
    yield place
    shutil.rmtree(place)


def forbid(folder: Path, forbidden: bool) -> None:
    """Let nobody write into a folder and what lies in it, or again everybody."""
    for path in (folder, *folder.rglob("*")):
        path.chmod((0o555 if path.is_dir() else 0o444) if forbidden else 0o777)


def as_nobody(call: Callable[[], object]) -> ClferError | OSError:
    """What a call raises for a user whom permissions stop; root is not."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        call()
    except (ClferError, OSError) as error:
        return error
    finally:
        os.seteuid(user)
    raise AssertionError("it was written into a folder that may not be written to")


@in_full
def test_a_read_only_run_folder_is_said_and_goes_on_once_it_is_mended(
    config, whole, open_place, record
) -> None:
    folder = open_place / "run"
    RunFolder.create(folder, config, resume=False)
    with pytest.MonkeyPatch.context() as patch:  # stopped after an epoch
        patch.setattr(trainer, "_obey", _stop_after_an_epoch)
        with pytest.raises(KeyboardInterrupt):
            train_here(folder)
    assert_sound(folder, "stopped", 1)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    forbid(folder, True)
    error = as_nobody(lambda: train_here(folder))
    assert isinstance(error, ConfigError)
    assert str(folder) in str(error)
    assert str(error).endswith(".")
    forbid(folder, False)
    assert {path: path.read_bytes() for path in before} == before
    train_here(folder)
    assert_same_result(folder, whole)
    record(AREA, cases=1, failures=0)


def _stop_after_an_epoch(folder: Path) -> None:
    if RunFolder(folder).last_epoch() == 1:
        raise trainer.StoppedError


@in_full
def test_a_disk_that_becomes_read_only_keeps_the_last_state(
    config, whole, tmp_path, monkeypatch, record
) -> None:
    """As the kernel remounts a disk that fails: from some moment on nothing can be written."""
    folder = tmp_path / "run"

    def refuse(path: Path, *_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    def remount(path: Path) -> None:
        if RunFolder(path).last_epoch() == 1:
            monkeypatch.setattr(run_folder, "write_atomically", refuse)
            monkeypatch.setattr(state, "write_folder_atomically", refuse)
            monkeypatch.setattr(recorder, "save_predictions", refuse)

    monkeypatch.setattr(trainer, "_obey", remount)
    with pytest.raises(OSError, match="Read-only"):
        train_here(folder, config)
    monkeypatch.undo()
    record(AREA, cases=1, failures=0)
    assert "Read-only file system; resume the run once" in assert_sound(folder, "failed", 1)
    train_here(folder)
    assert_same_result(folder, whole)


def jumping_clock(patch: pytest.MonkeyPatch, jump: str) -> None:
    """Let the clock be wrong by a day from its fifth reading on, or by an hour now and then."""
    right, calls = time.time, 0

    def clock() -> float:
        nonlocal calls
        calls += 1
        day = 86_400.0 * (calls > 4)
        return right() + {"back": -day, "ahead": day, "to and fro": 3_600 * (-1) ** calls}[jump]

    patch.setattr(time, "time", clock)


@in_full
@pytest.mark.parametrize("jump", ["back", "ahead", "to and fro"])
def test_a_clock_that_jumps_changes_nothing(
    config, whole, tmp_path, monkeypatch, jump, record
) -> None:
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        jumping_clock(patch, jump)
        train_here(folder, config)
    record(AREA, cases=1, failures=0)
    assert_sound(folder, "done", EPOCHS)
    assert_same_result(folder, whole)
    seconds = [json.loads(line)["seconds"] for line in (folder / "metrics.jsonl").open()]
    assert all(0 < value < 100 for value in seconds)


@in_full
@pytest.mark.timeout(200)
def test_a_live_run_stays_live_whatever_its_heartbeat_says(config, tmp_path, record) -> None:
    """On this machine the lock tells, not the clock; and a request to stop is heard."""
    folder = tmp_path / "run"
    long = config.model_copy(
        update={"train": config.train.model_copy(update={"sizes": ((64, 500),)})}
    )
    start(long, LAUNCH, folder)
    wait_until(lambda: read_status(folder).epoch >= 1, "an epoch has ended")
    for years in (-30, 30):
        beat = time.time() + years * 3.15e7
        os.utime(folder / HEARTBEAT, (beat, beat))
        assert read_status(folder).state == "running"
    stop(folder)
    wait_for_end(folder, "stopped")
    assert_sound(folder, "stopped", RunFolder(folder).last_epoch())
    record(AREA, cases=3, failures=0)


@pytest.mark.usefixtures("on_sigterm")
def test_a_run_that_meets_all_of_it_ends_in_the_same_bits(
    config, whole, open_place, monkeypatch, record
) -> None:
    """One run: a spoiled loss, a folder that may not be written to, SIGTERM, a jumping clock."""
    folder = open_place / "run"
    with monkeypatch.context() as patch:
        spoil_a_loss(patch, STEPS + 1, torch.nan)
        with pytest.raises(TrainingError):
            train_here(folder, config)
    assert "after epoch 1 is whole" in assert_sound(folder, "failed", 1)
    forbid(folder, True)
    assert str(folder) in str(as_nobody(lambda: train_here(folder)))
    forbid(folder, False)
    with monkeypatch.context() as patch:
        assert interrupted(folder, _Stopper(4), patch)
    assert assert_sound(folder, "stopped", RunFolder(folder).last_epoch()) == ""
    with monkeypatch.context() as patch:
        jumping_clock(patch, "to and fro")
        train_here(folder)
    assert_same_result(folder, whole)
    record(AREA, cases=4, failures=0)
