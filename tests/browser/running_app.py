"""The app as a user starts it, on a free port."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 180

AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
"""Attached once the server is done with a page; until then a chart may move under the pointer."""


@dataclass
class RunningApp:
    """An app in a process of its own.

    Attributes:
        address: Where it serves.
        process: To be killed.
    """

    address: str
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """End it at once, as a crash does, with nothing that it may want to do before."""
        self.process.kill()
        self.process.wait()


def start_app(log_file: Path, **variables: str) -> RunningApp:
    """Start the app as a user does, and wait until it serves.

    Args:
        log_file: Where it writes.
        variables: Of its environment, besides those of this process.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py"]
    command += ["--server.port", str(port), "--server.headless", "true"]
    with log_file.open("a") as log:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=os.environ | variables,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    app = RunningApp(f"http://127.0.0.1:{port}", process)
    try:
        _wait(f"{app.address}/_stcore/health", process, log_file)
    except BaseException:
        app.kill()
        raise
    return app


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The app did not start:\n{log.read_text()}", pytrace=False)
