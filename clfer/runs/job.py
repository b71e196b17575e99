"""The work of one job of a cluster."""

import traceback
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clfer.errors import ClferError
from clfer.runs.launch import Launch, claim_run
from clfer.runs.locks import is_held
from clfer.runs.record import LOG
from clfer.runs.scheduler import promise
from clfer.runs.status import LOCK, STOP, read_status
from clfer.training.progress import Progress, epoch_line
from clfer.training.run_folder import RunFolder

if TYPE_CHECKING:
    from submitit.core.utils import DelayedSubmission


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


def _print_epoch(progress: Progress) -> None:
    if progress.row is not None:
        print(epoch_line(progress.row), flush=True)
