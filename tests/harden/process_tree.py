"""What a process and all its children take while somebody watches: memory and processor time."""

import threading
from contextlib import suppress

import psutil
from peak_memory import largest_mb


class ProcessTree:
    """Watches from its creation until it is closed.

    Attributes:
        peak_mb: The largest sum of what its processes have taken at most, in MiB. Pages that they
            share count in each, and peaks at different moments add up: the true peak is not
            larger, and for a single process it is this.
    """

    def __init__(self, pid: int, every: float = 0.5) -> None:
        self.peak_mb = 0.0
        self._process = psutil.Process(pid)
        self._every = every
        self._before = {process.pid: _seconds(process) for process in self._all()}
        self._now = dict(self._before)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all its processes since the watch began, as far as it was seen."""
        return sum(self._now.values()) - sum(self._before.values())

    def close(self) -> None:
        """Look once more and stop."""
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        last = False
        while not last:
            last = self._closed.wait(self._every)
            processes = self._all()
            self.peak_mb = max(self.peak_mb, sum(largest_mb(p.pid) for p in processes))
            for process in processes:
                known = self._now.get(process.pid, 0.0)
                self._now[process.pid] = max(known, _seconds(process))

    def _all(self) -> list[psutil.Process]:
        try:
            return [self._process, *self._process.children(recursive=True)]
        except psutil.Error:
            return []


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0
