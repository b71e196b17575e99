"""The health line: what is loaded, where, and how much memory, at no cost."""

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

Start = Callable[..., AppTest]
Show = Callable[[AppTest, str], AppTest]


def health(app: AppTest) -> str:
    (line,) = [e.body for e in app.sidebar.get("html") if "clfer-health" in e.body]
    return str(line)


def test_it_stands_at_the_foot_and_says_what_is_loaded(
    start: Start, open_view: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLFER_SHARED", raising=False)
    app = start("face")
    said = health(app)
    assert re.search(r"</i>A, B on CPU · \d+\.\d of \d+ GB</p>", said)
    assert "ferplus-baseline, ferplus-ours" in said
    assert app.sidebar.children[max(app.sidebar.children)].body == said
    assert "A, B on CPU" in health(open_view(app, "runs"))


def test_without_a_model_it_says_so(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clfer.paths.checkpoints_dir", lambda: tmp_path / "none")
    app = start("models", checkpoints=tmp_path)
    assert "No model loaded" in health(app)
    assert not app.exception


def test_a_shared_server_counts_its_sessions(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLFER_SHARED", "1")
    assert "GB · 1 session<" in health(start("face"))


def test_it_takes_less_than_two_milliseconds(start: Start) -> None:
    start("face")
    line, taken = sys.modules["components.health"]._line, []
    for _ in range(200):
        before = time.perf_counter()
        line()
        taken.append(time.perf_counter() - before)
    assert sorted(taken)[len(taken) // 2] < 0.002
