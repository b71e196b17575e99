"""The command ``clfer``: predict, evaluate, report, train, publish, inspect, and start the app.

Every command prints for people by default and JSON with ``--json``. A problem that the user can
mend is one sentence on standard error, with exit code 2.
"""

from clfer.cli import data, evaluate, info, predict, report, runs, serve, sweep, train
from clfer.cli.common import app

__all__ = [
    "app",
    "data",
    "evaluate",
    "info",
    "main",
    "predict",
    "report",
    "runs",
    "serve",
    "sweep",
    "train",
]


def main() -> None:
    """Entry point of the console script."""
    app()
