"""Stop and delete runs."""

import shutil
from contextlib import suppress
from pathlib import Path

import psutil

from clfer.errors import ConfigError
from clfer.runs.status import STOP, process_of, read_status, take_over
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
        ConfigError: the folder is no run, a process works on it, or it may not be removed.
    """
    if not (folder / CONFIG).is_file():
        raise ConfigError(f"{folder} holds no run: {CONFIG} is missing.")
    # Looked at before the lock is taken here, by which the run would count as live.
    lock = None if read_status(folder).live else take_over(folder)
    if lock is None:
        raise ConfigError(f"{folder.name} is live: stop it before it is deleted.")
    try:
        # Moved aside first: nobody can start a run in a folder that is half removed.
        aside = folder.with_name(f".{folder.name}.deleted")
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
        (aside / CONFIG).unlink()  # whatever happens to the rest, it is no run any more
        shutil.rmtree(aside)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be deleted: {error.strerror}.") from error
    finally:
        lock.close()
