"""Locks that die with their process, and the queue of a device.

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


def take_ticket(device: str) -> Lock:
    """Join this machine's queue of a device; a ticket counts as long as somebody has it open.

    Args:
        device: Name of the device, e.g. ``cpu`` or ``cuda:0``.
    """
    folder = _queue(device)
    with _exclusively(folder):
        numbers = [int(path.name) for path in _tickets(folder)]
        path = folder / f"{max(numbers, default=0) + 1:08d}"
        ticket = Lock.take(path)
    assert ticket is not None  # nobody else can have made a file of this name under the mutex
    return ticket


def ahead(ticket: Path) -> int:
    """How many live tickets stand before this one; those left by dead processes are removed."""
    folder, count = ticket.parent, 0
    with _exclusively(folder):
        for path in _tickets(folder):
            if path.name >= ticket.name:
                break
            if is_held(path):
                count += 1
            else:
                path.unlink()
    return count


def hand_back(ticket: Lock) -> None:
    """Leave the queue."""
    with _exclusively(ticket.path.parent):
        ticket.path.unlink(missing_ok=True)
    ticket.close()


def _queue(device: str) -> Path:
    # Machines may share the folder of the runs, but never a device.
    name = re.sub(r"[^a-z0-9]+", "-", f"{socket.gethostname()}-{device}".lower())
    folder = runs_dir() / ".queues" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tickets(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name.isdigit())


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
