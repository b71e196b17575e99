"""Many users at once: each sees the verdict on its own picture, soon, and memory stays bounded."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import watched_app
from crowd_judge import (
    Visit,
    complaints,
    faults,
    percentile,
    seconds,
    served_seconds,
    strangers,
)
from crowd_pictures import write_pictures, write_sample
from process_tree import ProcessTree
from watched_app import WatchedApp

from clfer.models.checkpoint import load_checkpoint

WINDOW = (900, 600)
"""Small, so that the cores are left to the server; wide enough for the page's usual layout."""

PATIENCE = 150
"""Seconds until a page must show what it has to: twenty browsers draw on the server's two cores."""

SESSIONS, PICTURES, SECONDS = 20, 6, 120
"""Visitors, the pictures that each uploads one after the other, and for how long."""

THINK = (2.0, 8.0)
"""Seconds that a visitor looks at what it sees before it goes on."""

MEMORY_MB = 2_000
"""What the server may take."""


@pytest.fixture(scope="module")
def app(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedApp]:
    """The app for strangers with the models that it ships with, on all cores."""
    running = watched_app.start(
        repository,
        tmp_path_factory.mktemp("crowd") / "app",
        CLFER_SHARED="1",
        CLFER_LOG="json",
        OMP_NUM_THREADS=str(os.cpu_count()),
    )
    yield running
    running.end()


@pytest.mark.skipif(
    os.environ.get("CLFER_HARDEN") != "1", reason="takes minutes: set CLFER_HARDEN=1"
)
@pytest.mark.browser
@pytest.mark.timeout(900)
def test_everybody_sees_the_verdict_on_their_own_picture(
    app: WatchedApp,
    chromium_path: str,
    repository: Path,
    tmp_path: Path,
    record: Callable[..., None],
) -> None:
    models = {
        side: load_checkpoint(repository / "checkpoints" / name)
        for side, name in (("A", "ferplus-baseline"), ("B", "ferplus-ours"))
    }
    task = {
        "address": app.address,
        "chromium": chromium_path,
        "pictures": write_pictures(tmp_path, models, SESSIONS, PICTURES),
        "sample": write_sample(tmp_path, models),
        "window": WINDOW,
        "patience": PATIENCE,
        "seconds": SECONDS,
        "fewest": 1,
        "think": THINK,
    }
    before = os.getloadavg()[0]
    visits, server, browsers = let_in(app, task, tmp_path / "task.json")
    wrong = faults(visits) + [f"the server's log: {line}" for line in complaints(app.log())]
    wrong += [f"the server took {server.peak_mb:.0f} MB"] * (server.peak_mb > MEMORY_MB)
    record("many users", **figures(visits, server, browsers, served_seconds(app.errors())))
    record(
        "many users",
        cases=sum(len(times) for visit in visits for times in visit["times"].values()),
        failures=len(wrong),
        load=f"{before:.1f} before, {os.getloadavg()[0]:.1f} after",
    )
    assert not wrong, "\n".join(wrong)
    assert min(len(visit["times"]["explanation"]) for visit in visits) >= task["fewest"]
    assert all(visit["seen"]["A"] and visit["seen"]["B"] for visit in visits)
    assert len(served_seconds(app.errors())) >= len(seconds(visits, "explanation"))


def let_in(
    app: WatchedApp, task: dict[str, Any], path: Path
) -> tuple[list[Visit], ProcessTree, ProcessTree]:
    """Let the crowd in; what came of it, and what the server and the browsers took."""
    path.write_text(json.dumps(task), encoding="utf-8")
    script = str(Path(__file__).with_name("crowd_worker.py"))
    crowd = subprocess.Popen([sys.executable, script, str(path)], stdout=subprocess.PIPE, text=True)
    server, browsers = ProcessTree(app.process.pid), ProcessTree(crowd.pid)
    try:
        said, _ = crowd.communicate()
    finally:
        crowd.kill()
        server.close()
        browsers.close()
    assert crowd.returncode == 0, "the crowd fell over; see above"
    visits: list[Visit] = json.loads(said)
    return visits, server, browsers


def figures(
    visits: list[Visit], server: ProcessTree, browsers: ProcessTree, served: list[float]
) -> dict[str, int | float | str]:
    """The row of the table."""
    verdict, explanation, look = (
        seconds(visits, what) for what in ("verdict", "explanation", "look")
    )
    share = browsers.cpu_seconds / (browsers.cpu_seconds + server.cpu_seconds)
    return {
        "cases": 0,
        "failures": 0,
        "sessions": len(visits),
        "uploads": len(explanation),
        "verdict_p50_s": percentile(verdict, 50),
        "verdict_p95_s": percentile(verdict, 95),
        "explanation_p50_s": percentile(explanation, 50),
        "explanation_p95_s": percentile(explanation, 95),
        "of_it_the_server_p50_s": percentile(served, 50),
        "of_it_the_server_p95_s": percentile(served, 95),
        "look_p95_s": percentile(look, 95),
        "server_peak_mb": round(server.peak_mb),
        "browsers_peak_mb": round(browsers.peak_mb),
        "browsers_share_of_cores": f"{share:.0%}",
    }


def test_a_verdict_on_anothers_picture_is_noticed(tmp_path: Path) -> None:
    own = {"word": "Anger", "probabilities": [0.1, 0.9]}
    path = tmp_path / "picture.json"
    path.write_text(json.dumps({"A": own, "B": own}), encoding="utf-8")
    shown = [
        {"word": "Anger", "best": 0.9},
        {"exact": [0.10001, 0.89999]},
        {"labels": [0.1, 0.9]},
    ]
    foreign = [
        {"word": "Anger", "best": 0.88},
        {"word": "Fear", "best": 0.9},
        {"exact": [0.11, 0.89]},
        {"labels": [0.12, 0.88]},
    ]
    visit = {"pictures": [str(path)], "errors": [], "times": {}}
    visit["seen"] = {"A": list(map(json.dumps, shown)), "B": [], "complaints": []}
    assert faults([visit]) == []
    visit["seen"] |= {"B": list(map(json.dumps, foreign)), "complaints": ["No face."]}
    assert len(strangers(visit)) == len(foreign)
    assert len(faults([visit])) == len(foreign) + 1


def test_the_servers_own_time_is_that_of_runs_with_a_new_photo() -> None:
    log = [
        {"session": "a", "event": "view drawn", "seconds": 9.0},
        {"session": "a", "event": "photo read", "seconds": 0.5},
        {"session": "b", "event": "view drawn", "seconds": 8.0},
        {"session": "a", "event": "view drawn", "seconds": 2.0},
        {"session": "a", "event": "view drawn", "seconds": 7.0},
    ]
    lines = "\n".join(json.dumps({"level": "info"} | line) for line in log)
    assert served_seconds(f"nothing of ours\n{lines}") == [2.0]
    assert complaints(lines) == []
    assert len(complaints('{"level": "error", "event": "view failed"}\nTraceback (most')) == 2


def test_the_memory_of_all_processes_counts() -> None:
    child = "held = b'x' * (60 << 20); print(1, flush=True); input()"
    script = (
        "import subprocess, sys; held = b'x' * (80 << 20); "
        f"subprocess.run([sys.executable, '-c', {child!r}])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        tree = ProcessTree(process.pid)
        tree.close()
        process.communicate(b"\n")
    assert 140 < tree.peak_mb < 300
