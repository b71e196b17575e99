"""Runs as jobs of Slurm, or of submitit's local executor, which takes the same path."""

import shutil
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clfer.config import Config
from clfer.errors import ConfigError
from clfer.runs.job import Job
from clfer.runs.launch import Launch, new_folder, refuse_impossible, side_by_side
from clfer.runs.scheduler import JOB, MONTH_SECONDS, promise
from clfer.runs.status import STOP
from clfer.training.run_folder import RunFolder

if TYPE_CHECKING:
    from submitit.core.core import Executor as SubmititExecutor

REQUEUES = 1000
"""How often a job that runs out of time is queued again; the number of epochs ends the run."""


@dataclass(frozen=True)
class Cluster:
    """An executor of sweeps that submits jobs.

    Attributes:
        kind: ``slurm``, or ``local`` for processes of this machine.
        partition: Of the cluster; its default where None.
        minutes: Time of a job, after which it is queued again and goes on.
    """

    kind: Literal["slurm", "local"]
    partition: str | None = None
    minutes: int = 1440

    def __post_init__(self) -> None:
        if find_spec("submitit") is None:
            raise ConfigError(
                f"The executor {self.kind} needs submitit: install it with "
                "pip install 'clfer[cluster]'."
            )
        if self.kind == "slurm" and not (shutil.which("sbatch") and shutil.which("srun")):
            raise ConfigError(
                "This machine has no Slurm (sbatch and srun are missing): start the sweep on a "
                "login node of the cluster, or choose --executor processes."
            )

    def at_once(self, launch: Launch) -> int | None:
        """A cluster has a queue of its own; a machine has little memory for runs that wait."""
        return None if self.kind == "slurm" else side_by_side(launch) + 1

    def check(self, config: Config, launch: Launch) -> None:
        """See :func:`~clfer.runs.launch.refuse_impossible`; a login node has no GPU to check."""
        here = launch if self.kind == "local" else replace(launch, device="cpu")
        refuse_impossible(config, here)

    def start(self, config: Config, launch: Launch) -> Path:
        """Submit a new run.

        Raises:
            ConfigError: the folder cannot be written, or the scheduler refuses the job.
        """
        folder = new_folder(config).absolute()
        RunFolder.create(folder, config, resume=False)
        self.resume(folder, launch)
        return folder

    def resume(self, folder: Path, launch: Launch) -> None:
        """Submit a run that is not live; raises as :meth:`start`."""
        from submitit.core.utils import FailedJobError, FailedSubmissionError

        (folder / STOP).unlink(missing_ok=True)
        promise(folder, self.kind)  # before the job can write what is true
        try:
            self._executor(folder, launch).submit(Job(folder.absolute(), launch, self.kind))
        except (FailedJobError, FailedSubmissionError, OSError) as error:
            last = str(error).strip().splitlines()[-1]
            reason = f"The {self.kind} executor refused the job of {folder.name}: {last}"
            RunFolder(folder).write_status("failed", reason=reason)
            raise ConfigError(reason.rstrip(".") + ".") from error

    def _executor(self, folder: Path, launch: Launch) -> "SubmititExecutor":
        import submitit

        if self.kind == "local":
            local = submitit.LocalExecutor(folder / JOB)
            gpus = _gpus_here(launch)
            # Else submitit ends a job after minutes and hides the GPUs from it.
            local.update_parameters(timeout_min=MONTH_SECONDS / 60, gpus_per_node=gpus)
            return local
        slurm = submitit.SlurmExecutor(folder / JOB, max_num_timeout=REQUEUES)
        asked = {"partition": self.partition, "cpus_per_task": launch.threads}
        slurm.update_parameters(
            job_name=f"clfer-{folder.name}",
            time=self.minutes,
            gpus_per_node=0 if launch.device == "cpu" else launch.devices,
            **{name: value for name, value in asked.items() if value is not None},
        )
        return slurm


def _gpus_here(launch: Launch) -> int:
    if launch.device == "cpu":
        return 0
    import torch

    return torch.cuda.device_count()
