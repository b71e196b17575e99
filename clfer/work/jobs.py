"""The queue of long computations: one process at a time, the others wait in order."""

import json
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal, TextIO, cast

from clfer.work.request import Request

State = Literal["waiting", "running", "done", "failed", "cancelled"]

REMEMBERED = 64
"""Finished jobs kept, so that a page can still say why one failed."""


@dataclass(eq=False)
class Job:
    """A request under way.

    Attributes:
        request: What is computed.
        state: Where it stands.
        done: Steps done.
        total: All steps; 0 until the task has said so.
        error: Why it failed, in one sentence.
        started: Monotonic time of the first report of progress; None before.
    """

    request: Request
    state: State = "waiting"
    done: int = 0
    total: int = 0
    error: str = ""
    started: float | None = None
    _first: int = 0
    _process: "subprocess.Popen[str] | None" = field(default=None, repr=False)

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("waiting", "running")

    @property
    def share(self) -> float:
        """Part done, from 0 to 1."""
        return self.done / self.total if self.total else 0.0

    def seconds_left(self) -> float | None:
        """At the speed so far; None while nothing can be said."""
        if self.started is None or self.done <= self._first:
            return None
        speed = (self.done - self._first) / (time.monotonic() - self.started)
        return (self.total - self.done) / speed

    def note(self, done: int, total: int) -> None:
        """Take down progress."""
        if self.started is None or total != self.total or done < self.done:
            self.started, self._first = time.monotonic(), done
        self.done, self.total = done, total


class Jobs:
    """All jobs of this process, by the key of their request."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None

    def get(self, request: Request) -> Job | None:
        """The latest job of a request, whatever its state."""
        with self._lock:
            return self._jobs.get(request.key)

    @property
    def active(self) -> int:
        """How many jobs wait or run."""
        with self._lock:
            return sum(job.active for job in self._jobs.values())

    def start(self, request: Request) -> Job:
        """Queue a request; one that is under way already is not started twice."""
        with self._wake:
            job = self._jobs.get(request.key)
            if job is not None and job.active:
                return job
            self._forget()
            job = self._jobs[request.key] = Job(request)
            self._jobs.move_to_end(request.key)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, daemon=True)
                self._thread.start()
            self._wake.notify()
            return job

    def cancel(self, request: Request) -> None:
        """Stop a job at once; nothing of it is kept."""
        with self._lock:
            job = self._jobs.get(request.key)
            if job is None or not job.active:
                return
            job.state = "cancelled"
            if job._process is not None:
                job._process.kill()

    def close(self) -> None:
        """Stop everything."""
        for job in list(self._jobs.values()):
            self.cancel(job.request)

    def _serve(self) -> None:
        while True:
            with self._wake:
                while (job := self._next()) is None:
                    self._wake.wait()
                job.state = "running"
                job._process = process = _start_worker()
            _follow(job, process)

    def _next(self) -> Job | None:
        return next((job for job in self._jobs.values() if job.state == "waiting"), None)

    def _forget(self) -> None:
        finished = [key for key, job in self._jobs.items() if not job.active]
        for key in finished[: max(0, len(self._jobs) - REMEMBERED)]:
            del self._jobs[key]


def _start_worker() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "clfer.work.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _follow(job: Job, process: "subprocess.Popen[str]") -> None:
    """Send the request, take down what the worker says, and how it ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    tail: list[str] = []
    drain = threading.Thread(
        target=_keep_last, args=(cast(TextIO, process.stderr), tail), daemon=True
    )
    drain.start()
    finished = False
    try:
        process.stdin.write(job.request.as_json())
        process.stdin.close()
    except BrokenPipeError:
        pass  # it died at once, or was cancelled; its exit says why
    for line in process.stdout:
        said = json.loads(line)
        if "total" in said:
            job.note(said["done"], said["total"])
        finished = finished or bool(said.get("finished"))
        job.error = said.get("error", job.error)
    process.wait()
    drain.join(1)
    if job.state == "cancelled":
        return
    if not finished and not job.error:
        last = tail[-1] if tail else f"exit status {process.returncode}"
        job.error = f"The computation '{job.request.task}' broke off: {last}."
    job.state = "done" if finished else "failed"


def _keep_last(stream: TextIO, tail: list[str]) -> None:
    for line in stream:
        if line.strip():
            tail[:] = [line.strip()]
