"""The command ``clfer``: predict, evaluate, report, train, export, measure, and start the app.

Every command prints for people by default and JSON with ``--json``. A problem that the user can
mend is one sentence on standard error, with exit code 2.
"""

from clfer.cli import (
    bench,
    consistency,
    data,
    evaluate,
    export,
    info,
    predict,
    report,
    reproduce,
    runs,
    serve,
    sweep,
    train,
)
from clfer.cli.common import app

__all__ = [
    "app",
    "bench",
    "consistency",
    "data",
    "evaluate",
    "export",
    "info",
    "main",
    "predict",
    "report",
    "reproduce",
    "runs",
    "serve",
    "sweep",
    "train",
]


def main() -> None:
    """Entry point of the console script."""
    app()
