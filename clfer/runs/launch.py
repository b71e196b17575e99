"""Start, resume and extend runs, each in a process of its own that outlives this one.

What loads torch is imported where it is used: a trainer that waits its turn does without.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from clfer.config import Config, dump_config
from clfer.errors import ConfigError, DataError
from clfer.models.files import write_atomically
from clfer.paths import runs_dir
from clfer.runs.locks import CPU, Lock, cores_here, take_ticket
from clfer.runs.record import LAUNCH, LOG, Run, open_run
from clfer.runs.status import STOP, take_over
from clfer.training.run_folder import CONFIG, RunFolder

FRESH_START = 0.25
"""Peak of the added epochs of a one-cycle schedule, as a share of the run's peak rate."""


@dataclass(frozen=True)
class Launch:
    """How a run is executed; no part of what it is.

    Attributes:
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        precision: Fabric's name of the arithmetic of the training step.
        threads: CPU threads; None for all.
        devices: Processes, one per device, that share every batch evenly.
    """

    device: str = "auto"
    precision: str = "32-true"
    threads: int | None = None
    devices: int = 1

    @classmethod
    def of(cls, folder: Path) -> "Launch":
        """How a run was launched last; the defaults where that was not kept."""
        try:
            return cls(**json.loads((folder / LAUNCH).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return cls()


@dataclass(frozen=True)
class Claim:
    """What a trainer holds for life: its run folder, and its place in the queue of its devices.

    Attributes:
        folder: Lock of the run folder.
        ticket: The place; None where a scheduler has given the devices.
    """

    folder: Lock
    ticket: Lock | None

    def close(self) -> None:
        """Give up this process's hold; a child that was handed the claim keeps it."""
        self.folder.close()
        if self.ticket is not None:
            self.ticket.close()


def config_hash(config: Config) -> str:
    """Identity of a run: sha256 over its full configuration, without where the data lie."""
    known = config.model_dump(mode="json")
    known["data"].pop("root")
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def start(config: Config, launch: Launch | None = None, folder: Path | None = None) -> Run:
    """Start a run, or queue it behind the others of its device, and return at once.

    Args:
        config: What is trained.
        launch: How.
        folder: A folder that does not hold a run yet; one below ``runs_dir()`` by default.

    Raises:
        ConfigError: the folder is taken or cannot be written, or the device cannot be used.
        DataError: the data set is not where it should be.
    """
    launch = launch or Launch()
    refuse_impossible(config, launch)
    place = new_folder(config) if folder is None else folder
    claim = claim_run(place, launch, lambda: RunFolder.create(place, config, resume=False))
    return _hand_over(place, claim)


def resume(folder: Path, launch: Launch | None = None) -> Run:
    """Go on with a run that is not live, from its last whole epoch.

    Raises:
        ConfigError: there is no such run, it is live or a record, or the device cannot be used.
        DataError: the data set is not where it was.
    """
    run = _with_weights(open_run(folder))
    launch = launch or Launch.of(folder)
    refuse_impossible(run.config, launch)
    return _hand_over(folder, claim_run(folder, launch))


def extend(folder: Path, epochs: int) -> Run:
    """Continue a run with more epochs at its last image size.

    The epochs done stay as they are. Under a one-cycle schedule, which has ended, the added ones
    start anew at :data:`FRESH_START` of the peak rate and fall to 0; the other schedules go on.

    Raises:
        ConfigError: there is no such run, it is live or a record, it keeps averaged weights alone,
            or the number of epochs is not positive.
        DataError: the data set is not where it was.
    """
    from clfer.training.state import keeps_average_alone

    if epochs < 1:
        raise ConfigError(f"epochs must be 1 or more, got {epochs}.")
    run, launch = _with_weights(open_run(folder)), Launch.of(folder)
    refuse_impossible(run.config, launch)
    states = RunFolder(folder)
    if keeps_average_alone(states.epoch_folder(states.last_epoch())):
        raise ConfigError(
            f"{folder} keeps the averaged weights alone, as what clfer reproduce trains does once "
            f"it is done: train it anew with more epochs."
        )

    def rewrite() -> None:
        earlier = folder / f"config-{run.config.train.epochs}-epochs.yaml"
        write_atomically(earlier, dump_config(run.config).encode())
        write_atomically(folder / CONFIG, dump_config(longer(run.config, epochs)).encode())

    return _hand_over(folder, claim_run(folder, launch, rewrite))


def _with_weights(run: Run) -> Run:
    if run.is_record:
        raise ConfigError(f"{run.path} is a record without weights: train the run anew.")
    return run


def refuse_impossible(config: Config, launch: Launch) -> None:
    """Find what would end a run at once, before anything of it is on disk.

    Raises:
        ConfigError: there is no such device or precision, or the batch cannot be shared evenly.
        DataError: the data set is not where it should be, or lacks a split.
    """
    from clfer.data import available_splits
    from clfer.models.device import check_precision, resolve_device
    from clfer.training.parallel import plan_processes

    plan_processes(config.train.batch, resolve_device(launch.device), launch.devices, nodes=1)
    check_precision(launch.precision)
    found = available_splits(config.data.name, config.data.root)
    for split in ("train", "valid"):
        if split not in found:
            raise DataError(
                f"{config.data.root} has no split '{split}': training needs train and valid."
            )


def longer(config: Config, epochs: int) -> Config:
    """The configuration with more epochs at the last image size; see :func:`extend`."""
    train = config.train
    changes: dict[str, object] = {"sizes": (*train.sizes, (train.final_side, epochs))}
    if train.schedule == "one-cycle" and train.last_phase_rate is None:
        changes["last_phase_rate"] = FRESH_START * train.learning_rate
    return config.model_copy(update={"train": train.model_copy(update=changes)})


def new_folder(config: Config) -> Path:
    """A folder below ``runs_dir()`` that nobody else has, made now."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    method = re.sub("[^a-z]+", "-", config.method.lower()).strip("-")
    name = f"{stamp}-{method}-s{config.seed}"
    for number in range(1, 1000):
        folder = runs_dir() / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise ConfigError(f"{folder} cannot be used for a run: {error.strerror}.") from error
        return folder
    raise ConfigError(f"{runs_dir()} holds a thousand runs named {name}: choose another folder.")


def claim_run(
    folder: Path,
    launch: Launch,
    prepare: Callable[[], object] = lambda: None,
    *,
    queue: bool = True,
) -> Claim:
    """Take a run folder for this process and join the queue of its devices.

    Args:
        folder: The run; created if needed.
        launch: Names the devices; kept in the folder.
        prepare: Called once the folder is this process's alone.
        queue: Whether to wait behind the other runs of these devices; not where a scheduler has
            given them to this one.

    Raises:
        ConfigError: another process works on the run, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = take_over(folder)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be used for a run: {error.strerror}.") from error
    if lock is None:
        raise ConfigError(f"{folder} is being trained by another process: stop it first.")
    try:
        (folder / STOP).unlink(missing_ok=True)
        prepare()
        write_atomically(folder / LAUNCH, json.dumps(asdict(launch)).encode())
        return Claim(lock, take_ticket(*_slots(launch), cores=_cores(launch)) if queue else None)
    except OSError as error:
        lock.close()
        raise ConfigError(f"{folder} cannot be used for a run: {error.strerror}.") from error
    except BaseException:
        lock.close()
        raise


def side_by_side(launch: Launch) -> int:
    """How many runs so launched this machine trains at a time: several where each says few threads.

    Raises:
        DeviceError: the device is not to be had.
    """
    cores = _cores(launch)
    if cores is None or not any(name == CPU for name in _slots(launch)):
        return 1
    return max(1, cores_here() // cores)


def _cores(launch: Launch) -> int | None:
    """Cores that a run on the CPU takes; None for all."""
    return None if launch.threads is None else launch.threads * launch.devices


def _slots(launch: Launch) -> list[str]:
    """Names of the devices that a run takes: ``cuda`` stands for the first ones."""
    from clfer.models.device import resolve_device

    where = resolve_device(launch.device)
    if where.type != "cuda":
        return [where.type]
    first: int = where.index or 0
    return [f"cuda:{index}" for index in range(first, first + launch.devices)]


def _hand_over(folder: Path, claim: Claim) -> Run:
    """Let a process of its own go on with the claim; it needs nothing of this one any more."""
    run = RunFolder(folder)
    assert claim.ticket is not None  # what runs in the background waits its turn
    descriptors = (claim.folder.descriptor, claim.ticket.descriptor)
    command = [sys.executable, "-m", "clfer.runs.trainer", str(folder), str(claim.ticket.path)]
    try:
        # The trainer writes its own process; this one's must never stand for it.
        nobody = {"pid": None, "process_started": None}
        done = {"epoch": run.last_epoch(), "epochs": run.config().train.epochs}
        run.write_status("queued", **nobody, **done)
        with (folder / LOG).open("ab") as log:
            subprocess.Popen(
                [*command, *map(str, descriptors)],
                pass_fds=descriptors,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
    except OSError as error:
        raise ConfigError(f"No process can be started for {folder}: {error.strerror}.") from error
    finally:
        claim.close()
    return open_run(folder)
