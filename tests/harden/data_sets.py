"""Tiny data sets in every layout that is read, and what can happen to a copy of one."""

import csv
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

CLASSES = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")


@dataclass(frozen=True)
class Layout:
    """One layout on disk.

    Attributes:
        name: Registry name of the data set.
        build: Write it into an empty folder.
        images: Pattern of its images.
        tables: Its lists of labels.
        row: A sound row for the end of the first list, of a name; empty without lists.
        listed: Whether every image must be listed, and every listed image be there.
    """

    name: str
    build: Callable[[Path], None]
    images: str = "**/*.png"
    tables: tuple[str, ...] = ()
    row: str = ""
    listed: bool = field(default=False)


def face(seed: int, side: int, channels: int = 3) -> NDArray[np.uint8]:
    shape = (side, side, channels)[: 2 + (channels > 1)]
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def write(path: Path, image: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def _ferplus(root: Path) -> None:
    for number, split in enumerate(("FER2013Train", "FER2013Valid")):
        rows = []
        for i in range(8):
            write(root / split / f"fer{i:07d}.png", face(10 * number + i, 48, 1))
            votes = [10 if column == i else 0 for column in range(10)]
            rows.append([f"fer{i:07d}.png", "(0, 0, 48, 48)", *votes])
        with (root / split / "label.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)


def _ferplus_tables(root: Path) -> None:
    emotions = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    pixels, votes = ["emotion,pixels,Usage"], [f"Usage,Image name,{emotions}"]
    for number, usage in enumerate(("Training", "PublicTest")):
        for i in range(8):
            image = face(10 * number + i, 48, 1)
            pixels.append(f"0,{' '.join(map(str, image.ravel()))},{usage}")
            cells = ["10" if column == i else "0" for column in range(10)]
            votes.append(f"{usage},fer{number}{i:06d}.png,{','.join(cells)}")
    (root / "fer2013.csv").write_text("\n".join(pixels) + "\n")
    (root / "fer2013new.csv").write_text("\n".join(votes) + "\n")


def _rafdb(root: Path) -> None:
    rows = []
    for split, count in (("train", 21), ("test", 7)):
        for i in range(count):
            rows.append(f"{split}_{i:05d}.jpg {i % 7 + 1}")
            image = face(i + count, 100)
            write(root / "Image" / "aligned" / f"{split}_{i:05d}_aligned.jpg", image)
    (root / "EmoLabel").mkdir()
    (root / "EmoLabel" / "list_patition_label.txt").write_text("\n".join(rows) + "\n")


def _sfew(root: Path) -> None:
    for number, (split, count) in enumerate((("Train", 3), ("Val", 1))):
        for k, name in enumerate(CLASSES):
            for i in range(count):
                write(root / split / name / f"f{i}.png", face(100 * number + 10 * k + i, 24))


def _folder(root: Path) -> None:
    for number, (split, count) in enumerate((("train", 3), ("valid", 1))):
        for k, name in enumerate(CLASSES[:4]):
            for i in range(count):
                write(root / split / name / f"f{i}.png", face(100 * number + 10 * k + i, 24))


def _affectnet_tables(root: Path) -> None:
    header = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,"
    for table, count in (("training", 3), ("validation", 1)):
        rows = [f"{header}expression,valence,arousal"] if table == "training" else []
        for i in range(8 * count):
            name = f"{i % 3}/{table}{i:03d}.png"
            write(root / "Manually_Annotated_Images" / name, face(i + len(table), 40))
            rows.append(f"{name},4,4,20,20,1.5;2.5;3.5,{i % 8},0.1,-0.2")
        (root / f"{table}.csv").write_text("\n".join(rows) + "\n")


def _affectnet_sets(root: Path) -> None:
    for folder, count in (("train_set", 3), ("val_set", 1)):
        (root / folder / "annotations").mkdir(parents=True)
        for i in range(8 * count):
            write(root / folder / "images" / f"{i}.png", face(i + count, 24))
            np.save(root / folder / "annotations" / f"{i}_exp.npy", np.array(str(i % 8)))


_LABEL_ROW = '{name},"(0, 0, 48, 48)",9,0,0,0,0,0,0,0,0,0'
_BOX_ROW = "{name},4,4,20,20,1.5;2.5;3.5,3,0.1,-0.2"

LAYOUTS = {
    "ferplus": Layout(
        "ferplus",
        _ferplus,
        tables=("FER2013Train/label.csv", "FER2013Valid/label.csv"),
        row=_LABEL_ROW,
        listed=True,
    ),
    "ferplus tables": Layout(
        "ferplus", _ferplus_tables, images="", tables=("fer2013new.csv", "fer2013.csv")
    ),
    "rafdb": Layout(
        "rafdb",
        _rafdb,
        images="**/*.jpg",
        tables=("EmoLabel/list_patition_label.txt",),
        row="{name} 3",
        listed=True,
    ),
    "sfew": Layout("sfew", _sfew),
    "folder": Layout("folder", _folder),
    "affectnet": Layout(
        "affectnet",
        _affectnet_tables,
        tables=("training.csv", "validation.csv"),
        row=_BOX_ROW,
        listed=True,
    ),
    "affectnet7": Layout("affectnet7", _affectnet_sets),
}


def zipped(root: Path) -> Path:
    """An archive of a folder, in which links and pipes cannot lie."""
    target = root.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(root).as_posix())
    shutil.rmtree(root)
    return target


Words = tuple[str, ...]
"""What a refusal must say: all of these, a name of the offender among them."""

Damage = Callable[[Path, Layout, np.random.Generator], Words | None]
"""Damages a copy of a data set; None where that cannot happen to a layout."""


def _image(root: Path, layout: Layout, rng: np.random.Generator) -> Path | None:
    found = sorted(root.glob(layout.images)) if layout.images else []
    if layout.name == "affectnet7":  # faces of contempt, every eighth, are not opened
        found = [path for path in found if int(path.stem) % 8 != 7]
    return found[rng.integers(len(found))] if found else None


def _append(root: Path, layout: Layout, row: str, *words: str) -> Words | None:
    if not layout.row:
        return None
    path = root / layout.tables[0]
    path.write_bytes(path.read_bytes() + row.encode() + b"\n")
    return (Path(layout.tables[0]).name, *words)


def _own_name(layout: Layout, name: str) -> str:
    """A name in the form that a list of this layout has."""
    return f"train_{name}" if layout.name == "rafdb" else name


def _first_name(root: Path, layout: Layout) -> str:
    rows = (root / layout.tables[0]).read_text().splitlines()
    return rows[layout.name == "affectnet"].split("," if layout.name != "rafdb" else " ")[0]


def no_root(root: Path, layout: Layout, rng: np.random.Generator) -> Words:
    shutil.rmtree(root)
    return (root.name, "does not exist")


def text_for_root(root: Path, layout: Layout, rng: np.random.Generator) -> Words:
    shutil.rmtree(root)
    root.write_bytes(rng.bytes(int(rng.integers(0, 200))))
    return (root.name, "is not a readable zip archive")


def empty_root(root: Path, layout: Layout, rng: np.random.Generator) -> Words:
    shutil.rmtree(root)
    root.mkdir()
    return (root.name, "expected", "found nothing")


def level_missing(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    folders = [path for path in root.iterdir() if path.is_dir()]
    if not folders or layout.name == "affectnet":
        return None  # it may lack that level
    for folder in folders:
        for child in list(folder.iterdir()):
            if not (root / child.name).exists():
                child.rename(root / child.name)
        shutil.rmtree(folder)
    return ("expected",)


def levels_too_many(root: Path, layout: Layout, rng: np.random.Generator) -> Words:
    inner = root.with_name("moved")
    root.rename(inner)
    (root / "one" / "two").mkdir(parents=True)
    inner.rename(root / "one" / "two" / "three")
    return (root.name, "expected", "found one")


def image_missing(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    path = _image(root, layout, rng)
    if path is None or not layout.listed:
        return None
    path.unlink()
    return (path.name, "missing")


def image_cut(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    path = _image(root, layout, rng)
    if path is None:
        return None
    whole = path.read_bytes()
    path.write_bytes(whole[: int(rng.integers(0, len(whole) - 20))])
    return (path.name, "no image that can be decoded")


def image_is_something_else(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    path = _image(root, layout, rng)
    if path is None:
        return None
    kinds = [b"", b"<html></html>", b"\0" * 500, rng.bytes(300), b"PK\x03\x04" + rng.bytes(50)]
    path.write_bytes(kinds[rng.integers(len(kinds))])
    return (path.name, "no image that can be decoded")


def image_of_huge_size(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    """A header that promises 60,000 by 60,000 pixels."""
    path = _image(root, layout, rng)
    if path is None:
        return None
    encoded = bytearray(cv2.imencode(".bmp", np.zeros((2, 2, 3), np.uint8))[1].tobytes())
    encoded[18:26] = (60_000).to_bytes(4, "little") * 2
    path.write_bytes(bytes(encoded))
    return (path.name, "no image that can be decoded")


def image_is_a_folder(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    path = _image(root, layout, rng)
    if path is None or not layout.listed:
        return None
    path.unlink()
    path.mkdir()
    (path / "inside.txt").write_text("x")
    return (path.name,)


def image_is_a_link_to_nothing(
    root: Path, layout: Layout, rng: np.random.Generator
) -> Words | None:
    path = _image(root, layout, rng)
    if path is None:
        return None
    path.unlink()
    path.symlink_to(path if rng.random() < 0.5 else root / "nothing")
    return (path.name,)


def image_never_ends(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    """A pipe into which nobody writes, or a device without end."""
    path = _image(root, layout, rng)
    if path is None:
        return None
    path.unlink()
    if rng.random() < 0.5:
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    return (path.name, "regular file")


def name_not_in_utf8(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    path = _image(root, layout, rng)
    if path is None:
        return None
    if layout.name == "affectnet":
        return None  # its tree of images is never listed
    strange = os.fsencode(path.parent) + b"/caf\xe9" + os.fsencode(path.suffix)
    os.link(path, strange)
    return ("caf\\xe9", "UTF-8")


def name_with_a_line_break(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    path = _image(root, layout, rng)
    if path is None or layout.name == "affectnet":
        return None
    os.link(path, path.with_name(f"two\nlines{path.suffix}"))
    return ("two\\x0alines",)


def two_cases(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    """Two copies, put together on a system that knows upper and lower case."""
    folders = [path for path in sorted(root.iterdir()) if path.is_dir()]
    if layout.name not in ("sfew", "folder", "ferplus", "affectnet7") or not folders:
        return None
    first = folders[0]
    shutil.copytree(first, root / first.name.swapcase())
    return (first.name, first.name.swapcase(), "keep one")


def class_of_another_name(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    if layout.name != "sfew":
        return None
    name = CLASSES[rng.integers(len(CLASSES))]
    (root / "Train" / name).rename(root / "Train" / "Bored")
    return ("Train/Bored", "no expression")


def no_table(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    if not layout.tables or layout.name == "affectnet":
        return None  # one split alone is a data set too
    path = root / layout.tables[0]
    path.unlink()
    return (path.name,)


def table_of_junk(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    if not layout.tables:
        return None
    path = root / layout.tables[0]
    text = path.read_text()
    kinds = [
        rng.bytes(300),
        text.encode("utf-16"),
        b"\xff" + text.encode(),
        b"\0" * 300,
        b"<html><body>404, Not Found</body></html>\n",
    ]
    path.write_bytes(kinds[rng.integers(len(kinds))])
    return (path.name,)


def row_of_other_columns(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    name = _own_name(layout, "zz.png")
    rows = [f"{name}", f"{name} x y z", "a,b", ",,,,,,,,,,,,,,,", name + ",1" * 20]
    return _append(root, layout, rows[rng.integers(len(rows))], "line")


def row_of_another_label(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    wrong = ("99", "-1", "x", "nan", "1e9", str(10**30), "³")[rng.integers(7)]
    row = layout.row.format(name=_own_name(layout, "zz.png"))
    for sound in ('",9,', ",3,", " 3"):
        if sound in row:
            end = "," if sound.endswith(",") else ""
            start = sound[: len(sound) - 1 - len(end)]
            wrong_here = str(10**30) if layout.name == "ferplus" and wrong == "99" else wrong
            return _append(root, layout, row.replace(sound, f"{start}{wrong_here}{end}"), "line")
    return None


def row_twice(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    if not layout.row:
        if layout.name != "ferplus":
            return None
        for table in layout.tables:
            path = root / table
            rows = path.read_text().splitlines()
            path.write_text("\n".join([*rows, rows[3]]) + "\n")
        return ("fer2013new.csv", "line 18", "fer0000002.png", "again")
    if layout.name == "affectnet":
        return None  # its own lists may name a face twice
    name = _first_name(root, layout)
    return _append(root, layout, layout.row.format(name=name), "line", name, "again")


def row_of_nothing(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    if not layout.row:
        return None
    name = _own_name(layout, "zz.jpg")
    _append(root, layout, layout.row.format(name=name))
    return (Path(name).stem, "missing")


def row_outside(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    """A list that names a file elsewhere on the machine."""
    if not layout.row or layout.name == "rafdb":
        return None  # it takes the last part of a name alone
    outside = root.parent / "secret.png"
    write(outside, face(0, 48))
    inside = "../../secret.png" if layout.name == "ferplus" else "../secret.png"
    _append(root, layout, layout.row.format(name=inside))
    return ("secret.png", "outside")


def row_with_nul(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    if not layout.row:
        return None
    _append(root, layout, layout.row.format(name=_own_name(layout, "z\0z.png")))
    return ()


def box_of_no_size(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    if layout.name != "affectnet":
        return None
    name = _first_name(root, layout).replace("000", "zzz")
    path = root / "Manually_Annotated_Images" / name
    write(path, face(0, 40))
    boxes = ("0,0,0,0", "9999,0,20,20", f"{10**30},0,20,20", "-99,-99,9,9", f"0,0,{10**18},5")
    row = f"{name},{boxes[rng.integers(4)]},1;2,3,0.1,-0.2"
    path = root / layout.tables[0]
    path.write_text(path.read_text() + row + "\n")
    return ("box",)


def no_number(root: Path, layout: Layout, rng: np.random.Generator) -> Words | None:
    if layout.name != "affectnet7":
        return None
    path = root / "train_set" / "annotations" / f"{rng.integers(24)}_exp.npy"
    kind = rng.integers(5)
    if kind == 0:
        path.unlink()
    elif kind == 1:
        path.write_bytes(path.read_bytes()[: int(rng.integers(0, 120))])
    else:
        strange = [np.array([1, 2]), np.array("x"), np.array(99)]
        np.save(path, strange[kind - 2])
    return (path.name,)


DAMAGES: tuple[Damage, ...] = (
    *(no_root, text_for_root, empty_root, level_missing, levels_too_many),
    *(image_missing, image_cut, image_is_something_else, image_of_huge_size),
    *(image_is_a_folder, image_is_a_link_to_nothing, image_never_ends),
    *(name_not_in_utf8, name_with_a_line_break, two_cases, class_of_another_name),
    *(no_table, table_of_junk, row_of_other_columns, row_of_another_label, row_twice),
    *(row_of_nothing, row_outside, row_with_nul, box_of_no_size, no_number),
)

ONLY_IN_FOLDERS = (
    *(no_root, text_for_root, empty_root, image_is_a_folder),
    *(image_is_a_link_to_nothing, image_never_ends, name_not_in_utf8, name_with_a_line_break),
    row_outside,
)
"""What cannot be packed into an archive, or leaves no folder to be packed."""
