"""The work of one job of a cluster, and the word of the scheduler that it will come.

A job that waits in the queue of a cluster has no process that could prove it alive, so its run is
given a heartbeat in the future: the scheduler answers for it.
"""

import os
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clfer.errors import ClferError
from clfer.runs.launch import Launch, claim_run
from clfer.runs.locks import is_held
from clfer.runs.record import LOG
from clfer.runs.status import HEARTBEAT, LOCK, STOP, read_status
from clfer.training.progress import Progress, epoch_line
from clfer.training.run_folder import RunFolder

if TYPE_CHECKING:
    from submitit.core.utils import DelayedSubmission

JOB = "job"
"""Folder of a run that holds what the scheduler reads and writes."""

MONTH_SECONDS = 30 * 86400.0
"""How long a scheduler answers for a job that waits."""

START_SECONDS = 240.0
"""How long a job on this machine may take to import what it needs."""


@dataclass(frozen=True)
class Job:
    """The work of one job: the trainer on a run folder.

    Attributes:
        folder: The run.
        launch: How it is executed.
        kind: ``slurm`` or ``local``.
    """

    folder: Path
    launch: Launch
    kind: str

    def __call__(self) -> str:
        """Train until the end; returns the state of the run, which holds everything else."""
        with (self.folder / LOG).open("a", 1) as log, redirect_stdout(log), redirect_stderr(log):
            try:
                self._train()
            except KeyboardInterrupt:
                print("Stopped.")
            except SystemExit:
                promise(self.folder, self.kind)  # submitit has queued the job again
                raise
            except ClferError as error:
                print(f"Error: {error}")
                raise
            except Exception:
                traceback.print_exc()
                raise
        return read_status(self.folder).state

    def checkpoint(self) -> "DelayedSubmission":
        """What submitit queues again when the time is over or the job must give way."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)

    def _train(self) -> None:
        from clfer.runs.trainer import train_run

        if (self.folder / STOP).exists():
            RunFolder(self.folder).write_status("stopped")
            raise KeyboardInterrupt
        try:
            # Slurm has given this job its devices: no queue with the jobs beside it.
            claim = claim_run(self.folder, self.launch, queue=self.kind != "slurm")
        except ClferError as error:
            if not is_held(self.folder / LOCK):
                RunFolder(self.folder).write_status("failed", reason=str(error))
            raise
        try:
            train_run(self.folder, claim, self.launch, _print_epoch)
        finally:
            claim.close()


def promise(folder: Path, kind: str) -> None:
    """Count a run as queued for as long as its executor may take to begin it."""
    # No machine has a name with a space, so nobody looks for a process.
    RunFolder(folder).write_status("queued", host=f"{kind} queue", pid=None, process_started=None)
    until = time.time() + (MONTH_SECONDS if kind == "slurm" else START_SECONDS)
    (folder / HEARTBEAT).touch()
    os.utime(folder / HEARTBEAT, (until, until))


def _print_epoch(progress: Progress) -> None:
    if progress.row is not None:
        print(epoch_line(progress.row), flush=True)
