"""Whatever ends a training, its run says so, keeps the last checkpoint, and goes on from it.

``CLFER_LONG_TESTS=1`` adds 25 kills at random moments and a file system that is really full.
"""

import errno
import json
import os
import random
import resource
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from small_runs import (
    LAUNCH,
    assert_same_result,
    rows,
    small,
    train_here,
    wait_for_end,
    wait_until,
)

from clfer.config import dump_config
from clfer.errors import CheckpointError, DataError
from clfer.runs.launch import extend, longer, resume, start
from clfer.runs.record import open_run
from clfer.runs.status import read_status
from clfer.training import engine, run_folder
from clfer.training.run_folder import RunFolder
from clfer.training.state import check_state

EPOCHS = 4

long_test = pytest.mark.skipif(
    os.environ.get("CLFER_LONG_TESTS") != "1", reason="takes minutes: set CLFER_LONG_TESTS=1"
)


@pytest.fixture(scope="module")
def config(root):
    return small(root, EPOCHS, "train.schedule=exponential")


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    """A run that nothing has interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    train_here(folder, config)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def left_half_written(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.name.endswith((".tmp", ".old"))]


def trainer_of(folder: Path) -> psutil.Process | None:
    """The process of a run, which may not have said its id yet."""
    for child in psutil.Process().children():
        if child.status() != psutil.STATUS_ZOMBIE and str(folder) in child.cmdline():
            return child
    return None


def kill_at_random(folder: Path, dice: random.Random) -> str | None:
    """SIGKILL to the trainer; returns what it was at, None if the run was done before."""

    def over() -> bool:
        return not read_status(folder).live

    def saving() -> bool:  # what an earlier process has left does not count
        return any((folder / "epochs").glob(f".*.{read_status(folder).pid}.*"))

    def training(epoch: int) -> bool:
        status = read_status(folder)
        return status.state == "running" and status.epoch >= epoch

    kind = dice.choice(["any moment", "training", "saving"])
    if kind == "training":
        epoch = min(EPOCHS - 1, RunFolder(folder).last_epoch() + dice.randint(0, 2))
        wait_until(lambda: over() or training(epoch), f"it trains after epoch {epoch}")
    if kind == "saving":
        wait_until(lambda: over() or saving(), "a state is written")
    time.sleep(dice.uniform(0, {"any moment": 8.0, "training": 1.0, "saving": 0.4}[kind]))
    process, half = trainer_of(folder), saving()
    if process is None or over():
        return None
    process.kill()
    process.wait(20)
    status = json.loads((folder / "status.json").read_text())
    if status["state"] not in ("queued", "running"):
        return None
    done = RunFolder(folder).last_epoch()
    return f"{status['state']} after epoch {done}" + ", writing a state" * half


def assert_lost_but_sound(folder: Path) -> None:
    """What a killed run shows before anybody resumes it."""
    status = read_status(folder)
    assert status.state == "lost"
    assert "killed" in status.reason
    assert "resume" in status.reason
    run = RunFolder(folder)
    last, numbers = run.last_epoch(), [row["epoch"] for row in run.read_metrics()]
    assert numbers in (list(range(1, last + 1)), list(range(1, last)))  # the row comes second
    if last:
        check_state(run.epoch_folder(last))


def kill_and_resume(config, whole, tmp_path, dice, kills) -> Counter[str]:
    """As many kills as asked for, in as many runs as they need; each run ends as ``whole`` did."""
    moments: Counter[str] = Counter()
    number = 0
    while moments.total() < kills:
        folder = tmp_path / f"run-{number}"
        start(config, LAUNCH, folder)
        while moments.total() < kills and (moment := kill_at_random(folder, dice)):
            moments[moment] += 1
            assert_lost_but_sound(folder)
            if moments.total() < kills:
                resume(folder)
            else:
                train_here(folder)  # sooner: torch is loaded
        wait_for_end(folder)
        assert_same_result(folder, whole)
        assert not left_half_written(folder)
        shutil.rmtree(folder)
        number += 1
    return moments


def test_killed_at_a_random_moment_a_run_ends_in_the_same_bits(config, whole, tmp_path):
    kill_and_resume(config, whole, tmp_path, random.Random(3), 1)


@long_test
@pytest.mark.timeout(3000)
def test_killed_at_25_random_moments_a_run_ends_in_the_same_bits(
    config, whole, tmp_path, record_property
):
    moments = kill_and_resume(config, whole, tmp_path, random.Random(25), 25)
    print(json.dumps(moments, indent=1))
    # For the table of make harden, where a test that records nothing is a single case.
    figures = {"cases": moments.total(), "failures": 0, "kills": moments.total()}
    record_property("harden", ["training", figures])
    assert moments.total() == 25
    assert sum(count for moment, count in moments.items() if "writing" in moment) > 2
    assert len(moments) >= 4, "kills at ever the same moment say little"


def test_a_state_that_finds_no_room_leaves_the_one_before(run, config, whole):
    before = contents(run / "epochs")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        # Inherited by the trainer: no file may grow beyond this, and a state has to.
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, hard))
        extend(run, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    wait_for_end(run, "failed")
    status = read_status(run)
    assert (status.epoch, status.epochs) == (EPOCHS, EPOCHS + 1)
    assert status.reason.startswith(str(run / "epochs" / "0005"))
    assert os.strerror(errno.EFBIG) in status.reason
    assert contents(run / "epochs") == before
    assert rows(run) == rows(whole)
    assert not left_half_written(run)
    train_here(run)
    assert read_status(run).state == "done"
    assert rows(run)[:EPOCHS] == rows(whole)
    rates = [row["learning_rate"] for row in rows(run)]
    gamma = config.train.gamma
    assert rates == pytest.approx([rates[0] * gamma**epoch for epoch in range(EPOCHS + 1)])


def fill_up(path: Path) -> None:
    """Write until there is no room for a single page."""
    with path.open("wb", 0) as stream:
        while True:
            stream.write(bytes(4096))


@long_test
def test_a_full_file_system_leaves_the_state_before(config, whole, tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no right to mount a file system")
    try:
        folder = place / "run"
        start(config, LAUNCH, folder)
        wait_until(lambda: RunFolder(folder).read_metrics(), "an epoch has ended")
        with pytest.raises(OSError, match="No space"):
            fill_up(place / "ballast")
        wait_for_end(folder, "failed")
        assert os.strerror(errno.ENOSPC) in read_status(folder).reason
        assert read_status(folder).epoch == 1
        check_state(folder / "epochs" / "0001")
        subprocess.run(["mount", "-o", "remount,size=900m", str(place)], check=True)
        resume(folder)
        wait_for_end(folder)
        assert_same_result(folder, whole)
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_where_nothing_can_be_written_the_last_words_replace_the_old_ones(
    config, tmp_path, monkeypatch
):
    def full(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def fill_the_disk(*args, **kwargs):
        monkeypatch.setattr(run_folder, "write_atomically", full)
        full(tmp_path / "run" / "epochs" / "0001", b"")

    monkeypatch.setattr(engine, "train", fill_the_disk)
    with pytest.raises(OSError, match="No space"):
        train_here(tmp_path / "run", config)
    status = read_status(tmp_path / "run")
    assert (status.state, status.epochs) == ("failed", EPOCHS)
    assert "0001: No space left on device; resume" in status.reason


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory"
        ),
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
    ],
)
def test_a_want_of_memory_is_told_in_one_sentence(config, tmp_path, monkeypatch, error):
    def starve(*args, **kwargs):
        raise error

    monkeypatch.setattr(engine, "train", starve)
    with pytest.raises(type(error)):
        train_here(tmp_path / "run", config)
    status = read_status(tmp_path / "run")
    assert status.state == "failed"
    assert status.reason == "There was not enough memory: choose a smaller batch or image size."


def test_without_its_data_a_run_fails_and_goes_on_once_they_are_back(run, root, whole):
    before = contents(run / "epochs")
    longer_config = longer(open_run(run).config, 1)
    (run / "config.yaml").write_text(dump_config(longer_config))
    root.rename(root.with_name("moved"))
    try:
        with pytest.raises(DataError, match=str(root)):
            train_here(run)
        status = read_status(run)
        assert (status.state, status.epoch, status.epochs) == ("failed", EPOCHS, EPOCHS + 1)
        assert str(root) in status.reason
        assert contents(run / "epochs") == before
        with pytest.raises(DataError, match=str(root)):
            resume(run)
    finally:
        root.with_name("moved").rename(root)
    train_here(run)
    assert read_status(run).state == "done"
    assert rows(run)[:EPOCHS] == rows(whole)
    assert len(rows(run)) == EPOCHS + 1


def flip(path: Path, at: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(at * len(content))] ^= 1
    path.write_bytes(content)


DAMAGE = {
    "a bit of a weight": lambda state: flip(state / "state.safetensors", 0.5),
    "a cut file": lambda state: os.truncate(state / "state.safetensors", 1_000_000),
    "an empty file": lambda state: os.truncate(state / "state.safetensors", 0),
    "no tensors": lambda state: (state / "state.safetensors").unlink(),
    "no record": lambda state: (state / "state.json").unlink(),
    "a cut record": lambda state: os.truncate(state / "state.json", 50),
    "another record": lambda state: (state / "state.json").write_text("[]"),
    "a changed number": lambda state: (state / "state.json").write_text(
        (state / "state.json").read_text().replace('"epoch": 4', '"epoch": 5')
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_to_a_state_is_found(whole, tmp_path, damage):
    state = shutil.copytree(whole / "epochs" / "0004", tmp_path / "0004")
    check_state(state)
    DAMAGE[damage](state)
    with pytest.raises(CheckpointError, match="0004 is damaged"):
        check_state(state)


def test_a_run_goes_on_from_the_epoch_before_a_damaged_state(run, whole, capsys):
    flip(run / "epochs" / "0004" / "state.safetensors", 0.5)
    train_here(run)
    assert_same_result(run, whole)
    said = capsys.readouterr().err
    assert "0004 is damaged. It was set aside as damaged-0004." in said
    assert "The run goes on after epoch 3." in said
    assert (run / "epochs" / "damaged-0004" / "state.json").is_file()


def test_a_run_without_any_whole_state_says_so_and_keeps_its_history(run, whole):
    for state in (run / "epochs").iterdir():
        (state / "state.json").unlink()
    with pytest.raises(CheckpointError):
        train_here(run)
    status = read_status(run)
    assert (status.state, status.epoch) == ("failed", 0)
    assert f"No training state of {run} is whole" in status.reason
    assert "resume the run to train it from the start" in status.reason
    assert rows(run) == rows(whole)
