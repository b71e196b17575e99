"""A reproduction in a process of its own, which outlives the page that started it.

A lock that the process holds for life proves that it is alive; its output is kept beside the files
of the item.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from clfer.errors import ConfigError
from clfer.experiments.output import item_folder
from clfer.runs.locks import is_held, take_patiently
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
    command = [sys.executable, "-m", "clfer", "reproduce", item, "--preset", scale]
    for name, folder in roots.items():
        command += ["--root", f"{name}={folder}"]
    try:
        _lock_file(item, scale).parent.mkdir(parents=True, exist_ok=True)
        lock = take_patiently(_lock_file(item, scale))
        if lock is None:
            return
        try:
            with log_file(item, scale).open("wb") as log:
                process = subprocess.Popen(
                    command,
                    pass_fds=(lock.descriptor,),
                    start_new_session=True,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            os.ftruncate(lock.descriptor, 0)
            os.pwrite(lock.descriptor, str(process.pid).encode(), 0)
        finally:
            lock.close()
    except OSError as error:
        raise ConfigError(f"{item} cannot be started: {error.strerror}.") from error


def is_running(item: str, scale: str) -> bool:
    """Whether a process that was started here works on an item."""
    return is_held(_lock_file(item, scale))


def stop(item: str, scale: str) -> None:
    """Ask the process to end after the running step; what is done stays done."""
    if not is_running(item, scale):  # else the number in the file is that of a live process
        return
    with suppress(ValueError, ProcessLookupError):  # it has just begun, or just ended
        os.kill(int(_lock_file(item, scale).read_text()), signal.SIGTERM)


def log_tail(item: str, scale: str, lines: int) -> list[str]:
    """The last lines that the process wrote."""
    return read_tail(log_file(item, scale), lines)


def log_file(item: str, scale: str) -> Path:
    """Where the output of the process is kept."""
    return item_folder(scale, item).with_suffix(".log")


def _lock_file(item: str, scale: str) -> Path:
    return item_folder(scale, item).with_suffix(".lock")
