"""Training end to end: killed in the middle and resumed, it ends in the same bits."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from noise_faces import write_noise_faces
from patience import PATIENCE
from safetensors.numpy import load_file

from clfer.analysis.evaluate import evaluate
from clfer.config import dump_config, load_preset
from clfer.data import load_faces
from clfer.errors import CheckpointError, ClferError, ConfigError
from clfer.models.checkpoint import load_checkpoint
from clfer.runs.record import open_run
from clfer.runs.records import write_record
from clfer.training.engine import train
from clfer.training.publish import publish_run
from clfer.training.run_folder import RunFolder
from clfer.training.run_model import load_run_model
from clfer.training.state import check_state, keep_average, keeps_average_alone

SETTINGS = ["data.count=null", "train.sizes=[[64, 2], [96, 1]]", "train.batch=10"]


def command(root, run, *more):
    changes = [part for setting in SETTINGS for part in ("--set", setting)]
    base = [sys.executable, "-m", "clfer", "train", "--preset", "smoke", "--run", str(run)]
    data = ["--dataset", "folder", "--root", str(root)]
    return [*base, *data, "--threads", "1", "--device", "cpu", *changes, *more]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A small data set that can be learned."""
    return write_noise_faces(tmp_path_factory.mktemp("faces"), train=4, valid=2, bars=True)


@pytest.fixture(scope="module")
def finished(root, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "whole"
    done = subprocess.run(command(root, run, "--json"), capture_output=True, text=True, check=True)
    return run, json.loads(done.stdout)


def wait_for(condition, process):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)


def rows(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def size(run):
    return sum(path.stat().st_size for path in run.rglob("*") if path.is_file())


def test_killed_in_the_middle_of_an_epoch_resumes_to_the_same_bits(root, finished, tmp_path):
    whole, _ = finished
    killed = tmp_path / "killed"
    process = subprocess.Popen(command(root, killed), stderr=subprocess.DEVNULL)
    wait_for(lambda: (killed / "epochs" / "0001").is_dir(), process)
    time.sleep(0.15)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (killed / "epochs" / "0003").is_dir()
    subprocess.run(command(root, killed, "--resume"), check=True, stderr=subprocess.DEVNULL)
    for name in ("epochs/0003/state.safetensors", "predictions/0003.safetensors"):
        first, second = load_file(whole / name), load_file(killed / name)
        assert first.keys() == second.keys()
        for key in first:
            np.testing.assert_array_equal(first[key], second[key], err_msg=key)
    assert rows(killed) == rows(whole)


def test_history_row_holds_everything_the_views_need(finished):
    _, printed = finished
    row = printed["last"]
    names = ["epoch", "side", "train_loss", "train_accuracy", "valid_loss", "valid_accuracy"]
    names += ["loss_cls", "loss_fm", "loss_bs", "fm_similarity", "bs_similarity"]
    names += ["fm_nonempty", "bs_nonempty"]
    names += [
        f"{kind}_{of}_{j}" for kind in ("grad", "rms") for of in ("cls", "joint") for j in "1234"
    ]
    names += [f"group_grad_joint_{j}_{k}" for j in "1234" for k in "1234"]
    names += [f"attention_{j}" for j in "1234"]
    assert set(names) <= row.keys()
    assert all(np.isfinite(value) for value in row.values())
    assert row["loss_fm"] < 0
    assert row["grad_joint_2"] != row["grad_cls_2"]


def test_status_says_done(finished):
    run, _ = finished
    status = json.loads((run / "status.json").read_text())
    assert (status["state"], status["epoch"], status["epochs"]) == ("done", 3, 3)


def test_published_checkpoint_is_what_its_card_and_tables_say(root, finished, tmp_path):
    run, _ = finished
    record = write_record(open_run(run), tmp_path)
    card = publish_run(run, tmp_path / "model", title="A small run", compare=[record])
    checkpoint = load_checkpoint(tmp_path / "model")
    assert checkpoint.card == card
    assert card.epoch == 3
    assert card.preprocess.side == 96
    assert card.config.data.root is None
    faces = load_faces("folder", root, "valid")
    found = evaluate(checkpoint, faces, duplicates_of=None)
    assert found.accuracy == card.metrics["accuracy"]
    table = checkpoint.table("faces")
    assert (np.stack(table["logits"]).argmax(axis=1) == table["label"]).mean() == found.accuracy
    assert checkpoint.table("history")["epoch"].tolist() == [1, 2, 3]
    assert sorted(checkpoint.table("snapshots")["epoch"].unique()) == [1, 2, 3]
    assert float(checkpoint.references.abs().sum()) > 0
    text = (tmp_path / "model" / "README.md").read_text()
    for part in (
        "A small run",
        "L_fm",
        "non-empty",
        "not an emotion",
        "same budget",
        f"{found.accuracy:.4f}",
    ):
        assert part in text


def test_what_is_compared_with_must_have_an_epoch_before_anything_is_written(
    root, finished, tmp_path
):
    run, _ = finished
    config = load_preset("smoke", [*SETTINGS, "data.name=folder", f"data.root={root}"])
    fresh = RunFolder.create(tmp_path / "fresh", config, resume=False).path
    for other, words in ((fresh, "no finished epoch to compare with"), (root, "holds no run")):
        with pytest.raises(ClferError, match=words):
            publish_run(run, tmp_path / "model", compare=[other])
    assert not (tmp_path / "model").exists()


def test_a_finished_run_is_whole_without_what_only_training_needs(root, finished, tmp_path):
    whole, _ = finished
    cut = tmp_path / "cut"
    shutil.copytree(whole, cut)
    for state in (cut / "epochs").iterdir():
        assert not keeps_average_alone(state)
        keep_average(state)
        check_state(state)
        keep_average(state)
        assert keeps_average_alone(state)
    assert size(cut) < 0.3 * size(whole)
    config = load_preset("smoke", [*SETTINGS, "data.name=folder", f"data.root={root}"])
    train(config, cut, device="cpu", resume=True)
    assert rows(cut) == rows(whole)
    expected, found = (load_run_model(RunFolder(run), 3) for run in (whole, cut))
    assert torch.equal(found.references, expected.references)
    weights = found.network.state_dict()
    for name, value in expected.network.state_dict().items():
        assert torch.equal(weights[name], value), name
    longer = config.train.model_copy(update={"sizes": ((64, 2), (96, 2))})
    (cut / "config.yaml").write_text(dump_config(config.model_copy(update={"train": longer})))
    with pytest.raises(CheckpointError, match="0003"):
        train(RunFolder(cut).config(), cut, device="cpu", resume=True)


def test_a_run_folder_is_not_overwritten(root, finished):
    run, _ = finished
    config = load_preset("smoke", [*SETTINGS, "data.name=folder", f"data.root={root}"])
    with pytest.raises(ConfigError, match="already holds a run"):
        train(config, run, device="cpu")


def test_unknown_device_and_precision_are_named(root, tmp_path):
    config = load_preset("smoke", [*SETTINGS, "data.name=folder", f"data.root={root}"])
    with pytest.raises(ConfigError, match="'tpu'"):
        train(config, tmp_path / "a", device="tpu")
    with pytest.raises(ConfigError, match="'int8'"):
        train(config, tmp_path / "b", device="cpu", precision="int8")
