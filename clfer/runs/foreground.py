"""Runs of a grid one after the other in this process: for grids of runs that take seconds.

What a process of its own spends on starting is spent once. The run folders, locks and queue are
those of every other run, so nothing is trained twice, and what breaks off is resumed.
"""

import time
from collections.abc import Callable, Sequence

from clfer.errors import ClferError
from clfer.runs.grid import GridRun
from clfer.runs.launch import Launch, claim_run, new_folder, refuse_impossible
from clfer.runs.missing import known_runs, step_of
from clfer.runs.status import read_status
from clfer.runs.sweep import PAUSE_SECONDS, handing_over
from clfer.runs.trainer import train_run
from clfer.training.run_folder import RunFolder

Report = Callable[[GridRun, int, int], None]
"""Called before a run with the number of those that are over and of all."""


def train_here(
    runs: Sequence[GridRun], launch: Launch, report: Report = lambda run, over, total: None
) -> None:
    """Train what is missing; a run that another process trains is waited for.

    Args:
        runs: In the order in which they are trained.
        launch: How.
        report: See :data:`Report`.

    Raises:
        KeyboardInterrupt: the process was asked to stop; the same call goes on.
        ClferError: a run cannot be started or failed.
    """
    for over, run in enumerate(runs):
        report(run, over, len(runs))
        _bring_to_end(run, launch)


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
    finally:
        claim.close()
