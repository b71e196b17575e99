"""``python -m clfer.work.worker``: a request on standard input, progress on standard output.

Every line that it prints is JSON: ``{"done": 3, "total": 10}`` on the way, at the end
``{"finished": true}`` or ``{"error": "one sentence"}``. The result is a file, see
:mod:`clfer.work.results`.
"""

import json
import os
import sys
import time
from contextlib import redirect_stdout

from clfer.errors import ClferError
from clfer.work.request import Request
from clfer.work.results import save_result
from clfer.work.tasks import find_task

_INTERVAL = 0.1
"""Seconds between two lines of progress, at least."""


def main() -> int:
    """Run the request; returns the exit status, 2 for bad input."""
    os.nice(5)
    request = Request.from_json(sys.stdin.read())
    report = _Reporter()
    try:
        # What a library prints must not be taken for progress.
        with redirect_stdout(sys.stderr):
            save_result(
                request, find_task(request.task)(request.arguments | request.places, report)
            )
    except ClferError as error:
        report.say(error=str(error))
        return 2
    except OSError as error:
        report.say(error=f"The result cannot be written: {error}.")
        return 2
    report.say(finished=True)
    return 0


class _Reporter:
    def __init__(self) -> None:
        self._stream = sys.stdout
        self._last = 0.0
        self._parent = os.getppid()

    def __call__(self, done: int, total: int) -> None:
        if os.getppid() != self._parent:
            raise SystemExit(1)  # nobody waits for the result any more
        if done >= total or time.monotonic() - self._last > _INTERVAL:
            self._last = time.monotonic()
            self.say(done=done, total=total)

    def say(self, **fields: object) -> None:
        print(json.dumps(fields), file=self._stream, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
