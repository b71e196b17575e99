"""One run on several devices: one process each, which share every batch evenly.

The method does not depend on their number. A batch is ``train.batch`` faces whoever computes it,
in the same order and with the same augmentation; batch normalisation, the clusters of CLBS, those
of CLFM with batch scope, and the ranking of SCN are taken over the whole batch; gradients are
averaged over the processes, whose parts are of one size. Only the first process measures and
writes.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from clfer.config import Config
from clfer.errors import ConfigError
from clfer.methods.gather import gather_batch
from clfer.training.batch_norm import share_batch_norm

if TYPE_CHECKING:
    from clfer.training.learner import Learner


@dataclass(frozen=True)
class Processes:
    """The processes of a run, and which of them this one is.

    Attributes:
        devices: Devices on every node, one process each.
        nodes: Machines.
        rank: Number of this process, from 0.
        launched: Whether something has started all of them already: Slurm, torchrun, or the
            first process of the run.
    """

    devices: int = 1
    nodes: int = 1
    rank: int = 0
    launched: bool = False

    @property
    def count(self) -> int:
        """Number of processes."""
        return self.devices * self.nodes

    @property
    def first(self) -> bool:
        """Whether this is the process that measures and writes."""
        return self.rank == 0

    def rows(self, batch: int) -> slice:
        """The part of a batch that this process takes."""
        size = batch // self.count
        return slice(self.rank * size, (self.rank + 1) * size)


def plan_processes(batch: int, device: torch.device, devices: int, nodes: int) -> Processes:
    """Check that a run can be spread so, and find out which of its processes this one is.

    Args:
        batch: Faces per step over all processes.
        device: The kind of device; one GPU by its number only if there is one process.
        devices: Devices on every node.
        nodes: Machines.

    Raises:
        ConfigError: the batch cannot be shared evenly, the devices are not there, or nothing has
            started the processes of the other nodes.
    """
    count = devices * nodes
    if min(devices, nodes) < 1:
        raise ConfigError(f"A run needs at least one device and node, not {devices} and {nodes}.")
    if count == 1:
        return Processes()
    if batch % count:
        raise ConfigError(
            f"train.batch = {batch} cannot be shared evenly by {count} processes: "
            f"choose a multiple of {count}."
        )
    _check_devices(device, devices)
    rank = rank_of(count)
    if rank is None and nodes > 1:
        raise ConfigError(
            f"A run on {nodes} nodes is started once per device, by srun or torchrun: neither "
            f"has started this process as one of {count}."
        )
    return Processes(devices, nodes, rank or 0, rank is not None)


def rank_of(count: int) -> int | None:
    """Rank of this process among ``count`` that Slurm or torchrun started; None if neither did.

    Raises:
        ConfigError: torchrun started another number of processes.
    """
    say = os.environ
    if "TORCHELASTIC_RUN_ID" in say:
        if int(say["WORLD_SIZE"]) != count:
            raise ConfigError(
                f"torchrun started {say['WORLD_SIZE']} processes for a run on {count} devices."
            )
        return int(say["RANK"])
    interactive = say.get("SLURM_JOB_NAME") in ("bash", "interactive")
    if say.get("SLURM_NTASKS") == str(count) and "SLURM_PROCID" in say and not interactive:
        return int(say["SLURM_PROCID"])
    return None


def share_method(learner: "Learner", device: torch.device) -> None:
    """Let everything in ``learner`` that depends on a batch see those of all processes."""
    share_batch_norm(learner, device)
    learner.objective.share_batch(gather_batch)


def has_idle_parameters(config: Config) -> bool:
    """Whether some parameters never get a gradient, which data-parallel training must know."""
    clfm, clbs = config.clfm, config.clbs
    fm = clfm.enabled and (clfm.coding == "peaks" or not any(clfm.alpha))
    return fm or (clbs.enabled and not any(clbs.beta))


def _check_devices(device: torch.device, devices: int) -> None:
    index: int | None = device.index  # torch's stub knows only int
    if index is not None:
        raise ConfigError(
            f"Device '{device}' is a single GPU: use --device {device.type} for several."
        )
    there = torch.cuda.device_count()
    if device.type == "cuda" and devices > there:
        raise ConfigError(f"The run asks for {devices} GPUs, and this machine has {there}.")
