"""Task "forecast": time and memory of the runs that an item of the paper still needs."""

import platform
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import clfer
from clfer.experiments.forecast import Forecast, forecast
from clfer.experiments.registry import find_item
from clfer.experiments.reproduce import grid_of
from clfer.experiments.scale import load_scale
from clfer.experiments.standing import Standing
from clfer.runs.locks import cores_here
from clfer.work.request import Request
from clfer.work.tasks import Arguments, Arrays, Progress


def forecast_request(standing: Standing, roots: dict[str, str]) -> Request:
    """Ask for the forecast of all runs of an item that are not done or under way.

    Args:
        standing: Where the item stands, with one missing run at least.
        roots: Folders of the data sets by name.
    """
    missing = [s.run.identity for s in standing.steps if s.action in ("start", "resume")]
    machine = platform.node(), platform.processor(), torch.__version__, clfer.__version__
    cores = cores_here()  # as many runs are trained at a time as they suffice for
    what = {"item": standing.item.name, "scale": standing.scale, "runs": sorted(missing)}
    return Request("forecast", {**what, "machine": machine, "cores": cores}, {"roots": roots})


def forecast_missing(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; see :func:`forecast_request`.

    Returns:
        A number each, by the names of the attributes of
        :class:`~clfer.experiments.forecast.Forecast`.

    Raises:
        ClferError: the data set of a run cannot be counted, or its memory does not suffice.
    """
    scale = load_scale(arguments["scale"], arguments["roots"])
    grid = grid_of([find_item(arguments["item"])], scale)
    wanted = set(arguments["runs"])
    found = forecast([run for run in grid.runs if run.identity in wanted], grid.launch)
    return {name: np.asarray(value) for name, value in asdict(found).items()}


def forecast_of(arrays: dict[str, NDArray[Any]]) -> Forecast:
    """The forecast that the task returned."""
    return Forecast(**{name: value.item() for name, value in arrays.items()})
