"""The process of a run: waits for its device, trains, and says how it ended.

``python -m clfer.runs.trainer FOLDER TICKET LOCK_FD TICKET_FD`` is started by
:mod:`clfer.runs.launch`, which hands over the locks as open descriptors; ``clfer train`` does the
same work in the foreground.
"""

import gc
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from clfer.errors import CheckpointError, ClferError
from clfer.runs.events import event_writer
from clfer.runs.launch import Claim, Launch
from clfer.runs.locks import Lock, ahead, hand_back
from clfer.runs.status import HEARTBEAT, STOP
from clfer.training.progress import Progress, Report, epoch_line
from clfer.training.reason import reason_of
from clfer.training.run_folder import STATUS, RunFolder

BEAT_SECONDS = 5.0
TURN_SECONDS = 0.3
"""Seconds between two looks at the queue."""


class StoppedError(KeyboardInterrupt):
    """The run was asked to stop; the engine treats it as it treats Ctrl+C."""


def main(arguments: list[str]) -> int:
    """Run a training whose locks were handed over; returns the exit status."""
    folder, ticket = Path(arguments[0]), Path(arguments[1])
    lock_descriptor, ticket_descriptor = map(int, arguments[2:4])
    claim = Claim(Lock(folder, lock_descriptor), Lock(ticket, ticket_descriptor))
    stop_on_sigterm()

    def report(progress: Progress) -> None:
        if progress.row is not None:
            print(epoch_line(progress.row), flush=True)

    try:
        train_run(folder, claim, Launch.of(folder), report)
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
        return 0
    except ClferError as error:
        print(f"Error: {error}", flush=True)
        return 2
    return 0


def stop_on_sigterm() -> None:
    """Let the signal that asks a process to end stop the training as Ctrl+C does."""

    def stop(number: int, frame: FrameType | None) -> None:
        # Asked again while it stops already: the last words must not be cut short.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise StoppedError

    signal.signal(signal.SIGTERM, stop)


def train_run(
    folder: Path,
    claim: Claim,
    launch: Launch,
    report: Report,
    waiting: Callable[[int], None] = lambda _: None,
) -> None:
    """Wait for the device, then train until the end; the status says how that went.

    Args:
        folder: The run.
        claim: Its locks; the place in the queue is given back at the end.
        launch: Device, precision, threads.
        report: Called after every step and epoch.
        waiting: Called with the number of runs ahead whenever it changes.

    Raises:
        KeyboardInterrupt: the run was asked to stop.
        ClferError: the data, the device or a state cannot be used.
    """
    run = RunFolder(folder)
    with _heartbeat(folder):
        try:
            run.sweep()
            if claim.ticket is not None:
                _wait(run, claim.ticket.path, waiting)
            _train(run, launch, report)
        except KeyboardInterrupt:
            _last_words(run, "stopped", "")
            raise
        except Exception as error:
            _last_words(run, "failed", reason_of(error))
            raise
        finally:
            with suppress(OSError):
                if claim.ticket is not None:
                    hand_back(claim.ticket)


def _wait(run: RunFolder, ticket: Path, waiting: Callable[[int], None]) -> None:
    said = 0
    _obey(run.path)  # it may have been asked to stop before it could say its process
    while before := ahead(ticket):
        if before != said:
            said = before
            run.write_status("queued", **_done(run), ahead=before)
            waiting(before)
        if before == 1:
            _load_engine()  # a gigabyte, so only the next one has it at hand when the turn comes
        time.sleep(TURN_SECONDS)
        _obey(run.path)


def _train(run: RunFolder, launch: Launch, report: Report) -> None:
    run.write_status("running", **_done(run))
    _load_engine()
    import torch

    from clfer.training.engine import train
    from clfer.training.machine import add_machine, this_machine

    if launch.threads is not None:
        torch.set_num_threads(launch.threads)
    add_machine(run.path, this_machine(launch.device, launch.precision, launch.devices))
    with event_writer(run.path, _whole_history(run)) as write_events:

        def follow(progress: Progress) -> None:
            if progress.row is not None and progress.epoch < progress.epochs:
                run.write_status(
                    "running",
                    epoch=progress.epoch,
                    epochs=progress.epochs,
                    seconds_left=progress.seconds_left,
                )
            write_events(progress)
            report(progress)
            _obey(run.path)

        train(
            run.config(),
            run.path,
            device=launch.device,
            precision=launch.precision,
            devices=launch.devices,
            resume=True,
            report=follow,
        )


def _load_engine() -> None:
    """Import what trains, which takes seconds; a signal has its effect afterwards.

    An import of torch that has broken off cannot be made up for, and the last words may need it.
    """
    collects = gc.isenabled()
    gc.disable()  # a quarter of the time, in which there is nothing to collect
    try:
        with _signals_afterwards():
            import clfer.training.engine  # noqa: F401
    finally:
        if collects:
            gc.enable()


@contextmanager
def _signals_afterwards() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # no other thread ever handles a signal
        return
    caught: list[int] = []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in handlers:
        signal.signal(number, lambda number, frame: caught.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for late in caught:
        signal.raise_signal(late)


def _whole_history(run: RunFolder) -> list[dict[str, Any]]:
    """Rows up to the last whole state; damaged ones after it are set aside."""
    from clfer.training.state import check_state, load_history

    damaged = False
    while last := run.last_epoch():
        try:
            check_state(run.epoch_folder(last))
        except CheckpointError as error:
            damaged = True
            aside = run.set_aside(last)
            print(f"{error} It was set aside as {aside.name}.", file=sys.stderr, flush=True)
            continue
        if damaged:
            print(f"The run goes on after epoch {last}.", file=sys.stderr, flush=True)
        return load_history(run.epoch_folder(last))
    if damaged:
        raise CheckpointError(
            f"No training state of {run.path} is whole: the damaged ones were set aside in its "
            f"folder epochs; resume the run to train it from the start."
        )
    return []


def _obey(folder: Path) -> None:
    if (folder / STOP).exists():
        raise StoppedError


@contextmanager
def _heartbeat(folder: Path) -> Iterator[None]:
    """Touch a file every few seconds, through whatever the training does."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            with suppress(OSError):  # a full disk must not end a training that may still succeed
                (folder / HEARTBEAT).touch()

    with suppress(OSError):
        (folder / HEARTBEAT).touch()
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _done(run: RunFolder) -> dict[str, int]:
    return {"epoch": run.last_epoch(), "epochs": run.config().train.epochs}


def _complete_history(run: RunFolder) -> None:
    """Add the row of an epoch whose state was the last thing that could be written."""
    last = run.last_epoch()
    if len(run.read_metrics()) < last:
        from clfer.training.state import load_history

        run.rewrite_metrics(load_history(run.epoch_folder(last)))


def _last_words(run: RunFolder, state: str, reason: str) -> None:
    """Write the last status; where the disk is full, over the old one in its place."""
    fields = {"epoch": run.last_epoch(), "reason": reason}
    try:
        run.sweep()  # a state that found no room must not keep the disk full
        _complete_history(run)
        run.write_status(state, **(_done(run) | fields))
    except (OSError, ClferError):
        with suppress(OSError), (run.path / STATUS).open("r+") as stream:
            known = json.loads(stream.read())
            stream.seek(0)
            stream.write(json.dumps(known | fields | {"state": state}))
            stream.truncate()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
