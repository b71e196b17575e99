"""A further process of a run: ``python -m clfer.training.rank``, started by the first one.

The first line of its standard input says what to do; the end of that input, that the first process
is gone.
"""

import json
import os
import sys
import threading
from pathlib import Path

from clfer.errors import ClferError


def main() -> None:
    """Take part in a run until it ends."""
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    # From here on, since they load torch, and the first process may be gone before that is done.
    from clfer.training.engine import train
    from clfer.training.run_folder import RunFolder

    folder = Path(order.pop("folder"))
    try:
        train(RunFolder(folder).config(), folder, resume=True, **order)
    except ClferError as error:
        sys.exit(f"Error in a further process of the run: {error}")


def _end_with_the_first() -> None:
    # Not through sys.stdin, whose lock a thread must not hold when the interpreter shuts down.
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
