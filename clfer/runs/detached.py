"""Commands in processes of their own, which outlive who started them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clfer.models.files import write_atomically
from clfer.runs.locks import is_held, take_patiently


@dataclass(frozen=True)
class Detached:
    """The files of a command, of which at most one process works at a time.

    Attributes:
        lock: Held by the process for life, which proves that it is alive.
        pid: Its number.
        log: What it printed.
    """

    lock: Path
    pid: Path
    log: Path

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return is_held(self.lock)

    def start(self, arguments: Sequence[str], prepare: Callable[[], object] = lambda: None) -> None:
        """Run ``clfer`` with these arguments; one that runs already is left alone.

        Args:
            arguments: Of the command line.
            prepare: Called before, once nobody else can start it.

        Raises:
            OSError: a file cannot be written, or no process can be started.
        """
        self.lock.parent.mkdir(parents=True, exist_ok=True)
        lock = take_patiently(self.lock)
        if lock is None:
            return
        try:
            prepare()
            self.pid.unlink(missing_ok=True)
            process = self._spawn(arguments, lock.descriptor)
            write_atomically(self.pid, str(process).encode())
        finally:
            lock.close()

    def end(self) -> None:
        """Ask its process to end, if it lives."""
        with suppress(OSError, ValueError):  # it ended by itself just now
            process = int(self.pid.read_text("ascii"))
            # Who holds the lock is the process that was written down, and no other of its number.
            if self.running:
                os.kill(process, signal.SIGTERM)

    def _spawn(self, arguments: Sequence[str], descriptor: int) -> int:
        """Number of a process that keeps the lock; what it starts does not inherit that."""
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "clfer", *arguments],
                pass_fds=(descriptor,),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            ).pid
