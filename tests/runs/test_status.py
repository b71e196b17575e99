"""What a run's folder says about its state is believed only as far as its process lives."""

import json
import os
import socket
import subprocess
import time

import psutil
import pytest
from small_runs import wait_until

from clfer.runs.locks import Lock
from clfer.runs.status import SILENCE_SECONDS, process_of, read_status


@pytest.fixture
def foreign():
    """A live process that has nothing to do with any run."""
    process = subprocess.Popen(["sleep", "100"])
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def say(folder, **fields):
    status = {"state": "running", "host": socket.gethostname(), "epoch": 3, "epochs": 9}
    (folder / "status.json").write_text(json.dumps(status | fields))


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_recycled_process_id_is_no_live_run(tmp_path, foreign, state):
    say(tmp_path, state=state, pid=foreign.pid, process_started=foreign.create_time() - 60)
    status = read_status(tmp_path)
    assert (status.state, status.epoch, status.epochs) == ("lost", 3, 9)
    assert "resume" in status.reason
    assert process_of(tmp_path) is None


def test_a_live_process_without_the_lock_does_not_work_on_the_run(tmp_path, foreign):
    say(tmp_path, pid=foreign.pid, process_started=foreign.create_time())
    (tmp_path / "lock").touch()
    assert read_status(tmp_path).state == "lost"


def test_the_lock_proves_a_live_run_whatever_the_process_id(tmp_path, foreign):
    say(tmp_path, pid=foreign.pid, process_started=foreign.create_time() - 60)
    lock = Lock.take(tmp_path / "lock")
    assert read_status(tmp_path).state == "running"
    lock.close()
    assert read_status(tmp_path).state == "lost"


def test_a_run_of_the_bare_engine_lives_as_long_as_its_process(tmp_path):
    process = subprocess.Popen(["sleep", "100"])
    say(tmp_path, pid=process.pid, process_started=psutil.Process(process.pid).create_time())
    assert read_status(tmp_path).live
    assert process_of(tmp_path) is not None
    process.kill()
    zombie = psutil.Process(process.pid)
    wait_until(lambda: zombie.status() == psutil.STATUS_ZOMBIE, "it is dead", 10)
    assert read_status(tmp_path).state == "lost"
    process.wait()
    assert read_status(tmp_path).state == "lost"


def test_a_run_on_another_machine_lives_while_its_heart_beats(tmp_path, foreign):
    started = foreign.create_time()
    say(tmp_path, host="another-machine", pid=foreign.pid, process_started=started)
    assert read_status(tmp_path).state == "lost"
    (tmp_path / "heartbeat").touch()
    assert read_status(tmp_path).state == "running"
    assert process_of(tmp_path) is None
    long_ago = time.time() - SILENCE_SECONDS - 1
    os.utime(tmp_path / "heartbeat", (long_ago, long_ago))
    assert read_status(tmp_path).state == "lost"


@pytest.mark.parametrize("state", ["stopped", "failed", "done"])
def test_a_run_that_has_ended_stays_so(tmp_path, foreign, state):
    say(tmp_path, state=state, reason="Why.", pid=foreign.pid, process_started=1.0)
    status = read_status(tmp_path)
    assert (status.state, status.reason, status.live) == (state, "Why.", False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"running"',
        b"\xff\xfe\x00",
        b'{"epoch": 1}',
        b'{"state": "asleep"}',
        b'{"state": ["running"]}',
        b'{"state": "running", "epoch": "many"}',
        b'{"state": "done", "seconds_left": {}}',
        b'{"state": "done", "pid": "x"}',
    ],
)
def test_a_damaged_status_is_a_lost_run_with_its_reason(tmp_path, content):
    (tmp_path / "status.json").write_bytes(content)
    status = read_status(tmp_path)
    assert status.state == "lost"
    assert str(tmp_path / "status.json") in status.reason
    assert "damaged" in status.reason


def test_a_missing_status_is_a_lost_run_with_its_reason(tmp_path):
    status = read_status(tmp_path)
    assert status.state == "lost"
    assert "missing" in status.reason
