"""Tiny data sets in every layout, and archives of them."""

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_faces import VOTES, pixels, write_image


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[..., Path]:
    """Make a zip of a folder, as a careless user would: wrapped if asked, with Mac leftovers."""

    def make(folder: Path, wrap: str = "") -> Path:
        target = tmp_path / f"{folder.name}{wrap and '-wrapped'}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                inside = path.relative_to(folder).as_posix()
                archive.write(path, f"{wrap}/{inside}" if wrap else inside)
                archive.writestr(f"__MACOSX/{inside.rstrip('/')}/x.png", b"junk")
        return target

    return make


@pytest.fixture
def ferplus_folder(tmp_path: Path) -> Path:
    """Official folders with the five faces of VOTES in train and two of them in valid."""
    root = tmp_path / "ferplus"
    for folder, names in (("FER2013Train", list(VOTES)), ("FER2013Valid", ["b.png", "e.png"])):
        for name in names:
            write_image(root / folder / name, pixels(ord(name[0]), (48, 48)))
        with (root / folder / "label.csv").open("w", newline="") as file:
            csv.writer(file).writerows([n, "(0, 0, 48, 48)", *VOTES[n]] for n in names)
    return root


@pytest.fixture
def ferplus_tables(tmp_path: Path) -> Path:
    """The same faces as ``ferplus_folder`` in the two tables, with one row that has no name."""
    root = tmp_path / "ferplus-tables"
    root.mkdir()
    rows = [("Training", n) for n in VOTES] + [("PublicTest", n) for n in ("b.png", "e.png")]
    emotions = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    images = ["emotion,pixels,Usage"]
    votes = [f"Usage,Image name,{emotions}"]
    for usage, name in [*rows, ("Training", "")]:
        face = pixels(ord(name[0]) if name else 0, (48, 48))
        images.append(f"0,{' '.join(map(str, face.ravel()))},{usage}")
        cells = VOTES.get(name, (0,) * 10)
        votes.append(f"{usage},{name},{','.join(map(str, cells))}")
    (root / "fer2013.csv").write_text("\n".join(images) + "\n")
    (root / "fer2013new.csv").write_text("\n".join(votes) + "\n")
    return root


@pytest.fixture
def rafdb_folder(tmp_path: Path) -> Path:
    """RAF-DB with its labels 1–7 in turn: 70 faces in train, 7 in test."""
    root = tmp_path / "rafdb"
    lines = []
    for split, count in (("train", 70), ("test", 7)):
        for i in range(count):
            stem = f"{split}_{i:05d}"
            lines.append(f"{stem}.jpg {i % 7 + 1}")
            face = pixels(i, (100, 100, 3))
            write_image(root / "Image" / "aligned" / f"{stem}_aligned.jpg", face)
    (root / "EmoLabel").mkdir()
    (root / "EmoLabel" / "list_patition_label.txt").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture
def class_folders(tmp_path: Path) -> Path:
    """One folder per expression: colour, spelled freely, train and val, not square."""
    root = tmp_path / "faces"
    for split, count in (("Train", 20), ("val", 2)):
        for k, name in enumerate(("Happy", "neutral", "boredom", "sad")):
            for i in range(count):
                image = pixels(100 * k + i + len(split), (30, 40, 3))
                write_image(root / split / name / f"{i:03d}.png", image)
    return root
