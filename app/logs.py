"""Structured logs: with ``CLFER_LOG=json`` one JSON object a line on standard error.

A line says when, in which session and view, what, and how long. It holds nothing that a visitor
brought along: no name of a file, no path, no text, no address. Of a message that is not our own,
the template stays and what was put into it is left out.
"""

import json
import logging
import os
import secrets
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

import streamlit as st

import clfer

HANDLER = "clfer.json"
SESSION, VIEW, REFUSED = "log.session", "log.view", "log.refused"
"""Short random name of this session, the view drawn last, and marks of the sentences logged."""

MOST_REFUSED = 200
"""Sentences of a session that are told apart; then they are counted anew."""

_FIELDS = "clfer_fields"
_LOGGER = logging.getLogger("clfer.app")
_OURS = (str(Path(__file__).parent), str(Path(clfer.__file__).parent))


def wanted() -> bool:
    """Whether structured logs are asked for."""
    return os.environ.get("CLFER_LOG", "").strip().lower() == "json"


def install() -> None:
    """Turn all logging of this process into JSON; called in every run, since loggers come late."""
    if not wanted():
        return
    root = logging.getLogger()
    if not any(handler.get_name() == HANDLER for handler in root.handlers):
        root.addHandler(_Lines())
        _LOGGER.setLevel(logging.INFO)
        logging.captureWarnings(True)
        threading.excepthook = _thread_failed
        st.set_option("logger.enableRich", False)  # it prints exceptions past the loggers
    for logger in list(root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger) and logger.handlers:
            _take_over(logger)


@contextmanager
def run() -> Iterator[None]:
    """A run of the page, from its first line to its last; one that is cut short is not logged."""
    start = perf_counter()
    if wanted() and SESSION not in st.session_state:
        event("session opened")
    try:
        yield
    except Exception as error:
        event("view failed", logging.ERROR, **_said_of(error))
        raise
    event("view drawn", seconds=_since(start))


def enter(view: str) -> None:
    """Say which view is drawn from here on."""
    st.session_state[VIEW] = view


def event(name: str, level: int = logging.INFO, /, **fields: str | int | float | None) -> None:
    """Log an event of this session.

    Args:
        name: What happened, in our own words.
        level: How grave it is.
        fields: Figures and words of our own; never anything that a visitor brought along.
    """
    if not wanted():
        return
    session = st.session_state
    who = {"session": session.setdefault(SESSION, secrets.token_hex(4)), "view": session.get(VIEW)}
    _LOGGER.log(level, name, extra={_FIELDS: {"event": name} | who | fields})


@contextmanager
def timed(name: str, **fields: str | int | float) -> Iterator[dict[str, str | int | float]]:
    """Log an event with its seconds when it has succeeded; more fields can be added on the way."""
    start = perf_counter()
    yield fields
    event(name, seconds=_since(start), **fields)


def refused(error: Exception) -> None:
    """Log the kind of a sentence that tells a visitor what is wrong, once in a session."""
    if not wanted():
        return
    known: set[int] = st.session_state.setdefault(REFUSED, set())
    mark = hash((type(error), str(error)))
    if mark in known:
        return
    if len(known) >= MOST_REFUSED:
        known.clear()
    known.add(mark)
    event("refused", logging.WARNING, kind=type(error).__name__)


class _Lines(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.set_name(HANDLER)
        self.setFormatter(_JsonFormatter())

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class _JsonFormatter(logging.Formatter):
    """A record as one JSON object in one line."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, Any] = getattr(record, _FIELDS, None) or _foreign(record)
        head = {"time": moment.replace("+00:00", "Z"), "level": record.levelname.lower()}
        return json.dumps(head | fields)


def _foreign(record: logging.LogRecord) -> dict[str, Any]:
    """A record of a library: where it comes from, and its words without what was put into them."""
    fields: dict[str, Any] = {"event": "log", "logger": record.name}
    fields["place"] = f"{record.filename}:{record.lineno}"
    if record.args:  # else values may have been written into the words already
        fields["message"] = str(record.msg)
    error = record.exc_info[1] if record.exc_info else None
    return fields if error is None else fields | _said_of(error)


def _said_of(error: BaseException) -> dict[str, str]:
    """Class of an exception, and the last lines of our own code that it came through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(_OURS)]
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-3:]))
    return {"error": type(error).__name__, "where": where}


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    error = failed.exc_value
    if error is not None:
        fields = {"event": "thread failed"} | _said_of(error)
        _LOGGER.error("thread failed", extra={_FIELDS: fields})


def _take_over(logger: logging.Logger) -> None:
    """Let a logger that writes to the terminal by itself hand its records on to ours."""
    own = [h for h in logger.handlers if type(h) is logging.StreamHandler]
    for handler in own:
        logger.removeHandler(handler)
    logger.propagate = logger.propagate or bool(own)


def _since(start: float) -> float:
    return round(perf_counter() - start, 3)
