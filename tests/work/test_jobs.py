"""Long computations: progress, cancelling, failing, results found again by their key."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE

from clfer.errors import ClferError
from clfer.work.jobs import Job, Jobs
from clfer.work.request import Request
from clfer.work.results import find_result, load_result, result_path, save_result
from clfer.work.tasks import TASKS, find_task


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tasks of a module that workers import too."""
    (tmp_path / "own_tasks.py").write_text(
        "import os, time\n"
        "import numpy as np\n"
        "from clfer.errors import DataError\n"
        "from clfer.work import tasks\n"
        "def double(arguments, progress):\n"
        "    print('a library that talks')\n"
        "    for i in range(4):\n"
        "        progress(i + 1, 4)\n"
        "    return {'value': np.array(2 * arguments['value'])}\n"
        "def sleep(arguments, progress):\n"
        "    progress(1, 10)\n"
        "    time.sleep(120)\n"
        "def fail(arguments, progress):\n"
        "    raise DataError('The folder is empty: choose another.')\n"
        "def die(arguments, progress):\n"
        "    os._exit(7)\n"
        "for name in ('double', 'sleep', 'fail', 'die'):\n"
        "    tasks.TASKS[name] = f'own_tasks:{name}'\n"
    )
    # A module of this name is imported when Python starts.
    (tmp_path / "sitecustomize.py").write_text("import own_tasks\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.fixture
def queue() -> Jobs:
    return Jobs()


def _wait(job: Job, *states: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while job.state not in states:
        assert time.monotonic() < deadline, f"still {job.state}"
        time.sleep(0.02)


def test_a_job_computes_and_its_result_is_found_again(
    cache: Path, tasks: None, queue: Jobs
) -> None:
    request = Request("double", {"value": 21}, {"folder": "/here"})
    job = queue.start(request)
    _wait(job, "done", "failed")
    assert job.error == ""
    assert (job.done, job.total) == (4, 4)
    # Where things lie is not part of the key.
    found = load_result(Request("double", {"value": 21}, {"folder": "/elsewhere"}))
    assert found is not None
    assert found["value"] == 42
    assert load_result(Request("double", {"value": 22})) is None


def test_a_failing_task_says_why(cache: Path, tasks: None, queue: Jobs) -> None:
    failing, dying = queue.start(Request("fail", {})), queue.start(Request("die", {}))
    _wait(failing, "failed", "done")
    _wait(dying, "failed", "done")
    assert failing.error == "The folder is empty: choose another."
    assert dying.error == "The computation 'die' broke off: exit status 7."
    assert find_result(failing.request) is None


def test_cancelling_stops_at_once_and_lets_the_next_one_run(
    cache: Path, tasks: None, queue: Jobs
) -> None:
    slow = queue.start(Request("sleep", {}))
    waiting, last = queue.start(Request("sleep", {"n": 1})), Request("double", {"value": 1})
    after = queue.start(last)
    _wait(slow, "running")
    assert queue.start(Request("sleep", {})) is slow
    queue.cancel(waiting.request)
    queue.cancel(slow.request)
    _wait(after, "done")
    assert (slow.state, waiting.state) == ("cancelled", "cancelled")
    assert find_result(slow.request) is None


def test_the_time_left_follows_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("clfer.work.jobs.time.monotonic", lambda: now)
    job = Job(Request("double", {}))
    assert job.seconds_left() is None
    job.note(10, 100)
    assert job.seconds_left() is None
    now = 105.0
    job.note(20, 100)
    assert job.share == 0.2
    assert job.seconds_left() == pytest.approx(40)


def test_a_damaged_result_counts_as_none(cache: Path) -> None:
    request = Request("score", {"sha256": "x"})
    path = save_result(request, {"a": np.arange(3)})
    assert path == result_path(request)
    path.write_bytes(b"PK damaged")
    assert load_result(request) is None


def test_results_not_used_for_longest_make_room(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [Request("score", {"sha256": name}) for name in "abcd"]
    noise = {"a": np.random.default_rng(0).random(1000)}
    size = save_result(requests[0], noise).stat().st_size
    for age, request in zip((300, 200, 100), requests[:3], strict=True):
        path = save_result(request, noise)
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    assert load_result(requests[0]) is not None
    monkeypatch.setattr("clfer.work.results.MOST_BYTES", 3 * size)
    save_result(requests[3], noise)
    kept = [find_result(request) is not None for request in requests]
    assert kept == [True, False, True, True]
    monkeypatch.setattr("clfer.work.results.MOST_BYTES", 1)
    save_result(requests[1], noise)
    kept = [find_result(request) is not None for request in requests]
    assert kept == [False, True, False, False]


def test_requests_differ_by_what_matters() -> None:
    keys = {
        Request("score", {"sha256": "a", "split": "valid"}).key,
        Request("score", {"split": "valid", "sha256": "a"}).key,
        Request("score", {"sha256": "a", "split": "train"}).key,
        Request("embed", {"sha256": "a", "split": "valid"}).key,
    }
    assert len(keys) == 3
    request = Request("score", {"sha256": "a"}, {"root": "/data"})
    assert Request.from_json(request.as_json()) == request


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_can_be_found(name: str) -> None:
    assert callable(find_task(name))


def test_an_unknown_task_is_one_sentence() -> None:
    with pytest.raises(ClferError, match="There is no task 'nonsense'"):
        find_task("nonsense")
