"""A run on two processes: it ends done, and neither process's death leaves it in the dark.

``CLFER_LONG_TESTS=1`` adds a process that is killed, and the run that goes on after it.
"""

import json
import os
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from noise_faces import write_noise_faces
from patience import PATIENCE
from safetensors.numpy import load_file

from clfer.config import dump_config, load_preset
from clfer.training.engine import train

TRAIN = """
import sys
from pathlib import Path
from clfer.config import parse_config
from clfer.errors import ClferError
from clfer.training.engine import train

folder, resume = Path(sys.argv[1]), sys.argv[2] == "resume"
try:
    train(parse_config(sys.stdin.read(), "input"), folder, device="cpu", devices=2, resume=resume)
except ClferError as error:
    sys.exit(str(error))
"""

LEAVE_ALONE = """
import sys, time
from pathlib import Path
from clfer.training.parallel import Processes
from clfer.training.workers import other_processes

folder = Path(sys.argv[1])
with other_processes(Processes(devices=2), folder, "cpu", "32-true", print) as others:
    print(others.processes[0].pid, flush=True)
    time.sleep(90)
"""

WAIT_FOR_NOBODY = """
import subprocess, sys, threading, time
from pathlib import Path
from clfer.training import workers

workers.GRACE_SECONDS = 0.1
gone = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
write = Path(sys.argv[1]).write_text
threading.Thread(target=workers.Workers([gone]).watch, args=(write,), daemon=True).start()
time.sleep(90)
"""


def configuration(root):
    # Larger steps soon make much of the last bits, in which sums of other orders differ.
    changes = ["train.sizes=[[64, 2]]", "train.batch=14", "train.average=0.5"]
    data = ["data.name=folder", f"data.root={root}", "data.count=null"]
    return load_preset("smoke", [*changes, "train.learning_rate=0.00001", *data])


def start(root, folder, how="new"):
    process = subprocess.Popen(
        [sys.executable, "-c", TRAIN, folder, how],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdin.write(dump_config(configuration(root)))
    process.stdin.close()
    return process


def finish(process):
    said = process.stderr.read()
    assert process.wait(100) == 0, said


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A small data set that can be learned."""
    return write_noise_faces(tmp_path_factory.mktemp("faces"), train=6, valid=2, bars=True)


@pytest.fixture(scope="module")
def whole(root, tmp_path_factory):
    """The same run on one process and on two."""
    folder = tmp_path_factory.mktemp("runs")
    finish(start(root, folder / "2"))
    train(configuration(root), folder / "1", device="cpu")
    return folder


def status(run):
    return json.loads((run / "status.json").read_text())


def rows(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def wait_for(condition, process):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_processes_end_done_with_the_rows_of_one(whole):
    assert status(whole / "2")["state"] == "done"
    one, two = rows(whole / "1"), rows(whole / "2")
    assert [row.keys() for row in two] == [row.keys() for row in one]
    assert [row["epoch"] for row in two] == [1, 2]
    for key in ("train_loss", "train_accuracy", "loss_cls", "loss_fm", "loss_bs", "valid_loss"):
        assert two[0][key] == pytest.approx(one[0][key], rel=1e-4), key
    shape = {k: v.shape for k, v in load_file(whole / "1/predictions/0002.safetensors").items()}
    found = load_file(whole / "2/predictions/0002.safetensors")
    assert {k: v.shape for k, v in found.items()} == shape


@pytest.mark.skipif(
    os.environ.get("CLFER_LONG_TESTS") != "1", reason="takes a minute: set CLFER_LONG_TESTS=1"
)
def test_a_killed_process_ends_the_run_with_a_sentence_and_it_resumes_to_the_same_bits(
    root, whole, tmp_path
):
    run = tmp_path / "run"
    process = start(root, run)
    wait_for((run / "epochs" / "0001").is_dir, process)
    psutil.Process(process.pid).children()[0].kill()
    said = process.stderr.read()
    assert process.wait(100) == 1
    assert "Process 2 of 2 was killed" in said
    assert (status(run)["state"], status(run)["epoch"]) == ("failed", 1)
    assert status(run)["reason"] in said

    finish(start(root, run, "resume"))
    assert status(run)["state"] == "done"
    assert rows(run) == rows(whole / "2")
    first, second = (load_file(r / "epochs/0002/state.safetensors") for r in (run, whole / "2"))
    assert first.keys() == second.keys()
    for key in first:
        np.testing.assert_array_equal(first[key], second[key], err_msg=key)


def test_the_other_processes_end_with_the_first(whole):
    command = [sys.executable, "-c", LEAVE_ALONE, whole / "2"]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    other = psutil.Process(int(first.stdout.readline()))
    first.kill()
    first.wait()
    assert psutil.wait_procs([other], timeout=30)[1] == []


def test_a_process_that_waits_in_vain_ends_and_says_why(tmp_path):
    command = [sys.executable, "-c", WAIT_FOR_NOBODY, tmp_path / "reason"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "Process 2 of 2 ended with code 3" in (tmp_path / "reason").read_text()
    assert "Process 2 of 2 ended with code 3" in done.stderr
