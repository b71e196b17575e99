"""Runs in the queue of a scheduler: its word that their jobs will come, and when they will not.

A job that waits in the queue of a cluster has no process that could prove it alive, so its run is
given a heartbeat in the future: the scheduler answers for it. If the job is cancelled before it has
begun, nobody says so in the folder of the run; it is found out by whoever looks at the run next, in
the app or with ``clfer runs`` or ``clfer sweep``, from a machine that has ``sacct``. Until somebody
looks, the run stays ``queued``, and afterwards no longer than

- :data:`SUBMISSION_SECONDS` from its submission, within which Slurm is not asked about it,
- :data:`ASK_SECONDS` from the last answer, as long as ``sacct`` itself knows and answers.
"""

import os
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from clfer.runs.status import HEARTBEAT, read_status
from clfer.training.run_folder import RunFolder

JOB = "job"
"""Folder of a run that holds what the scheduler reads and writes."""

MONTH_SECONDS = 30 * 86400.0
"""How long a scheduler answers for a job that waits."""

START_SECONDS = 240.0
"""How long a job on this machine may take to import what it needs."""

SUBMISSION_SECONDS = 120.0
"""Time that a sweep has, after it has promised a job, to submit it."""

ASK_SECONDS = 20.0
"""Between two questions about the same job."""

PATIENCE_SECONDS = 3.0
"""How long an answer is waited for."""

ENDED = (
    *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE"),
    *("FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT"),
)
"""States in which a job will not begin any more."""

_known: dict[str, tuple[float, bool]] = {}
"""By job: when Slurm was asked about it, and whether it has ended."""
_asking = threading.Lock()


def promise(folder: Path, kind: str) -> None:
    """Count a run as queued for as long as its executor may take to begin it.

    Args:
        folder: The run.
        kind: ``slurm`` or ``local``.
    """
    # No machine has a name with a space, so nobody looks for a process.
    RunFolder(folder).write_status("queued", host=f"{kind} queue", pid=None, process_started=None)
    until = time.time() + (MONTH_SECONDS if kind == "slurm" else START_SECONDS)
    (folder / HEARTBEAT).touch()
    os.utime(folder / HEARTBEAT, (until, until))


def settle(folders: Iterable[Path]) -> None:
    """Correct the status of runs that wait for a Slurm job which has ended without beginning them.

    One question is asked for all; runs of other kinds are left alone.
    """
    waiting = [folder for folder in folders if _waits_for_slurm(folder)]
    jobs = {folder: _last_job(folder) for folder in waiting}
    ended = _ended([job for job in jobs.values() if job is not None])
    for folder, job in jobs.items():
        if job is None:
            _give_up(folder, "It was never submitted: start the sweep again.")
        elif job in ended:
            reason = f"Slurm job {job} ended before the run began; see {folder / JOB}."
            _give_up(folder, reason)


def _waits_for_slurm(folder: Path) -> bool:
    """Whether a run has been promised to Slurm, and long enough ago to be submitted by now."""
    try:
        left = (folder / HEARTBEAT).stat().st_mtime - time.time()
    except OSError:
        return False
    promised = START_SECONDS < left < MONTH_SECONDS - SUBMISSION_SECONDS
    return promised and read_status(folder).state == "queued"


def _last_job(folder: Path) -> str | None:
    """Number of the job that was submitted last for a run; None if there is none."""
    files = (folder / JOB).glob("*_submitted.pkl")
    last = max(files, key=lambda path: path.stat().st_mtime, default=None)
    return None if last is None else last.name.partition("_")[0]


def _ended(jobs: Sequence[str]) -> set[str]:
    """Which jobs have ended, as far as Slurm has said so lately."""
    with _asking:
        now = time.monotonic()
        due = [job for job in jobs if job not in _known or now - _known[job][0] >= ASK_SECONDS]
        if due:
            said = _states(due)
            # Also where there was no answer: who asks again at once waits in vain again.
            _known.update((job, (time.monotonic(), said.get(job) in ENDED)) for job in due)
        return {job for job in jobs if _known[job][1]}


def _states(jobs: Sequence[str]) -> dict[str, str]:
    """States of jobs, those left out of which Slurm does not say anything."""
    columns = ["--allocations", "--noheader", "--parsable2", "--format=JobID,State"]
    try:
        answer = subprocess.run(
            ["sacct", *columns, f"--jobs={','.join(jobs)}"],
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    rows = (line.split("|") for line in answer.stdout.splitlines() if "|" in line)
    return {row[0]: (row[1].split() or [""])[0] for row in rows}  # "CANCELLED by 1000"


def _give_up(folder: Path, reason: str) -> None:
    if read_status(folder).state != "queued":
        return  # it has begun while Slurm was asked
    run = RunFolder(folder)
    with suppress(OSError):  # it is another person's run
        run.write_status("failed", reason=reason, epoch=run.last_epoch())
