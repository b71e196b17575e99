"""What is wrong with a data set is said in one sentence that names the file."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tiny_faces import pixels, write_image

from clfer.data import load_faces, needs_root
from clfer.errors import DataError

Zipped = Callable[..., Path]


def message(*arguments: object) -> str:
    with pytest.raises(DataError) as caught:
        load_faces(*arguments)  # type: ignore[arg-type]
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def label_csv(root: Path) -> Path:
    return root / "FER2013Train" / "label.csv"


def test_unknown_names(ferplus_folder: Path) -> None:
    assert "ferplus, rafdb, sfew, affectnet, affectnet7, folder, synthetic" in message(
        "fer++", ferplus_folder, "train"
    )
    assert "train, valid, test" in message("ferplus", ferplus_folder, "dev")
    assert "needs a root" in message("ferplus", None, "train")
    with pytest.raises(DataError, match="choose one of"):
        needs_root("fer++")
    assert needs_root("folder")
    assert not needs_root("synthetic")


def test_root_that_is_missing_or_no_archive(tmp_path: Path) -> None:
    assert "nowhere does not exist" in message("rafdb", tmp_path / "nowhere", "train")
    (tmp_path / "notes.txt").write_text("hello")
    assert "notes.txt is not a readable zip" in message("rafdb", tmp_path / "notes.txt", "train")


@pytest.mark.parametrize("name", ["ferplus", "rafdb", "folder"])
def test_root_of_another_layout_says_what_was_expected_and_found(name: str, tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    assert re.search("expected .*found holiday", message(name, tmp_path, "train"))


def test_damaged_archives(ferplus_folder: Path, zipped: Zipped) -> None:
    archive = zipped(ferplus_folder)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    assert archive.name in message("ferplus", archive, "train")
    with zipfile.ZipFile(ferplus_folder / "x.zip", "w") as out:
        out.write(ferplus_folder / "FER2013Train" / "a.png", "FER2013Train/a.png")
        out.write(label_csv(ferplus_folder), "FER2013Train/label.csv")
    stored = (ferplus_folder / "x.zip").read_bytes()
    (ferplus_folder / "x.zip").write_bytes(stored[:600] + b"????" + stored[604:])
    assert "a.png" in message("ferplus", ferplus_folder / "x.zip", "train")


def test_encrypted_archive(ferplus_folder: Path, zipped: Zipped) -> None:
    archive = zipped(ferplus_folder)
    content = bytearray(archive.read_bytes())
    for found in re.finditer(b"PK\x01\x02", bytes(content)):
        content[found.start() + 8] |= 1
    archive.write_bytes(content)
    assert "encrypted" in message("ferplus", archive, "train")


@pytest.mark.parametrize(
    "row",
    [
        'z.png,"(0, 0, 48, 48)",1,2,3',
        'z.png,"(0, 0, 48, 48)",x,0,0,0,0,0,0,0,0,0',
        'z.png,"(0, 0, 48, 48)",-4,0,0,0,0,0,0,0,0,0',
        ',"(0, 0, 48, 48)",9,0,0,0,0,0,0,0,0,0',
        'a.png,"(0, 0, 48, 48)",9,0,0,0,0,0,0,0,0,0',
    ],
)
def test_malformed_vote_rows_name_the_line(ferplus_folder: Path, row: str) -> None:
    table = label_csv(ferplus_folder)
    table.write_text(table.read_text() + row + "\n")
    assert "FER2013Train/label.csv line 6" in message("ferplus", ferplus_folder, "train")


def test_missing_and_broken_ferplus_files(ferplus_folder: Path) -> None:
    (ferplus_folder / "FER2013Train" / "b.png").write_bytes(b"no image")
    assert "FER2013Train/b.png is no image" in message("ferplus", ferplus_folder, "train")
    (ferplus_folder / "FER2013Train" / "b.png").unlink()
    assert "FER2013Train/b.png is listed but missing" in message("ferplus", ferplus_folder, "train")
    label_csv(ferplus_folder).write_bytes(b"\xff\xfe\x00")
    assert "label.csv" in message("ferplus", ferplus_folder, "train")
    label_csv(ferplus_folder).write_text("")
    assert "no usable face" in message("ferplus", ferplus_folder, "train")
    label_csv(ferplus_folder).unlink()
    assert "label.csv" in message("ferplus", ferplus_folder, "train")
    assert "no split 'test' of ferplus: found train, valid" in message(
        "ferplus", ferplus_folder, "test"
    )


def test_broken_ferplus_tables(ferplus_tables: Path) -> None:
    images, votes = ferplus_tables / "fer2013.csv", ferplus_tables / "fer2013new.csv"
    good = images.read_text()
    images.write_text(good + "0,1 2 3,Training\n")
    assert "differ in length" in message("ferplus", ferplus_tables, "train")
    lines = good.splitlines()
    images.write_text("\n".join([lines[0], "0,1 2 3,Training", *lines[2:]]) + "\n")
    assert "fer2013.csv line 2 has 3 pixels" in message("ferplus", ferplus_tables, "train")
    images.write_text("\n".join([lines[0], "0,1 2 300,Training", *lines[2:]]) + "\n")
    assert "fer2013.csv line 2" in message("ferplus", ferplus_tables, "train")
    images.write_text("\n".join(["a,b,c", *lines[1:]]) + "\n")
    assert "line 1" in message("ferplus", ferplus_tables, "train")
    votes.unlink()
    assert "fer2013new.csv is missing" in message("ferplus", ferplus_tables, "train")


@pytest.mark.parametrize("row", ["train_00071.jpg 8", "train_00071.jpg", "other.jpg 1"])
def test_malformed_rafdb_rows_name_the_line(rafdb_folder: Path, row: str) -> None:
    table = rafdb_folder / "EmoLabel" / "list_patition_label.txt"
    table.write_text(table.read_text() + row + "\n")
    assert "list_patition_label.txt line 78" in message("rafdb", rafdb_folder, "train")


def test_missing_rafdb_files(rafdb_folder: Path) -> None:
    (rafdb_folder / "Image" / "aligned" / "test_00003_aligned.jpg").unlink()
    assert "test_00003_aligned.jpg" in message("rafdb", rafdb_folder, "test")
    (rafdb_folder / "Image").rename(rafdb_folder / "Original")
    assert "no aligned faces" in message("rafdb", rafdb_folder, "test")


def test_folder_problems(class_folders: Path) -> None:
    assert "no split 'test' of folder: found train, valid" in message(
        "folder", class_folders, "test"
    )
    whole = class_folders / "Train" / "sad" / "000.png"
    whole.write_bytes(whole.read_bytes()[:-40])
    assert "Train/sad/000.png is no image" in message("folder", class_folders, "train")
    write_image(class_folders / "valid" / "sad" / "a.png", pixels(0, (9, 9)))
    assert "keep one folder" in message("folder", class_folders, "train")


def test_images_survive_in_any_depth_of_colour(tmp_path: Path) -> None:
    deep = pixels(0, (16, 16)).astype(np.uint16) * 257
    path = tmp_path / "test" / "fear" / "x.png"
    write_image(path, deep)  # type: ignore[arg-type]
    faces = load_faces("folder", tmp_path, "test", side=16)
    np.testing.assert_array_equal(faces.images[0, ..., 0], pixels(0, (16, 16)))
