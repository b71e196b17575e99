"""The tasks that a worker can run."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from numpy.typing import NDArray

from clfer.errors import ClferError

Arrays = dict[str, NDArray[Any]]
Arguments = dict[str, Any]
Progress = Callable[[int, int], None]
Task = Callable[[Arguments, Progress], Arrays]
"""From JSON arguments to arrays without pickles; calls ``progress(done, total)`` on its way."""

TASKS: dict[str, str] = {
    "check": "clfer.work.data_check:check",
    "score": "clfer.work.scoring:score",
    "embed": "clfer.work.block_embeddings:embed",
    "layout": "clfer.work.layouts:layout",
    "groups": "clfer.work.group_statistics:groups",
    "robustness": "clfer.work.robustness:robustness",
    "promote": "clfer.work.promotion:promote",
    "run_groups": "clfer.work.run_groups:run_groups",
    "probe": "clfer.training.probe:probe",
    "forecast": "clfer.work.forecasting:forecast_missing",
}
"""Module and function of each task, imported when it is run."""


def find_task(name: str) -> Task:
    """The function of a task.

    Raises:
        ClferError: there is no such task.
    """
    if name not in TASKS:
        raise ClferError(f"There is no task '{name}': choose one of {', '.join(TASKS)}.")
    module, function = TASKS[name].split(":")
    return cast(Task, getattr(import_module(module), function))
