"""The structured log: each line is JSON, says what happened, and nothing of what was uploaded."""

import io
import json
import logging
import re
import secrets
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import streamlit as st
from PIL import Image
from streamlit.logger import get_logger
from streamlit.testing.v1 import AppTest

from clfer.faces import load_sample

Start = Callable[..., AppTest]
TOKEN = f"marker{secrets.token_hex(8)}"


class Log:
    """What was written to standard error so far."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture, self._text = capture, ""

    def text(self) -> str:
        self._text += self._capture.readouterr().err
        return self._text

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]

    def clear(self) -> None:
        self._text = self.text()[:0]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    """Structured logs are on."""
    root = logging.getLogger()
    handlers, hook, level = root.handlers[:], threading.excepthook, root.level
    kept = [
        (logger, logger.handlers[:], logger.propagate)
        for logger in root.manager.loggerDict.values()
        if isinstance(logger, logging.Logger)
    ]
    monkeypatch.setenv("CLFER_LOG", "json")
    yield Log(capsys)
    logging.captureWarnings(False)
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)
    for logger, own, propagate in kept:
        logger.handlers[:], logger.propagate = own, propagate
    st.set_option("logger.enableRich", True)


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    return app.file_uploader(key="face.upload").set_value((name, data, "image/png")).run()


def picture() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(load_sample("astronaut")[:256, 100:356]).save(stream, "PNG")
    return stream.getvalue()


def test_an_upload_is_logged_without_anything_of_it(start: Start, log: Log) -> None:
    app = start("face", sample=TOKEN)
    app.session_state["face.source"] = "Upload"
    app.run()
    upload(app, f"{TOKEN}.png", picture())
    for _ in range(2):
        upload(app, f"{TOKEN}.png", TOKEN.encode())
    assert not app.exception
    assert app.error
    found = log.lines()
    assert TOKEN not in log.text()
    own = [line for line in found if line["event"] != "log"]
    assert len({line["session"] for line in own}) == 1
    assert re.fullmatch("[0-9a-f]{8}", own[0]["session"])
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", x["time"]) for x in found)
    named = {line["event"]: line for line in own}
    assert [line["event"] for line in own].count("session opened") == 1
    assert (named["photo read"]["faces"], named["photo explained"]["faces"]) == (1, 1)
    assert named["photo explained"]["seconds"] > 0
    assert named["view drawn"]["view"] == "Face"
    refused = [line for line in own if line["event"] == "refused"]
    assert [(line["kind"], line["level"]) for line in refused] == [("ImageError", "warning")]


def test_a_batch_is_logged_by_its_faces(start: Start, log: Log) -> None:
    app = start("batch")
    files = [(f"{TOKEN}.png", picture(), ""), (f"2{TOKEN}.png", b"no picture", "")]
    app.file_uploader[0].set_value(files).run()
    while [button for button in app.button if button.key == "batch-cancel"]:
        app.run()
    found = log.lines()
    assert TOKEN not in log.text()
    assert {line["view"] for line in found if line["event"] == "photo explained"} == {"Batch"}
    assert [line["kind"] for line in found if line["event"] == "refused"] == ["ImageError"]


def test_what_others_log_is_json_without_its_values(start: Start, log: Log) -> None:
    start("batch")
    log.clear()
    get_logger(f"streamlit.late.{TOKEN[:6]}")  # brings a handler of its own
    sys.modules["logs"].install()
    logger = logging.getLogger(f"streamlit.late.{TOKEN[:6]}")
    try:
        raise ValueError(TOKEN)
    except ValueError:
        logger.exception("Uncaught app execution")
    logger.warning("Rejecting %s\nfrom %s", TOKEN, "127.0.0.1")
    logger.error(f"{TOKEN} is told in an f-string")
    warnings.warn(TOKEN, stacklevel=1)
    failing = threading.Thread(target=lambda: {}[TOKEN])
    failing.start()
    failing.join()
    found = log.lines()
    assert TOKEN not in log.text()
    assert "127.0.0.1" not in log.text()
    assert [line["level"] for line in found] == ["error", "warning", "error", "warning", "error"]
    assert found[0]["error"] == "ValueError"
    assert found[1]["message"] == "Rejecting %s\nfrom %s"
    assert found[4]["error"] == "KeyError"
    assert all(line["place"].startswith("test_logs.py:") for line in found[:3])


def test_a_view_that_fails_says_where(
    start: Start, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError(TOKEN)

    monkeypatch.setattr("clfer.runs.record.list_runs", fail)
    start("runs")
    found = [line for line in log.lines() if line["event"] == "view failed"]
    assert TOKEN not in log.text()
    assert [(line["error"], line["view"]) for line in found] == [("RuntimeError", "Runs")]
    assert re.search(r"runs\.py:\d+ < main\.py:\d+", found[0]["where"])


def test_without_the_variable_nothing_changes(
    start: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CLFER_LOG", raising=False)
    start("face")
    assert not [h for h in logging.getLogger().handlers if h.get_name() == "clfer.json"]
    assert '"event"' not in capsys.readouterr().err
