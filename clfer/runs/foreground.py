"""Runs of a grid trained from this process: for grids of runs that take seconds.

What a process of its own spends on starting is spent once, or once for each run that the machine
trains at a time. The run folders, locks and queue are those of every other run, so nothing is
trained twice, and what breaks off is resumed.
"""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import SimpleQueue
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from clfer.errors import ClferError
from clfer.runs.grid import GridRun
from clfer.runs.launch import Launch, claim_run, new_folder, refuse_impossible, side_by_side
from clfer.runs.missing import known_runs, step_of
from clfer.runs.status import read_status
from clfer.runs.sweep import PAUSE_SECONDS, handing_over
from clfer.runs.trainer import stop_on_sigterm, train_run
from clfer.training.reason import reason_of
from clfer.training.run_folder import EPOCHS, RunFolder

Report = Callable[[GridRun, int, int], None]
"""Called before a run with the number of those that were begun before it and of all."""

_Word = tuple[int, str]
"""What a worker says: the place of the run that it begins, or -1 and why it cannot go on; for no
reason where it was asked to stop."""


def train_here(
    runs: Sequence[GridRun], launch: Launch, report: Report = lambda run, begun, total: None
) -> None:
    """Train what is missing; a run that another process trains is waited for.

    Args:
        runs: In the order in which they are trained.
        launch: How; with few threads several are trained at a time, in processes of their own.
        report: See :data:`Report`.

    Raises:
        KeyboardInterrupt: the process was asked to stop; the same call goes on.
        ClferError: a run cannot be started or failed.
    """
    workers = min(side_by_side(launch), len(runs))
    if workers > 1:
        _train_side_by_side(runs, launch, report, workers)
        return
    for begun, run in enumerate(runs):
        report(run, begun, len(runs))
        _bring_to_end(run, launch)


def _train_side_by_side(
    runs: Sequence[GridRun], launch: Launch, report: Report, workers: int
) -> None:
    # Not forked: threads of torch do not outlive a fork.
    spawn = multiprocessing.get_context("spawn")
    following, said = spawn.Value("i", 0), spawn.SimpleQueue()
    arguments = (runs, launch, following, said)
    processes = [spawn.Process(target=_work, args=arguments) for _ in range(workers)]
    try:
        for process in processes:
            process.start()
        _follow(runs, processes, said, report)
    finally:
        for process in processes:
            if process.is_alive():
                process.terminate()  # a training ends after its step, and keeps what it has
        for process in processes:
            if process.pid is not None:
                process.join()


def _follow(
    runs: Sequence[GridRun],
    processes: Sequence[SpawnProcess],
    said: "SimpleQueue[_Word]",
    report: Report,
) -> None:
    """Report what the workers begin, until all have ended."""
    begun, living = 0, True
    while living:
        living = any(process.is_alive() for process in processes)
        while not said.empty():
            place, why = said.get()
            if place < 0:
                raise ClferError(why) if why else KeyboardInterrupt
            report(runs[place], begun, len(runs))
            begun += 1
        time.sleep(PAUSE_SECONDS / 5)
    for process in processes:
        if process.exitcode:
            raise ClferError(
                f"A process that trained runs ended with code {process.exitcode}: start again, "
                "and they go on."
            )


def _work(
    runs: Sequence[GridRun],
    launch: Launch,
    following: "Synchronized[int]",
    said: "SimpleQueue[_Word]",
) -> None:
    """Train one run after another until none is left; of a process."""
    stop_on_sigterm()
    try:
        while (place := _next(following)) < len(runs) and _is_wanted():
            said.put((place, ""))
            _bring_to_end(runs[place], launch)
    except (ClferError, OSError) as error:  # a full disk, say
        said.put((-1, reason_of(error)))
    except KeyboardInterrupt:
        said.put((-1, ""))


def _next(following: "Synchronized[int]") -> int:
    with following.get_lock():
        place = following.value
        following.value += 1
    return place


def _is_wanted() -> bool:
    """Whether whoever started this process still lives."""
    parent = multiprocessing.parent_process()
    return parent is None or parent.is_alive()


def _bring_to_end(run: GridRun, launch: Launch) -> None:
    with handing_over():
        step = step_of(run, known_runs())
        if step.action == "done":
            return
        if step.action == "live":
            claim = None
        else:
            refuse_impossible(run.config, launch)
            folder = step.folder or new_folder(run.config)
            claim = claim_run(
                folder, launch, lambda: RunFolder.create(folder, run.config, resume=True)
            )
    if claim is None:
        assert step.folder is not None  # a live run has a folder
        while read_status(step.folder).live:
            time.sleep(PAUSE_SECONDS)
        state = read_status(step.folder)
        if state.state != "done":
            raise ClferError(f"{step.folder} did not finish: {state.reason or state.state}.")
        return
    try:
        train_run(folder, claim, launch, lambda _: None)
        _keep_averages(folder)
    finally:
        claim.close()


def _keep_averages(folder: Path) -> None:
    """Spare the disk half a gigabyte: nobody goes on with a finished run of a grid."""
    from clfer.training.state import keep_average  # a second, for torch

    for state in (folder / EPOCHS).glob("[0-9]*"):
        keep_average(state)
