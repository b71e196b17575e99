"""Stop and delete runs."""

import shutil
from contextlib import suppress
from pathlib import Path

import psutil

from clfer.errors import ConfigError
from clfer.runs.locks import take_patiently
from clfer.runs.status import LOCK, STOP, process_of, read_status
from clfer.training.run_folder import CONFIG


def stop(folder: Path) -> None:
    """Ask the process of a run to stop; it does so after the running step, or while it waits.

    A run that is not live is left as it is. The wish is a file, which a trainer finds that has not
    said its process id yet, or that runs on another machine; a signal makes it quick.
    """
    if not read_status(folder).live:
        return
    (folder / STOP).touch()
    process = process_of(folder)
    if process is not None:
        with suppress(psutil.NoSuchProcess):  # it ended by itself just now
            process.terminate()


def delete(folder: Path) -> None:
    """Remove a run with all that it made.

    Raises:
        ConfigError: the folder is no run, or a process works on it.
    """
    if not (folder / CONFIG).is_file():
        raise ConfigError(f"{folder} holds no run: {CONFIG} is missing.")
    lock = take_patiently(folder / LOCK)
    if lock is None or process_of(folder) is not None:
        raise ConfigError(f"{folder.name} is live: stop it before it is deleted.")
    try:
        shutil.rmtree(folder)
    finally:
        lock.close()
