"""A reproduction in a process of its own, which outlives the page that started it.

A lock that the process holds for life proves that it is alive; its output is kept beside the files
of the item.
"""

from collections.abc import Mapping
from pathlib import Path

from clfer.errors import ConfigError
from clfer.experiments.output import item_folder
from clfer.runs.detached import Detached
from clfer.runs.record import read_tail


def start(item: str, scale: str, roots: Mapping[str, str]) -> None:
    """Run ``clfer reproduce`` for an item in the background; one that runs already is left alone.

    Args:
        item: Its name.
        scale: Name of the size.
        roots: Folders of data sets by name.

    Raises:
        ConfigError: the folder of the results cannot be written to.
    """
    arguments = ["reproduce", item, "--preset", scale]
    for name, folder in roots.items():
        arguments += ["--root", f"{name}={folder}"]
    try:
        _process(item, scale).start(arguments)
    except OSError as error:
        raise ConfigError(f"{item} cannot be started: {error.strerror}.") from error


def is_running(item: str, scale: str) -> bool:
    """Whether a process that was started here works on an item."""
    return _process(item, scale).running


def stop(item: str, scale: str) -> None:
    """Ask the process to end after the running step; what is done stays done."""
    _process(item, scale).end()


def log_tail(item: str, scale: str, lines: int) -> list[str]:
    """The last lines that the process wrote."""
    return read_tail(log_file(item, scale), lines)


def log_file(item: str, scale: str) -> Path:
    """Where the output of the process is kept."""
    return item_folder(scale, item).with_suffix(".log")


def _process(item: str, scale: str) -> Detached:
    folder = item_folder(scale, item)
    return Detached(folder.with_suffix(".lock"), folder.with_suffix(".pid"), log_file(item, scale))
