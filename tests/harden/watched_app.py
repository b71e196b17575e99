"""The app as a user starts it, with every connection and every written file on record."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from patience import PATIENCE

WATCH = """
import os, sys
_LOG = os.open(os.environ["CLFER_WATCH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_BITS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_NET = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")

def _watch(event, arguments):
    line = None
    if event in _NET:
        what = arguments[0] if event.startswith("socket.get") else arguments[-1]
        line = f"{event}\\t{what!r}"
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & _BITS:
        line = f"open\\t{os.fspath(arguments[0]) if not isinstance(arguments[0], int) else ''}"
    elif event in ("os.rename", "os.mkdir"):
        line = f"open\\t{arguments[1] if event == 'os.rename' else arguments[0]}"
    if line is not None:
        os.write(_LOG, (line.replace("\\n", " ") + "\\n").encode("utf-8", "replace"))

sys.addaudithook(_watch)
"""


@dataclass
class WatchedApp:
    """A running app.

    Attributes:
        address: Where it serves.
        folder: Holds its home, its temporary folder, cache, runs and log, nothing else.
        process: The server.
        started: Seconds since the epoch.
    """

    address: str
    folder: Path
    process: "subprocess.Popen[bytes]"
    started: float

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])

    def events(self) -> list[tuple[str, str]]:
        """What the server and its child processes did: kind, and address or path."""
        lines = (self.folder / "watch").read_text("utf-8", errors="replace").splitlines()
        return [(kind, what) for kind, _, what in (line.partition("\t") for line in lines)]

    def log(self) -> str:
        """What it printed."""
        return (self.folder / "log").read_text("utf-8", errors="replace") + self.errors()

    def errors(self) -> str:
        """What it wrote to standard error, where the structured log goes."""
        return (self.folder / "errors").read_text("utf-8", errors="replace")

    def sockets(self) -> list[str]:
        """Addresses that the server or its children listen on or are connected to."""
        processes = [psutil.Process(self.process.pid)]
        processes += processes[0].children(recursive=True)
        found = [c for p in processes for c in p.net_connections(kind="inet")]
        return [address.ip for c in found for address in (c.laddr, c.raddr) if address]

    def end(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()


def start(repository: Path, folder: Path, **variables: str) -> WatchedApp:
    """Start the app with only the settings that it ships with."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("home", "tmp", "site"):
        (folder / name).mkdir(parents=True)
    (folder / "site" / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    own = {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "CLFER_CACHE": str(folder / "cache"),
        "CLFER_WATCH_LOG": str(folder / "watch"),
        "PYTHONPATH": str(folder / "site"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    told = ("STREAMLIT_", "XDG_")  # nothing but its own config.toml shall make it safe
    rest = {name: value for name, value in os.environ.items() if not name.startswith(told)}
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py"]
    command += ["--server.port", str(port), "--server.headless", "true"]
    started = time.time()
    with (folder / "log").open("w") as log, (folder / "errors").open("w") as errors:
        process = subprocess.Popen(
            command, cwd=repository, env=rest | own | variables, stdout=log, stderr=errors
        )
    app = WatchedApp(f"http://127.0.0.1:{port}", folder, process, started)
    try:
        _wait(app)
    except BaseException:
        app.end()
        raise
    return app


def _wait(app: WatchedApp) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and app.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{app.address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The app did not start:\n{app.log()}", pytrace=False)
