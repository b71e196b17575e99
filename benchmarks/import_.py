"""Row import: the package, and the help of the command line, each in fresh processes."""

import subprocess
import sys

from benchmarks.frame import Measurement, alone, timed

PACKAGE_SECONDS, HELP_SECONDS = 0.3, 1.0


def run(repeats: int) -> Measurement:
    """Seconds of `import clfer` and of `clfer --help`, each a whole process.

    Args:
        repeats: Fresh processes of each kind, after one that warms the file cache.
    """
    bare, package, shown = (
        _seconds(repeats, *arguments)
        for arguments in (("-c", "pass"), ("-c", "import clfer"), ("-m", "clfer", "--help"))
    )
    (loaded,) = _seconds(1, "-c", "import clfer; clfer.load_checkpoint")
    return Measurement(
        "import",
        "seconds",
        package,
        PACKAGE_SECONDS,
        "A process that imports clfer and ends, the start of Python included; torch is not loaded.",
        {"python_alone": min(bare), "until_torch_is_loaded": loaded},
        (Measurement("clfer --help", "seconds", shown, HELP_SECONDS, "The whole process."),),
    )


def _seconds(repeats: int, *arguments: str) -> list[float]:
    def start() -> None:
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)

    start()
    return [timed(start) for _ in range(repeats)]


if __name__ == "__main__":
    alone(run)
