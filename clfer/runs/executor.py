"""What turns the configurations of a sweep into running processes."""

from pathlib import Path
from typing import Protocol

from clfer.config import Config
from clfer.runs.launch import Launch, refuse_impossible, resume, side_by_side, start


class Executor(Protocol):
    """Where runs are executed."""

    def at_once(self, launch: Launch) -> int | None:
        """Runs that are handed over at a time while a sweep waits for them; None for all."""

    def check(self, config: Config, launch: Launch) -> None:
        """Refuse what cannot run.

        Raises:
            ClferError: the device, the precision or the data are not to be had.
        """

    def start(self, config: Config, launch: Launch) -> Path:
        """Begin a run; returns its folder.

        Raises:
            ConfigError: the executor does not take it.
        """

    def resume(self, folder: Path, launch: Launch) -> None:
        """Go on with a run that is not live; raises as :meth:`start`."""


class Processes:
    """Processes of this machine that outlive the sweep.

    As many train as the machine has room for and the next one stands by; the others are started as
    long as the sweep lives.
    """

    def at_once(self, launch: Launch) -> int | None:
        """See :func:`~clfer.runs.launch.side_by_side`."""
        return side_by_side(launch) + 1

    def check(self, config: Config, launch: Launch) -> None:
        """See :func:`~clfer.runs.launch.refuse_impossible`."""
        refuse_impossible(config, launch)

    def start(self, config: Config, launch: Launch) -> Path:
        """See :func:`~clfer.runs.launch.start`."""
        return start(config, launch).path

    def resume(self, folder: Path, launch: Launch) -> None:
        """See :func:`~clfer.runs.launch.resume`."""
        resume(folder, launch)
