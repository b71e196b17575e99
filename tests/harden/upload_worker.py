"""Hands uploads to the app's own functions in a process of its own, and says what came of each.

Called with a file that names the checkpoint folder and the cases; writes what it found to
standard output as JSON. Its working, home and temporary folders are given by the caller, empty.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from odd_pictures import upload
from peak_memory import Peak

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
CHANGES = ("os.mkdir", "os.rename", "os.symlink", "os.link", "shutil.copyfile", "shutil.move")
written: list[str] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note every file that is opened for writing, and every change of a folder."""
    if event == "open":
        path, mode, flags = arguments
        if str(path).startswith(("/proc/self/", "/dev/null")):
            return
        if (isinstance(flags, int) and flags & WRITING) or (mode and set(mode) & set("wax+")):
            written.append(f"{event} {path!r} {mode}")
    elif event in CHANGES:
        written.append(f"{event} {arguments[0]!r}")


def main() -> None:
    """Try every case and print what was found."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.path.insert(0, task["app"])
    logging.disable(logging.WARNING)  # Streamlit remarks that it runs without a server
    import photos
    from clfer.models.checkpoint import load_checkpoint
    from photos import WHOLE, Region, Subject

    model = load_checkpoint(task["checkpoint"])

    def in_the_app(number: int) -> str:
        name, data = upload(number)
        photo = photos.from_bytes(data, name)
        found = "face" if photo.faces else "no face"
        subject = Subject(photo, Region("1" if photo.faces else WHOLE))
        said = photos.prediction(model, subject)
        total = sum(said.probabilities.values())
        assert abs(total - 1) < 1e-6, f"probabilities add up to {total}"
        assert said.expression in model.card.classes
        return found

    warm = outcome(lambda: in_the_app(0)), outcome(lambda: in_the_app(task["warm"]))
    sys.addaudithook(watch)
    results = [tried(in_the_app, number) for number in task["cases"]]
    print(json.dumps({"warm": warm, "results": results, "written": written}))


def tried(act: Callable[[int], str], number: int) -> dict[str, Any]:
    """One case with its time and the memory that it took at most."""
    peak, started = Peak(), time.perf_counter()
    found = outcome(lambda: act(number))
    seconds = time.perf_counter() - started
    name = upload(number)[0]
    return {
        "number": number, "name": name, "found": found, "seconds": seconds, "mb": peak.added_mb(),
    }  # fmt: skip


def outcome(act: Callable[[], str]) -> str:
    """``face``, ``no face``, ``refused``, or what is wrong."""
    from clfer.errors import ClferError

    try:
        return act()
    except ClferError as error:
        said = str(error)
        whole = said.endswith(".") and said.isprintable() and 15 < len(said) < 400
        return "refused" if whole else f"no sentence: {said[:200]!r}"
    except Exception as error:  # what the test is about: nothing else may come out
        return f"{type(error).__name__}: {error}"[:300]


if __name__ == "__main__":
    main()
