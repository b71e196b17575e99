"""Row app-start: from the start of the process to the first complete page, in a real browser."""

import time

from benchmarks.frame import Measurement, alone
from benchmarks.served import browser, open_page, served, wait_until_complete

COLD_SECONDS, NEXT_SECONDS = 12.0, 2.0


def run(repeats: int) -> Measurement:
    """Seconds from `streamlit run` to the Face view with the sample explained, charts drawn.

    Args:
        repeats: Starts of the app, each with a first visitor and a next one; both with an empty
            browser cache.
    """
    cold, ready, following = [], [], []
    with browser() as chromium:
        for _ in range(repeats):
            with served() as app:
                ready.append(time.perf_counter() - app.started)
                first = open_page(chromium)
                first.goto(app.address)
                wait_until_complete(first)
                cold.append(time.perf_counter() - app.started)
                second = open_page(chromium)
                start = time.perf_counter()
                second.goto(app.address)
                wait_until_complete(second)
                following.append(time.perf_counter() - start)
                first.context.close()
                second.context.close()
    return Measurement(
        "app-start",
        "seconds",
        cold,
        COLD_SECONDS,
        "From the start of the process to the Face view with the sample explained, in Chromium; "
        "the files lie in the memory of the operating system.",
        {"seconds_until_the_server_answers": sorted(ready)[len(ready) // 2]},
        (
            Measurement(
                "next visitor",
                "seconds",
                following,
                NEXT_SECONDS,
                "Another visitor of the same app, empty browser cache.",
            ),
        ),
    )


if __name__ == "__main__":
    alone(run)
