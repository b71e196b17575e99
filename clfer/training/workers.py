"""The other processes of a run on this machine: started, watched and ended by the first one."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import torch

from clfer.errors import ClferError
from clfer.training.parallel import Processes

GRACE_SECONDS = 30.0
"""Time that the first process has to notice by itself that another one is gone."""

_POLL_SECONDS = 0.5
_END_SECONDS = 60.0

_logger = logging.getLogger(__name__)


class ProcessLostError(ClferError):
    """A process of a run on several devices has ended before its time."""


@dataclass
class Workers:
    """The processes of rank 1 and above; none where something else has started them.

    Attributes:
        processes: In the order of their ranks.
        over: Set once the first process has come to its end.
    """

    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def lost(self, patience: float = 0.0) -> str | None:
        """Which process has ended before its time, in a sentence; None if none has.

        Args:
            patience: Seconds to wait for one to end, after an error that may be due to it.
        """
        until = time.monotonic() + patience
        while True:
            for rank, process in enumerate(self.processes, start=1):
                if process.poll():
                    return _sentence(rank, len(self.processes) + 1, process.returncode)
            if not self.processes or time.monotonic() >= until:
                return None
            time.sleep(0.05)

    def watch(self, give_up: Callable[[str], None]) -> None:
        """End this process if it waits in vain for one that is gone.

        A thread that waits for others inside a GPU library cannot be woken by an exception.

        Args:
            give_up: Called with the reason before the end.
        """
        while not self.over.wait(_POLL_SECONDS):
            if reason := self.lost():
                if not self.over.wait(GRACE_SECONDS):
                    give_up(reason)
                    _logger.error(reason)
                    os._exit(1)
                return

    def join(self) -> None:
        """Wait for all to end by themselves, though not for ever: their work is done."""
        with suppress(subprocess.TimeoutExpired):
            for process in self.processes:
                process.wait(_END_SECONDS)

    def end(self) -> None:
        """End all that still run."""
        self.over.set()
        for process in self.processes:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


@contextmanager
def other_processes(
    processes: Processes,
    folder: Path,
    device: str,
    precision: str,
    give_up: Callable[[str], None],
) -> Iterator[Workers]:
    """Run the processes of rank 1 and above beside the first one.

    They read the run folder's configuration, end when this process does, however it ends, and
    share its CPU threads. Meanwhile the environment is as torchrun sets it.

    Args:
        processes: How the run is spread.
        folder: The run folder, with its configuration.
        device: As the run was asked for.
        precision: As the run was asked for.
        give_up: Called if this process has to end because another one is gone.
    """
    if processes.launched or processes.count == 1:
        yield Workers()
        return
    threads = torch.get_num_threads()
    share = max(1, threads // processes.count)
    order: dict[str, str | int] = {
        "folder": str(folder),
        "device": device,
        "precision": precision,
        "devices": processes.devices,
    }
    workers = Workers()
    torch.set_num_threads(share)
    with _environment(_as_torchrun(processes.count, share)):
        try:
            for rank in range(1, processes.count):
                workers.processes.append(_start(rank, order))
            threading.Thread(target=workers.watch, args=(give_up,), daemon=True).start()
            yield workers
            workers.join()
        finally:
            workers.end()
            torch.set_num_threads(threads)


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _as_torchrun(count: int, threads: int) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        "TORCHELASTIC_RUN_ID": "clfer",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        "GROUP_RANK": "0",
        "RANK": "0",
        "LOCAL_RANK": "0",
        "OMP_NUM_THREADS": str(threads),
    }


def _start(rank: int, order: dict[str, str | int]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "clfer.training.rank"],
        env={**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        stdin=subprocess.PIPE,
        stdout=2,  # standard output belongs to the first process
        start_new_session=True,  # Ctrl+C is for the first process, which ends the others
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    return process


def _sentence(rank: int, count: int, code: int) -> str:
    if code == -signal.SIGKILL:
        how = "was killed, as happens when memory runs out"
    else:
        how = f"ended with code {code}, and the log says why"
    return f"Process {rank + 1} of {count} {how}: resume the run once the cause is gone."
