"""Runs as jobs: on a stand-in of Slurm's commands, and the work of a job in this process."""

import os
import re
import time
from pathlib import Path

import pytest
import submitit
from grid_runs import small_grid, write_run
from noise_faces import write_noise_faces
from typer.testing import CliRunner

from clfer.cli import app
from clfer.errors import ConfigError
from clfer.runs import cluster, scheduler, trainer
from clfer.runs.cluster import Cluster
from clfer.runs.control import stop
from clfer.runs.grid import Grid, parse_grid
from clfer.runs.job import Job
from clfer.runs.launch import Launch
from clfer.runs.locks import take_ticket
from clfer.runs.missing import plan
from clfer.runs.record import list_runs, open_run
from clfer.runs.scheduler import ASK_SECONDS, promise
from clfer.runs.status import RunStatus, read_status
from clfer.runs.sweep import sweep
from clfer.training.run_folder import RunFolder


@pytest.fixture(autouse=True)
def _own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLFER_RUNS", str(tmp_path / "runs"))


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_noise_faces(tmp_path_factory.mktemp("faces"))


@pytest.fixture
def grid(faces: Path) -> Grid:
    return parse_grid(small_grid(faces), "small.yaml")


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of Slurm's commands: sbatch numbers its jobs, sacct tells what ``state`` says.

    All jobs are old enough to be asked about, and every question is noted in ``questions``.
    """
    folder = tmp_path / "slurm"
    folder.mkdir()
    (folder / "state").write_text("PENDING")
    commands = {
        "sbatch": f"echo . >> {folder}/jobs\necho Submitted batch job $(wc -l < {folder}/jobs)",
        "sacct": f'echo "$*" >> {folder}/questions\n'
        f'for job in 1 2 3 4 5; do echo "$job|$(cat {folder}/state)"; done',
        "srun": "exit 1",
    }
    for name, text in commands.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(scheduler, "SUBMISSION_SECONDS", 0.0)
    scheduler._known.clear()
    return folder


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which answers of Slurm grow old; only tests move it."""
    now = [0.0]
    monkeypatch.setattr(scheduler.time, "monotonic", lambda: now[0])
    return now


def questions(slurm: Path) -> list[str]:
    return (slurm / "questions").read_text().splitlines()


def submitted(slurm: Path) -> int:
    return len((slurm / "jobs").read_text().splitlines())


def test_a_slurm_job_asks_for_what_was_said(grid: Grid, slurm: Path) -> None:
    launch = Launch("cuda", "32-true", 6, 2)  # of the node: this machine may have no such device
    place = Cluster("slurm", "long", minutes=90)
    place.check(grid.runs[0].config, launch)
    folder = place.start(grid.runs[0].config, launch)
    (file,) = (folder / "job").glob("1_submission.sh")
    asked = set(re.findall(r"#SBATCH --(.+)", file.read_text()))
    assert asked >= {"partition=long", "time=90", "gpus-per-node=2", "cpus-per-task=6"}
    assert RunFolder(folder).config() == grid.runs[0].config


def test_a_waiting_job_is_queued_until_slurm_says_otherwise(
    grid: Grid, slurm: Path, clock: list[float]
) -> None:
    outcomes = sweep(grid, Cluster("slurm"), wait=False)
    assert [outcome.status.state for outcome in outcomes] == ["queued"] * 4
    assert [step.action for step in plan(grid)] == ["live"] * 4
    sweep(grid, Cluster("slurm"), wait=False)
    assert submitted(slurm) == 4
    (slurm / "state").write_text("CANCELLED by 0")
    clock[0] += ASK_SECONDS
    assert [step.action for step in plan(grid)] == ["resume"] * 4
    assert "Slurm job" in read_status(outcomes[0].folder).reason
    again = sweep(grid, Cluster("slurm"), wait=False)
    assert [outcome.folder for outcome in again] == [outcome.folder for outcome in outcomes]
    assert submitted(slurm) == 8


def states() -> set[str]:
    return {run.status.state for run in list_runs()[0]}


def test_a_job_cancelled_in_the_queue_shows_in_the_list_after_one_question(
    grid: Grid, slurm: Path, clock: list[float], tmp_path: Path
) -> None:
    sweep(grid, Cluster("slurm"), wait=False)
    scheduler._known.clear()
    (slurm / "questions").unlink(missing_ok=True)
    assert states() == {"queued"}
    (slurm / "state").write_text("CANCELLED by 1000")
    clock[0] += ASK_SECONDS - 0.1
    assert states() == {"queued"}
    assert len(questions(slurm)) == 1  # for all four runs, and it has just been asked
    assert re.search(r"--jobs=\d(,\d){3}$", questions(slurm)[0])
    clock[0] += 0.2
    result = CliRunner().invoke(app, ["runs", "list"])
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["failed"] * 4
    assert "ended before the run began" in result.stdout
    assert len(questions(slurm)) == 2
    assert states() == {"failed"}
    assert len(questions(slurm)) == 2  # nobody waits any more


@pytest.mark.parametrize("sacct", ["exec sleep 60", "exit 1", "echo nonsense; echo '1|'", None])
def test_without_an_answer_a_job_stays_queued_and_the_list_does_not_wait(
    grid: Grid, slurm: Path, monkeypatch: pytest.MonkeyPatch, sacct: str | None
) -> None:
    sweep(grid, Cluster("slurm"), wait=False)
    scheduler._known.clear()
    monkeypatch.setattr(scheduler, "PATIENCE_SECONDS", 0.3)
    if sacct is None:
        (slurm / "sacct").unlink()
    else:
        (slurm / "sacct").write_text(f"#!/bin/sh\n{sacct}\n")
    began = time.monotonic()
    for _ in range(10):
        assert states() == {"queued"}
    assert time.monotonic() - began < 10


def test_slurm_is_not_asked_about_runs_of_other_kinds(
    grid: Grid, slurm: Path, tmp_path: Path
) -> None:
    for number, (state, run) in enumerate(zip(("done", "queued", "lost"), grid.runs, strict=False)):
        folder = write_run(tmp_path / "runs" / str(number), run.config, state)
        if state == "queued":
            promise(folder, "local")
    assert states() == {"done", "queued", "lost"}
    assert not (slurm / "questions").exists()


def test_a_run_that_has_begun_is_not_given_up(
    grid: Grid, slurm: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It begins, and its job ends, while Slurm is asked."""
    (outcome, *_) = sweep(grid, Cluster("slurm"), wait=False)
    scheduler._known.clear()

    def begin_meanwhile(jobs: list[str]) -> dict[str, str]:
        RunFolder(outcome.folder).write_status("done")
        return dict.fromkeys(jobs, "COMPLETED")

    monkeypatch.setattr(scheduler, "_states", begin_meanwhile)
    assert open_run(outcome.folder).status.state == "done"


def test_killed_before_it_was_submitted(grid: Grid, slurm: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a"
    RunFolder.create(folder, grid.runs[0].config, resume=False)
    promise(folder, "slurm")
    open_run(folder)
    assert read_status(folder).state == "failed"
    assert "never submitted" in read_status(folder).reason


def test_a_refused_job_is_a_sentence(grid: Grid, slurm: Path, tmp_path: Path) -> None:
    (slurm / "sbatch").write_text("#!/bin/sh\necho 'error: invalid partition: x' >&2\nexit 1\n")
    with pytest.raises(ConfigError, match=r"refused the job of .*invalid partition: x\.$"):
        sweep(grid, Cluster("slurm", "x"))
    (folder,) = (tmp_path / "runs").glob("2*")
    assert read_status(folder).state == "failed"


def test_without_slurm_or_submitit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match="no Slurm"):
        Cluster("slurm")
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    for kind in ("slurm", "local"):
        with pytest.raises(ConfigError, match=rf"{kind} needs submitit.*clfer\[cluster\]"):
            Cluster(kind)


@pytest.fixture
def waiting(grid: Grid, tmp_path: Path) -> Path:
    """A run that was promised to Slurm."""
    folder = tmp_path / "runs" / "a"
    RunFolder.create(folder, grid.runs[0].config, resume=False)
    promise(folder, "slurm")
    return folder


def test_a_job_trains_beside_the_queue_of_the_machine(waiting: Path) -> None:
    held = take_ticket("cpu")  # another node's run, as a shared file system shows it
    try:
        assert Job(waiting, Launch("cpu", threads=1), "slurm")() == "done"
    finally:
        held.close()
    status = read_status(waiting)
    assert (status.state, status.epoch, status.epochs) == ("done", 1, 1)
    assert "epoch   1" in (waiting / "log.txt").read_text()


def test_a_job_obeys_a_stop_from_before_its_beginning(waiting: Path) -> None:
    stop(waiting)
    assert Job(waiting, Launch("cpu"), "slurm")() == "stopped"
    assert not (waiting / "metrics.jsonl").exists()


def test_a_job_says_why_it_cannot_begin(waiting: Path) -> None:
    with pytest.raises(ConfigError, match="cuda:99"):
        Job(waiting, Launch("cuda:99"), "slurm")()
    status: RunStatus = read_status(waiting)
    assert status.state == "failed"
    assert "cuda:99" in status.reason
    assert "cuda:99" in (waiting / "log.txt").read_text()


def test_a_job_that_gives_way_is_queued_again(
    waiting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_way(*_: object) -> None:
        assert read_status(waiting).state == "running"
        raise SystemExit(-1)  # what submitit does once it has queued the job again

    RunFolder(waiting).write_status("running")
    monkeypatch.setattr(trainer, "train_run", give_way)
    job = Job(waiting, Launch("cpu"), "slurm")
    with pytest.raises(SystemExit):
        job()
    assert read_status(waiting).state == "queued"
    again = job.checkpoint()
    assert again.function == job
    assert again.args == ()


def test_the_command_submits_all_and_returns(faces: Path, slurm: Path, tmp_path: Path) -> None:
    file = tmp_path / "grid.yaml"
    file.write_text(small_grid(faces).replace('"cpu"', '"auto"'))
    options = ["--executor", "slurm", "--gpus", "2", "--time", "30", "--no-wait"]
    result = CliRunner().invoke(app, ["sweep", str(file), *options])
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["queued"] * 4
    assert [line.split("|")[3].strip() for line in lines[6:10]] == ["0 of 1"] * 4
    for folder in (tmp_path / "runs").glob("2*"):
        (script,) = (folder / "job").glob("[1-4]_submission.sh")
        assert {"--gpus-per-node=2", "--time=30"} <= set(script.read_text().split())
        job = submitit.SlurmJob(folder / "job", script.name.partition("_")[0])
        assert job.submission().function == Job(
            folder, Launch("auto", threads=1, devices=2), "slurm"
        )
