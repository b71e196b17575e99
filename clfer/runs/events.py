"""TensorBoard event files of a run, where that optional package is installed."""

import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from clfer.training.progress import Progress, Report

FOLDER = "tensorboard"


@contextmanager
def event_writer(folder: Path, history: list[dict[str, Any]]) -> Iterator[Report]:
    """A report that writes every number of a finished epoch; without TensorBoard it does nothing.

    Args:
        folder: The run; its events lie in ``tensorboard/`` and are written anew, since a killed
            process has not flushed all of its own, and epochs may be trained a second time.
        history: Rows of the epochs that are finished already.
    """
    if find_spec("tensorboard") is None:
        yield lambda _: None
        return
    from torch.utils.tensorboard import SummaryWriter

    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    with SummaryWriter(str(folder / FOLDER)) as writer:

        def add(row: dict[str, Any]) -> None:
            for name, value in row.items():
                if isinstance(value, int | float) and math.isfinite(value):
                    writer.add_scalar(name, value, row["epoch"])

        def write(progress: Progress) -> None:
            if progress.row is not None:
                add(progress.row)
                writer.flush()

        for row in history:
            add(row)
        writer.flush()
        yield write
