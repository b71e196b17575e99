"""Any upload ends in a prediction or in one sentence; nothing is written, memory stays bounded."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from odd_pictures import SEED, handmade, upload, valid
from typer.testing import CliRunner

from clfer.cli import app
from clfer.errors import ClferError
from clfer.faces.archive_photos import photos_in_archive

MEMORY_MB = 900
"""What one upload may add to the memory of the app at most, at any moment."""

SECONDS = 30
"""The slowest case on a busy machine."""


@pytest.fixture
def checkpoint(pair_folder: Path) -> Path:
    return pair_folder / "ferplus-ours"


def chosen(numbers: list[int], hand: int) -> list[int]:
    """All numbers in full mode; in a short one some hand-made cases beside the first mutations."""
    count = len(handmade())
    if len(numbers) == 1 or len(numbers) > count:
        return numbers
    small = [i for i, (name, _) in enumerate(handmade()) if not name.startswith("largest")]
    return small[:: max(1, len(small) // hand)] + [count + number for number in numbers]


def test_every_upload_ends_in_a_prediction_or_a_sentence(
    repository: Path,
    checkpoint: Path,
    tmp_path: Path,
    case_numbers: Callable[[int, int], list[int]],
    record: Callable[..., None],
) -> None:
    numbers = chosen(case_numbers(1_200, 25), 12)
    found = in_a_process(repository, checkpoint, tmp_path, numbers)
    results = found["results"]
    wrong = [
        f"case {one['number']} ({one['name']!r:.60}): {one['found']}"
        for one in results
        if one["found"] not in ("face", "no face", "refused")
    ]
    wrong += [
        f"case {one['number']} ({one['name']!r:.60}) took {one['mb']:.0f} MB"
        for one in results
        if one["mb"] > MEMORY_MB
    ]
    wrong += [f"written: {event}" for event in found["written"]]
    predicted = sum(one["found"] in ("face", "no face") for one in results)
    record(
        "uploads",
        cases=len(results),
        failures=len(wrong),
        predicted=predicted,
        refused=len(results) - predicted,
        peak_mb=round(max(one["mb"] for one in results)),
        slowest_s=round(max(one["seconds"] for one in results), 1),
    )
    assert not wrong, "\n".join(wrong)
    assert found["warm"] == ["refused", "no face"]
    assert predicted, "no case was decoded: the test tries nothing"
    assert max(one["seconds"] for one in results) < SECONDS


def in_a_process(
    repository: Path, checkpoint: Path, folder: Path, numbers: list[int]
) -> dict[str, Any]:
    """What the worker says; its working, home and temporary folder stay empty."""
    places = {name: folder / name for name in ("cwd", "home", "tmp")}
    for place in places.values():
        place.mkdir()
    task = folder / "task.json"
    warm = [name for name, _ in handmade()].index("sixteen.png")
    content = {
        "app": str(repository / "app"),
        "checkpoint": str(checkpoint),
        "cases": numbers,
        "warm": warm,
    }
    task.write_text(json.dumps(content), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("upload_worker.py")), str(task)],
        cwd=places["cwd"],
        env={**os.environ, "HOME": str(places["home"]), "TMPDIR": str(places["tmp"])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    left = [str(path) for place in places.values() for path in place.rglob("*") if path.is_file()]
    assert not left, f"files appeared: {left[:5]}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_whole_files_of_every_format_are_predicted(
    checkpoint: Path, tmp_path: Path, record: Callable[..., None]
) -> None:
    wrong = []
    for number, (form, data) in enumerate(valid()):
        path = tmp_path / f"{number}.{form}"
        path.write_bytes(data)
    paths = sorted(str(path) for path in tmp_path.iterdir())
    done = predict(checkpoint, "--json", *paths)
    if done.exit_code != 0:
        wrong.append(done.stderr)
    record("uploads", cases=len(paths), failures=len(wrong))
    assert not wrong, "\n".join(wrong)
    assert [one["image"] for one in json.loads(done.stdout)] == paths


def test_mutated_archives_of_photos_are_read_or_refused(
    case_numbers: Callable[[int, int], list[int]], record: Callable[..., None]
) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (form, data) in enumerate(valid()[:4]):
            archive.writestr(f"a/../{number}.{form}", data[:900])
    whole, numbers, wrong = stream.getvalue(), case_numbers(400, 40), []
    directory = whole.index(b"PK\x01\x02")
    for number in numbers:
        draw = np.random.default_rng((SEED, number))
        data = bytearray(whole)
        for _ in range(draw.integers(1, 6)):
            spot = draw.integers(99) if draw.random() < 0.3 else draw.integers(directory, len(data))
            data[spot] = draw.integers(256)
        try:
            photos = photos_in_archive(bytes(data), "photos.zip")
            said = [photo.error for photo in photos if photo.error is not None]
        except ClferError as error:
            photos, said = [], [str(error)]
        except Exception as error:  # what the test is about: nothing else may come out
            photos, said = [], []
            wrong.append(f"case {number}: {type(error).__name__}: {error}")
        wrong += [f"case {number}: {one}" for one in said if not one.isprintable()]
        wrong += [f"case {number}: {p.name}" for p in photos if ".." in p.name.split("/")]
    record("uploads", cases=len(numbers), failures=len(wrong))
    assert not wrong, "\n".join(wrong)


def test_the_command_line_refuses_with_one_sentence(
    checkpoint: Path,
    tmp_path: Path,
    case_numbers: Callable[[int, int], list[int]],
    record: Callable[..., None],
) -> None:
    numbers = case_numbers(120, 4)
    step = 7 if len(numbers) > 1 else 1
    wrong = []
    for number in numbers:
        path = tmp_path / f"photo-{number}.png"
        path.write_bytes(upload(number * step)[1])
        done = predict(checkpoint, str(path))
        lines = done.stderr.splitlines()
        refused = done.exit_code == 2 and not done.stdout and len(lines) == 1
        refused &= lines[:1] != [] and lines[0].startswith("Error: ") and path.name in lines[0]
        if not refused and (done.exit_code != 0 or "Traceback" in done.output):
            wrong.append(f"case {number * step}: exit {done.exit_code}: {done.output[-300:]}")
    record("uploads", cases=len(numbers), failures=len(wrong))
    assert not wrong, "\n".join(wrong)


def predict(checkpoint: Path, *arguments: str) -> Any:
    return CliRunner().invoke(app, ["predict", *arguments, "--checkpoint", str(checkpoint)])
