"""The app in a process of its own, and pages of a real browser, for the rows that measure it."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.frame import CannotRunError
from clfer.paths import app_dir

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

PATIENCE = 120.0
"""Seconds until a page must be complete; a busy machine may take long."""

LAST_CHART = ".st-key-chart-semantics-B .js-plotly-plot .main-svg"
"""Of the Face view: what it draws last."""

AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"


@dataclass(frozen=True)
class Served:
    """A running app.

    Attributes:
        address: Where it serves.
        pid: Its process.
        started: When the process was started, on the clock of :func:`time.perf_counter`.
    """

    address: str
    pid: int
    started: float


@contextmanager
def served() -> Iterator[Served]:
    """Start the app as a user does, on a free port; yields when it answers.

    Raises:
        CannotRunError: it ended or did not answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(app_dir() / "main.py")]
    command += ["--server.port", str(port), "--server.headless", "true"]
    with tempfile.TemporaryDirectory() as folder:
        # What a user has computed or imported before shall not matter.
        own = {"CLFER_CACHE": f"{folder}/cache", "CLFER_OWN_CHECKPOINTS": f"{folder}/checkpoints"}
        log = Path(folder) / "log"
        with log.open("w") as stream:
            started = time.perf_counter()
            process = subprocess.Popen(
                command, env=os.environ | own, stdout=stream, stderr=subprocess.STDOUT
            )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process, log)
            yield Served(address, process.pid, started)
        finally:
            process.kill()
            process.wait()


@contextmanager
def browser() -> Iterator["Browser"]:
    """The installed Chromium.

    Raises:
        CannotRunError: Playwright or Chromium is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise CannotRunError(
            "Playwright is not installed: install the test extra of the package."
        ) from error
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise CannotRunError("Chromium is not installed: install it with the system's packages.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def open_page(chromium: "Browser") -> "Page":
    """A page of a visitor who was never here before: nothing is cached."""
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(1000 * PATIENCE)
    return page


def wait_until_complete(page: "Page") -> None:
    """Wait until the Face view shows its last chart and the server is done with the page."""
    page.wait_for_selector(LAST_CHART)
    page.wait_for_selector(AT_REST)


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.02)
    last = log.read_text().strip().splitlines()[-1:] or ["it said nothing"]
    raise CannotRunError(f"The app did not start: {last[0]}.")
