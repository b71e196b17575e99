"""The state of a run as its folder tells it, and whether its process is still alive."""

import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import psutil

from clfer.runs.locks import Lock, is_held, take_patiently
from clfer.training.run_folder import STATUS

State = Literal["queued", "running", "stopped", "failed", "done", "lost"]

LIVE: tuple[State, ...] = ("queued", "running")

LOCK = "lock"
"""A file that the trainer holds locked for life."""

STOP = "stop"
"""A file that asks the trainer to stop."""

HEARTBEAT = "heartbeat"
"""An empty file that the trainer touches every few seconds."""

SILENCE_SECONDS = 60.0
"""A trainer on another machine counts as gone when it has been silent for so long."""

ENDING_SECONDS = 10.0
"""A process may take so long to end after its last words."""

GONE = (
    "The process of this run is gone without a word: it was killed (for lack of memory, perhaps) "
    "or the machine went down; resume it."
)


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands.

    Attributes:
        state: ``lost`` if the file says queued or running, but the process is gone.
        epoch: Finished epochs.
        epochs: All epochs.
        step: Finished steps of the running epoch.
        steps: Steps of an epoch; 0 while unknown.
        seconds_left: Estimate for the rest of the run; None while unknown.
        reason: Why it failed or was lost, in one sentence; else empty.
        pid: Process of the trainer; None before it has reported.
        ahead: Runs that wait before this one for the device.
    """

    state: State
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    reason: str = ""
    pid: int | None = None
    ahead: int = 0

    @property
    def live(self) -> bool:
        """Whether a process works on it or waits for its turn."""
        return self.state in LIVE

    @property
    def share(self) -> float:
        """Finished part of the run, 0 to 1."""
        if self.state == "done" or not self.epochs:
            return float(self.state == "done")
        return min(1.0, (self.epoch + self.step / max(1, self.steps)) / self.epochs)


def read_status(folder: Path) -> RunStatus:
    """The status of a run; a missing or damaged file makes it ``lost``, with the reason."""
    path = folder / STATUS
    try:
        said: dict[str, Any] = json.loads(path.read_text("utf-8"))
        status = _parse(said)
    except OSError:
        return RunStatus("lost", reason=f"{path} is missing: the run never began; resume it.")
    except (ValueError, KeyError, TypeError, AttributeError):
        return RunStatus("lost", reason=f"{path} is damaged; resume the run to write it anew.")
    if status.live and not _is_alive(folder, said):
        return RunStatus("lost", status.epoch, status.epochs, reason=GONE)
    return status


def process_of(folder: Path) -> psutil.Process | None:
    """The live process of a run on this machine; a recycled process id is none."""
    try:
        said = json.loads((folder / STATUS).read_text("utf-8"))
        if said["host"] != socket.gethostname():
            return None
        process = psutil.Process(int(said["pid"]))
        if abs(process.create_time() - said["process_started"]) > 1:
            return None
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None
    return process


def take_over(folder: Path) -> Lock | None:
    """The lock of a run that nobody works on any more; None if somebody does.

    Waits for a process that has said its last words and is about to end.
    """
    until = time.monotonic() + ENDING_SECONDS
    while (lock := take_patiently(folder / LOCK)) is None:
        if read_status(folder).live or time.monotonic() > until:
            break
    return lock


def _parse(said: dict[str, Any]) -> RunStatus:
    state = said["state"]
    if state not in get_args(State):
        raise ValueError(state)
    left, pid = said.get("seconds_left"), said.get("pid")
    return RunStatus(
        state=state,
        epoch=int(said.get("epoch") or 0),
        epochs=int(said.get("epochs") or 0),
        step=int(said.get("step") or 0),
        steps=int(said.get("steps") or 0),
        seconds_left=None if left is None else float(left),
        reason=str(said.get("reason") or ""),
        pid=None if pid is None else int(pid),
        ahead=int(said.get("ahead") or 0),
    )


def _is_alive(folder: Path, said: dict[str, Any]) -> bool:
    if said.get("host", socket.gethostname()) == socket.gethostname():
        if (folder / LOCK).exists():
            return is_held(folder / LOCK)
        return process_of(folder) is not None  # a run of the bare engine has no lock
    try:
        silent = time.time() - (folder / HEARTBEAT).stat().st_mtime
    except OSError:
        return False
    return silent < SILENCE_SECONDS
