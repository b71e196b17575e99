"""On what a run was trained: a line for every time that it was started."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import clfer

MACHINES = "machines.jsonl"


@dataclass(frozen=True)
class Machine:
    """Where and how a run was trained, from one start on.

    Attributes:
        started: Time in UTC, ISO 8601.
        device: Name of the processor or GPU.
        devices: How many share a batch.
        precision: Arithmetic of the training step, as it was chosen.
        threads: CPU threads.
        torch: Version of PyTorch.
        clfer: Version of CLFER.
    """

    started: str
    device: str
    devices: int
    precision: str
    threads: int
    torch: str
    clfer: str

    @property
    def in_words(self) -> str:
        """E.g. ``AMD EPYC, 1 thread, bf16-mixed``."""
        count = f"{self.devices} × " if self.devices > 1 else ""
        threads = f"{self.threads} thread{'s' * (self.threads != 1)}"
        return f"{count}{self.device}, {threads}, {self.precision}"


def this_machine(device: str, precision: str, devices: int) -> Machine:
    """What a training that starts now runs on.

    Args:
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        precision: See :func:`~clfer.models.device.resolve_precision`.
        devices: How many share a batch.

    Raises:
        ConfigError: the device or the precision cannot be used.
    """
    import torch  # here: who reads on what a run was trained does without

    from clfer.models.device import processor_name, resolve_device, resolve_precision

    where = resolve_device(device)
    name = torch.cuda.get_device_name(where) if where.type == "cuda" else processor_name()
    return Machine(
        datetime.now(UTC).isoformat(timespec="seconds"),
        name,
        devices,
        resolve_precision(precision, where),
        torch.get_num_threads(),
        torch.__version__,
        clfer.__version__,
    )


def add_machine(run: Path, machine: Machine) -> None:
    """Add a start to a run folder."""
    with (run / MACHINES).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(asdict(machine)) + "\n")


def in_words(machines: Iterable[Machine]) -> str:
    """Where a run was trained, from its first start on: ``AMD EPYC, 1 thread; then …``."""
    return "; then ".join(dict.fromkeys(machine.in_words for machine in machines))


def machines_of(run: Path) -> list[Machine]:
    """The starts of a run, the first one first; those that cannot be read are left out."""
    try:
        lines = (run / MACHINES).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(Machine(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found
