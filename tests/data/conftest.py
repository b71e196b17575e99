"""Tiny data sets in every layout, and archives of them."""

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
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


@pytest.fixture
def sfew_folder(tmp_path: Path) -> Path:
    """SFEW with ten frames a class in Train and two in Val, wider than high."""
    root = tmp_path / "sfew"
    for split, count in (("Train", 10), ("Val", 2)):
        for k, name in enumerate(
            ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")
        ):
            for i in range(count):
                image = pixels(100 * k + i + len(split), (20, 30, 3))
                write_image(root / split / name / f"film_{i:03d}.png", image)
    return root


@pytest.fixture
def affectnet_tables(tmp_path: Path) -> Path:
    """The first release of AffectNet: ten images a code in training, two in validation."""
    root = tmp_path / "affectnet"
    header = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,"
    for table, count in (("training", 10), ("validation", 2)):
        rows = [f"{header}expression,valence,arousal"] if table == "training" else []
        for i in range(11 * count):
            name = f"{i % 3}/{table}{i:03d}.png"
            image = pixels(i + len(table), (60, 80, 3))
            write_image(root / "Manually_Annotated_Images" / name, image)
            rows.append(f"{name},20,10,40,40,1.5;2.5;3.5,{i % 11},0.1,-0.2")
        (root / f"{table}.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture
def affectnet_sets(tmp_path: Path) -> Path:
    """The later release: ten images a code in train_set, two in val_set."""
    root = tmp_path / "affectnet-sets"
    for folder, count in (("train_set", 10), ("val_set", 2)):
        (root / folder / "annotations").mkdir(parents=True)
        for i in range(8 * count):
            write_image(root / folder / "images" / f"{i}.png", pixels(i, (24, 24, 3)))
            code = np.array(str(i % 8)) if i % 2 else np.array([i % 8])
            np.save(root / folder / "annotations" / f"{i}_exp.npy", code)
    return root
