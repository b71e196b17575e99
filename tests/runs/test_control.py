"""Stop, queue, extend, delete and annotate runs, with real trainers."""

import math
import os
import shutil
import signal
import subprocess
import sys
import time

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

from clfer.errors import ConfigError
from clfer.runs import launch, trainer
from clfer.runs.control import delete, stop
from clfer.runs.launch import FRESH_START, claim_run, extend, longer, resume, start
from clfer.runs.locks import hand_back, take_ticket
from clfer.runs.record import Notes, list_runs, open_run, save_notes
from clfer.runs.status import process_of, read_status
from clfer.training.optimisation import learning_rate
from clfer.training.run_folder import RunFolder


@pytest.fixture(autouse=True)
def _own_queue(tmp_path, monkeypatch):
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "all"))


def waits_for(folder, count):
    """Whether the trainer of a run has said that so many are before it."""
    status = read_status(folder)
    return status.pid is not None and (status.state, status.ahead) == ("queued", count)


def test_runs_wait_die_and_stop_in_the_queue_and_in_training(root, whole, tmp_path, one_core):
    before = [take_ticket("cpu") for _ in range(2)]
    names = ("early", "stopped", "first", "killed", "second")
    folders = {name: tmp_path / name for name in names}
    start(small(root, 1), LAUNCH, folders["early"])
    assert read_status(folders["early"]).pid is None
    stop(folders["early"])  # before its process can have said who it is
    for name in names[1:]:
        start(small(root, 40 if name == "second" else 1), LAUNCH, folders[name])
    wait_for_end(folders["early"], "stopped")
    # "early" is gone, the test's own tickets are not.
    for count, name in enumerate(names[1:], start=2):
        wait_until(lambda name=name, count=count: waits_for(folders[name], count), f"{name} waits")
    with pytest.raises(ConfigError, match="live: stop it"):
        delete(folders["stopped"])
    for _ in range(2):
        stop(folders["stopped"])
    wait_for_end(folders["stopped"], "stopped")
    os.kill(read_status(folders["killed"]).pid, signal.SIGKILL)
    wait_for_end(folders["killed"], "lost")
    wait_until(lambda: waits_for(folders["second"], 3), "the dead are passed over")
    for ticket in before:
        hand_back(ticket)
    seen = states_until_the_second_runs(folders["first"], folders["second"])
    assert seen[-1] == ("done", "running")
    assert set(seen) <= {("queued", "queued"), ("running", "queued"), ("done", "queued"), seen[-1]}
    assert_same_result(folders["first"], whole)
    check_nobody_else_can_have(folders["second"])
    check_stopping_and_going_on(folders["second"])
    for name in ("early", "stopped", "killed"):
        assert read_status(folders[name]).epoch == 0
        delete(folders[name])
    assert {path.name for path in tmp_path.iterdir()} == {"first", "second", "all"}


def states_until_the_second_runs(first, second):
    """The states that two runs of one device were seen in, from the moment that it is free."""
    seen = [("queued", "queued")]
    while seen[-1][1] == "queued":
        later = read_status(second).state  # before the first: it may end meanwhile
        states = (read_status(first).state, later)
        if seen[-1] != states:
            seen.append(states)
        time.sleep(0.02)
    return seen


def check_nobody_else_can_have(folder):
    save_notes(folder, Notes(title="Mine", text="While it runs", tags=("a", "b")))
    wait_until(lambda: open_run(folder).history, "an epoch has ended")
    assert process_of(folder).pid == read_status(folder).pid
    config = open_run(folder).config
    for again in (resume, lambda it: extend(it, 1), lambda it: start(config, LAUNCH, it)):
        with pytest.raises(ConfigError, match="being trained by another process"):
            again(folder)
    with pytest.raises(ConfigError, match="live: stop it"):
        delete(folder)


def check_stopping_and_going_on(folder):
    for _ in range(2):  # a second signal while the first one is obeyed
        stop(folder)
    wait_until(lambda: read_status(folder).state == "stopped", "it is stopped")
    status = read_status(folder)
    assert 1 <= status.epoch == RunFolder(folder).last_epoch() < status.epochs == 40
    resume(folder)  # at once, while the process may still be ending
    done = rows(folder)
    assert len(done) == status.epoch
    wait_until(lambda: read_status(folder).epoch > status.epoch, "it goes on")
    stop(folder)
    wait_for_end(folder, "stopped")
    stop(folder)
    assert read_status(folder).state == "stopped"
    assert rows(folder)[: status.epoch] == done
    numbers = [row["epoch"] for row in rows(folder)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == RunFolder(folder).last_epoch() > len(done)
    assert open_run(folder).notes == Notes(title="Mine", text="While it runs", tags=("a", "b"))


def test_a_trainer_that_waits_does_without_torch():
    command = "import clfer.runs.trainer, sys; print(sorted({'torch', 'pandas'} & {*sys.modules}))"
    said = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert said.stdout.strip() == "[]", said.stderr


def test_a_request_to_stop_waits_until_torch_is_loaded(monkeypatch):
    """An import that breaks off leaves a torch that cannot be imported again."""
    seen = []
    monkeypatch.setattr(signal, "raise_signal", seen.append)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with trainer._signals_afterwards():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)
        os.kill(os.getpid(), signal.SIGINT)
        assert seen == []
    assert seen == [signal.SIGTERM, signal.SIGINT]
    assert handlers == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


def test_a_signal_repeated_does_not_cut_the_last_words_short(root, tmp_path, monkeypatch):
    """The second request arrives while the first is being written down."""
    folder = tmp_path / "run"
    write = RunFolder.write_status

    def interrupted(self, state, **fields):
        if state == "stopped":
            os.kill(os.getpid(), signal.SIGTERM)
        write(self, state, **fields)

    monkeypatch.setattr(RunFolder, "write_status", interrupted)
    monkeypatch.setattr(trainer, "ahead", lambda ticket: os.kill(os.getpid(), signal.SIGTERM) or 1)
    config = small(root, 1)
    claim = claim_run(folder, LAUNCH, lambda: RunFolder.create(folder, config, resume=False))
    handler = signal.getsignal(signal.SIGTERM)
    try:
        trainer.stop_on_sigterm()
        with pytest.raises(trainer.StoppedError):
            trainer.train_run(folder, claim, LAUNCH, lambda _: None)
    finally:
        signal.signal(signal.SIGTERM, handler)
        claim.close()
    assert read_status(folder).state == "stopped"


@pytest.mark.parametrize("error", [trainer.StoppedError(), OSError(28, "No space left on device")])
def test_the_row_of_an_epoch_is_there_however_soon_after_it_a_run_ends(
    root, whole, tmp_path, monkeypatch, error
):
    def end(self, row):
        raise error

    monkeypatch.setattr(RunFolder, "append_metrics", end)
    with pytest.raises(type(error)):
        train_here(tmp_path / "run", small(root, 1))
    assert read_status(tmp_path / "run").epoch == 1
    assert rows(tmp_path / "run") == rows(whole)


def test_more_epochs_keep_the_old_ones_and_their_notes(run, root, monkeypatch):
    monkeypatch.setattr(launch, "_hand_over", lambda folder, claim: claim.close())
    save_notes(run, Notes(title="Before"))
    old = rows(run)
    extend(run, 2)
    train_here(run)
    new = rows(run)
    assert new[:1] == old
    assert [row["epoch"] for row in new] == [1, 2, 3]
    peak = FRESH_START * small(root, 1).train.learning_rate
    assert 0 < new[2]["learning_rate"] < new[1]["learning_rate"] < peak
    status = read_status(run)
    assert (status.state, status.epoch, status.epochs) == ("done", 3, 3)
    assert open_run(run).notes == Notes(title="Before")
    assert (run / "config-1-epochs.yaml").is_file()


def test_added_epochs_of_a_schedule_go_on_where_it_ended(root):
    steps = 5
    before = small(root, 3, "train.schedule=exponential", "train.gamma=0.5")
    after = longer(before, 2).train
    rates = [learning_rate(after, step, steps) for step in range(5 * steps)]
    expected = [before.train.learning_rate * 0.5 ** (step // steps) for step in range(5 * steps)]
    assert rates == pytest.approx(expected)
    cycle = small(root, 3)
    after = longer(longer(cycle, 2), 2).train
    assert after.epochs == 7
    added = [learning_rate(after, step, steps) for step in range(5 * steps, 7 * steps)]
    assert added[0] == pytest.approx(FRESH_START * cycle.train.learning_rate)
    assert added == sorted(added, reverse=True)
    assert added[-1] < 0.1 * added[0]
    assert all(math.isfinite(rate) and rate > 0 for rate in added)


def test_broken_folders_are_named_beside_the_sound_ones(run, whole, tmp_path):
    parent = tmp_path / "all"
    parent.mkdir(exist_ok=True)
    for name in ("20260101-sound", "20260102-newer"):
        shutil.copytree(whole, parent / name)
    damage = {
        "config": ("config.yaml", b"train: [", "config.yaml"),
        "binary": ("config.yaml", b"\xff\xfe\x00", "config.yaml"),
        "metrics": ("metrics.jsonl", b'{"epoch": 1}\n\x00\x00\n{"epoch": 3}\n', "metrics.jsonl"),
        "notes": ("notes.json", b'{"title": 3', "notes.json"),
    }
    for name, (file, content, _) in damage.items():
        shutil.copytree(whole, parent / name)
        (parent / name / file).write_bytes(content)
    (parent / "no run").mkdir()
    runs, broken = list_runs(parent)
    assert [found.name for found in runs] == ["20260102-newer", "20260101-sound"]
    sentences = {folder.name: sentence for folder, sentence in broken}
    assert sentences.keys() == damage.keys()
    for name, (_, _, word) in damage.items():
        assert word in sentences[name]


def test_a_row_that_is_being_written_is_not_read(run):
    with (run / "metrics.jsonl").open("a") as stream:
        stream.write('{"epoch": 2, "valid_acc')
    assert [row["epoch"] for row in open_run(run).history] == [1]


def test_only_a_run_can_be_deleted(tmp_path):
    (tmp_path / "precious").mkdir()
    with pytest.raises(ConfigError, match="holds no run"):
        delete(tmp_path / "precious")
    assert (tmp_path / "precious").is_dir()
