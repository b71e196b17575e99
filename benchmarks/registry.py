"""The rows by name. A row's module is imported only when it is measured."""

from importlib import import_module

from benchmarks.frame import CannotRunError, Measurement

NAMES = (
    "step",
    "step-small",
    "kmeans",
    "clustering-share",
    "data-wait",
    "evaluate",
    "explain",
    "import",
    "app-start",
    "app-memory",
    "scale",
)
"""The rows of ``clfer bench all``, in its order. ``import`` is the module ``import_``."""


def measure(name: str, repeats: int) -> Measurement:
    """Measure one row.

    Raises:
        CannotRunError: the name is unknown, or the row lacks what it needs here.
    """
    if name not in NAMES:
        raise CannotRunError(f"There is no benchmark '{name}': choose all, {', '.join(NAMES)}.")
    module = "import_" if name == "import" else name.replace("-", "_")
    found: Measurement = import_module(f"benchmarks.{module}").run(repeats)
    return found
