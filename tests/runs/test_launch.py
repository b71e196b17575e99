"""Starts never share a run folder or a place in a queue, and outlive who asked for them."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
import torch
from small_runs import LAUNCH, assert_same_result, small, wait_for_end

from clfer.errors import ConfigError, DataError
from clfer.models.device import resolve_device
from clfer.runs import launch
from clfer.runs.launch import (
    Launch,
    claim_run,
    config_hash,
    extend,
    new_folder,
    resume,
    side_by_side,
    start,
)
from clfer.runs.locks import ahead, is_held
from clfer.runs.record import open_run
from clfer.runs.status import read_status

EIGHT_STARTS = """
import json, multiprocessing, sys, time
from pathlib import Path
import torch  # once for all of them
from clfer.config import Config
from clfer.errors import ConfigError
from clfer.runs.launch import Launch, start

folder, config = Path(sys.argv[1]), Config.model_validate_json(sys.argv[2])
fork = multiprocessing.get_context("fork")
together, said = fork.Barrier(8), fork.Queue()

def one():
    together.wait()
    try:
        start(config, Launch(device="cpu", threads=1), folder)
        said.put("started")
    except ConfigError as error:
        said.put(str(error))
    time.sleep(1000)

for _ in range(8):
    fork.Process(target=one).start()
print(json.dumps([said.get() for _ in range(8)]), flush=True)
time.sleep(1000)
"""


def test_of_eight_starts_in_one_folder_one_wins_and_outlives_them_all(root, whole, tmp_path):
    folder, config = tmp_path / "run", small(root, 1)
    starters = subprocess.Popen(
        [sys.executable, "-c", EIGHT_STARTS, str(folder), config.model_dump_json()],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = json.loads(starters.stdout.readline())
    os.killpg(starters.pid, signal.SIGKILL)  # the group: who started it, and all the others
    starters.wait()
    starters.stdout.close()
    assert said.count("started") == 1
    refusal = f"{folder} is being trained by another process: stop it first."
    assert sorted(set(said)) == sorted({"started", refusal})
    assert read_status(folder).live
    wait_for_end(folder)
    assert_same_result(folder, whole)
    log = (folder / "log.txt").read_text()
    assert [line.split()[1] for line in log.splitlines() if line.startswith("epoch")] == ["1"]


def test_folders_made_at_the_same_moment_are_different_ones(root, tmp_path, monkeypatch):
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path))
    config, start_all, made = small(root, 2), threading.Barrier(8), []

    def make():
        start_all.wait()
        made.append(new_folder(config))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8
    assert all(folder.is_dir() and "msr-clfm-clbs-s0" in folder.name for folder in made)


@pytest.fixture
def four_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert resolve_device("auto").type == "cuda"


def waiting(tmp_path, *launches):
    """How many of the runs before it each of them waits for, all claimed in this order."""
    claims = [claim_run(tmp_path / str(i), launch) for i, launch in enumerate(launches)]
    found = [ahead(claim.ticket.path) for claim in claims]
    for claim in claims:
        claim.close()
    return found


def test_one_gpu_has_one_queue_by_whatever_name(four_gpus, tmp_path):
    names = ("auto", "cuda", "cuda:0", "cuda:1", "cpu", "cuda:1")
    assert waiting(tmp_path, *(Launch(device=name) for name in names)) == [0, 1, 2, 0, 0, 1]


def test_runs_that_say_few_threads_are_trained_side_by_side_on_the_cpu(four_gpus, monkeypatch):
    monkeypatch.setattr("clfer.runs.launch.cores_here", lambda: 8)
    found = [
        side_by_side(Launch(device, threads=threads, devices=devices))
        for device, threads, devices in [
            ("cpu", None, 1),
            ("cpu", 1, 1),
            ("cpu", 3, 1),
            ("cpu", 1, 4),
            ("cpu", 99, 1),
            ("cuda:0", 1, 1),
        ]
    ]
    assert found == [1, 8, 2, 2, 1, 1]


def test_a_run_on_several_gpus_waits_for_each_of_them_and_is_waited_for(four_gpus, tmp_path):
    several = [Launch("cuda:1"), Launch("cuda", devices=2), Launch("auto", devices=3)]
    single = [Launch("cuda"), Launch("cuda:2"), Launch("cuda:3"), Launch("cpu", devices=2)]
    assert waiting(tmp_path, *several, *single) == [0, 1, 2, 2, 1, 0, 0]


def test_a_run_is_not_started_over(run, root):
    with pytest.raises(ConfigError, match="already holds a run"):
        start(small(root, 2), LAUNCH, run)
    assert not is_held(run / "lock")
    assert read_status(run).state == "done"


def test_a_process_that_cannot_be_started_leaves_the_run_free(run, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(launch.subprocess, "Popen", refuse)
    with pytest.raises(ConfigError, match="Cannot allocate memory"):
        resume(run)
    assert not is_held(run / "lock")
    status = read_status(run)
    assert (status.state, status.epoch, status.epochs) == ("lost", 1, 1)


def test_what_cannot_run_is_refused_before_anything_changes(run, root, tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        start(small(tmp_path / "nowhere", 2), LAUNCH, tmp_path / "new")
    with pytest.raises(ConfigError, match="'int8'"):
        start(small(root, 2), Launch(precision="int8"), tmp_path / "new")
    assert not (tmp_path / "new").exists()
    config = (run / "config.yaml").read_text().replace(str(root), str(tmp_path / "gone"))
    (run / "config.yaml").write_text(config)
    for go_on in (resume, lambda folder: extend(folder, 1)):
        with pytest.raises(DataError, match="gone"):
            go_on(run)
    with pytest.raises(ConfigError, match="epochs must be 1 or more"):
        extend(run, 0)
    assert read_status(run).state == "done"
    assert open_run(run).config.train.epochs == 1


def test_the_identity_of_a_run_is_all_of_its_configuration_but_where_the_data_lie(root, tmp_path):
    config = small(root, 2)
    assert config_hash(config) == config_hash(small(tmp_path, 2))
    assert config_hash(config) != config_hash(small(root, 3))
    assert config_hash(config) != config_hash(small(root, 2, "seed=1"))
