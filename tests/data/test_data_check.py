"""`check_faces` counts what is there and names the first thing that is wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clfer.data import check_faces
from clfer.errors import DataError


def test_report_of_a_sound_set(ferplus_folder: Path, zipped: Callable[..., Path]) -> None:
    report = check_faces("ferplus", ferplus_folder)
    assert report.first_problem is None
    assert report.problems == 0
    assert report.images == 7
    assert report.duplicates == 2
    assert {k: sum(v.values()) for k, v in report.counts.items()} == {"train": 3, "valid": 2}
    assert report.counts["train"]["anger"] == 1
    assert report.counts["train"]["contempt"] == 0
    archive = check_faces("ferplus", zipped(ferplus_folder))
    assert (archive.counts, archive.duplicates) == (report.counts, report.duplicates)


def test_held_out_split_is_counted(rafdb_folder: Path) -> None:
    report = check_faces("rafdb", rafdb_folder)
    assert {k: sum(v.values()) for k, v in report.counts.items()} == {
        "train": 63,
        "valid": 7,
        "test": 7,
    }
    assert report.images == 77


def test_images_that_the_protocol_drops_are_opened_too(ferplus_folder: Path) -> None:
    (ferplus_folder / "FER2013Train" / "d.png").write_bytes(b"x")
    report = check_faces("ferplus", ferplus_folder)
    assert report.problems == 1
    assert "FER2013Train/d.png" in str(report.first_problem)


def test_problems_are_reported_in_order(ferplus_folder: Path) -> None:
    train = ferplus_folder / "FER2013Train"
    shutil.copy(train / "a.png", train / "stray.png")
    report = check_faces("ferplus", ferplus_folder)
    assert "stray.png has no label" in str(report.first_problem)
    (train / "c.png").unlink()
    report = check_faces("ferplus", ferplus_folder)
    assert report.problems == 2
    assert "FER2013Train/c.png is listed but missing" in str(report.first_problem)


def test_malformed_list_is_a_problem_not_a_crash(ferplus_folder: Path, rafdb_folder: Path) -> None:
    (ferplus_folder / "FER2013Train" / "label.csv").write_text("a.png,1\n")
    report = check_faces("ferplus", ferplus_folder)
    assert "label.csv line 1" in str(report.first_problem)
    assert list(report.counts) == ["valid"]
    (rafdb_folder / "EmoLabel" / "list_patition_label.txt").write_text("nonsense\n")
    report = check_faces("rafdb", rafdb_folder)
    assert "line 1" in str(report.first_problem)
    assert report.counts == {}


def test_empty_layout_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    assert "holds no images" in str(check_faces("folder", tmp_path).first_problem)


def test_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        check_faces("folder", tmp_path / "nowhere")


def test_images_that_cannot_be_opened_are_nobodys_twin(ferplus_folder: Path) -> None:
    for folder in ("FER2013Train", "FER2013Valid"):
        (ferplus_folder / folder / "b.png").write_bytes(b"x")
    report = check_faces("ferplus", ferplus_folder)
    assert report.duplicates == 1
    assert report.problems == 2
