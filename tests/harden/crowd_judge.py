"""What came of a crowd's visit: who saw what was not theirs, how long all took."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from crowd_page import EXACT, SHOWN

Visit = dict[str, Any]
"""What `crowd_worker` says of one visitor."""


def faults(visits: list[Visit]) -> list[str]:
    """All that went wrong, in words: errors, messages on a page, verdicts on others' pictures."""
    found = []
    for number, visit in enumerate(visits):
        said = [f"error: {text}" for text in visit["errors"]]
        said += [f"message on the page: {text!r}" for text in visit["seen"].get("complaints", [])]
        said += [f"not its own: {text}" for text in strangers(visit)]
        found += [f"visitor {number}: {text}" for text in said]
    return found


def strangers(visit: Visit) -> list[str]:
    """Verdicts that a page ever showed although they are on none of the visitor's pictures."""
    own = [json.loads(Path(path).read_text(encoding="utf-8")) for path in visit["pictures"]]
    return [
        f"model {side} {text}"
        for side in ("A", "B")
        for text in visit["seen"].get(side, [])
        if not any(_is_of(json.loads(text), picture[side]) for picture in own)
    ]


def _is_of(shown: dict[str, Any], verdict: dict[str, Any]) -> bool:
    """Whether a part of a card, as the page kept it, says this verdict."""
    if "word" in shown:
        best = max(verdict["probabilities"])
        return bool(shown["word"] == verdict["word"] and abs(shown["best"] - best) <= SHOWN)
    ((kind, values),) = shown.items()
    apart = np.abs(np.subtract(values, verdict["probabilities"]))
    return bool((apart <= {"exact": EXACT, "labels": SHOWN}[kind]).all())


def seconds(visits: list[Visit], what: str) -> list[float]:
    """How long something took, over all visitors."""
    return [second for visit in visits for second in visit["times"].get(what, [])]


def percentile(values: list[float], share: int) -> float:
    """Rounded to a tenth; 0 without values."""
    return round(float(np.percentile(values, share)), 1) if values else 0.0


def served_seconds(log: str) -> list[float]:
    """By the server's own log: how long it took for each run that explained a new photo.

    The browser's part, drawing the page, is not in it.
    """
    reading: set[str] = set()
    found = []
    for line in log.splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        session, event = said.get("session"), said.get("event")
        if event == "photo read":
            reading.add(session)
        elif event == "view drawn" and session in reading:
            reading.discard(session)
            found.append(float(said["seconds"]))
    return found


def complaints(log: str) -> list[str]:
    """Lines of the server's log on anything that failed or was refused."""
    grave = ('"level": "warning"', '"level": "error"', '"level": "critical"', "Traceback", "Error")
    return [line for line in log.splitlines() if any(word in line for word in grave)]
