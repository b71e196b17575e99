"""Locks that die with their process, and the queue for the devices of a machine.

``flock`` belongs to an open file and ends with the last process that has it open, however that
process ends. So a lock can be handed to a child, and one that is held proves that somebody lives.
"""

import fcntl
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clfer.paths import runs_dir

MUTEX = "mutex"
CPU = "cpu"


class Lock:
    """A file locked by this process, or by whom it is handed to.

    Attributes:
        path: The file.
        descriptor: Its open descriptor, to be handed to a child; negative once closed.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path, self.descriptor = path, descriptor

    @classmethod
    def take(cls, path: Path) -> "Lock | None":
        """Lock a file, creating it if needed; None if another process holds it."""
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            if _is_file(path, descriptor):
                return cls(path, descriptor)
            os.close(descriptor)  # removed by who held it: the lock of a file without a name

    def close(self) -> None:
        """Give up this process's hold; whoever else has the file open keeps the lock."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def take_patiently(path: Path, tries: int = 10, pause: float = 0.05) -> Lock | None:
    """Lock a file although others may be asking just now whether it is held."""
    for _ in range(tries):
        lock = Lock.take(path)
        if lock is not None:
            return lock
        time.sleep(pause)
    return None


def is_held(path: Path) -> bool:
    """Whether some process holds the lock of a file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who ask at the same moment do not take each other for the holder.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def take_ticket(*devices: str, cores: int | None = None) -> Lock:
    """Join this machine's queue; a ticket counts as long as somebody has it open.

    One ticket stands for all its devices, so two runs that share some of them are in the same order
    at each: neither can hold one and wait for another that waits for it.

    Args:
        devices: Names of the devices, e.g. ``cpu`` or ``cuda:0``.
        cores: How many cores of ``cpu`` are taken, so that runs on few share it; None for all.
    """
    folder = _queue()
    plain = {_plain(device) for device in devices}
    names = sorted(f"{CPU}-{cores}" if cores and name == CPU else name for name in plain)
    with _exclusively(folder):
        last = max((_number(path) for path in _tickets(folder)), default=0)
        ticket = Lock.take(folder / ".".join([f"{last + 1:08d}", *names]))
    assert ticket is not None  # nobody else can have made a file of this name under the mutex
    return ticket


def ahead(ticket: Path) -> int:
    """How many live tickets for one of the same devices stand before this one; 0: its turn is here.

    Tickets for a few cores are at each other's side as long as the cores of this machine suffice.
    Those left by dead processes are removed.
    """
    own, before = _devices(ticket), []
    with _exclusively(ticket.parent):
        for path in _tickets(ticket.parent):
            if path.name >= ticket.name:
                break
            if not is_held(path):
                path.unlink()
            elif own & _devices(path):
                before.append(path)
    enough = sum(map(_cores, (*before, ticket))) <= cores_here()
    return 0 if own == {CPU} and enough else len(before)


def cores_here() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def hand_back(ticket: Lock) -> None:
    """Leave the queue."""
    with _exclusively(ticket.path.parent):
        ticket.path.unlink(missing_ok=True)
    ticket.close()


def _queue() -> Path:
    # Machines may share the folder of the runs, but never a device.
    folder = runs_dir() / ".queues" / _plain(socket.gethostname())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def _tickets(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != MUTEX)


def _number(ticket: Path) -> int:
    return int(ticket.name.partition(".")[0])


def _devices(ticket: Path) -> set[str]:
    names = ticket.name.split(".")[1:]
    return {CPU if name.startswith(CPU) else name for name in names}


def _cores(ticket: Path) -> int:
    """Cores that a ticket for the CPU takes: all, unless it says how many."""
    _, _, said = ticket.name.partition(f".{CPU}-")
    return int(said) if said else cores_here()


def _is_file(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def _exclusively(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / MUTEX, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
