"""TensorBoard event files of a run, where that optional package is installed."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from clfer.training.progress import Progress, Report

FOLDER = "tensorboard"


@contextmanager
def event_writer(folder: Path) -> Iterator[Report]:
    """A report that writes every number of a finished epoch; without TensorBoard it does nothing.

    Args:
        folder: The run; its events lie in ``tensorboard/``.
    """
    if find_spec("tensorboard") is None:
        yield lambda _: None
        return
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder / FOLDER)) as writer:

        def write(progress: Progress) -> None:
            for name, value in (progress.row or {}).items():
                if isinstance(value, int | float) and math.isfinite(value):
                    writer.add_scalar(name, value, progress.epoch)

        yield write
