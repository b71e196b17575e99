"""Lists of names, and the stratified hold-out."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clfer.data import FaceSet, load_faces, read_names, restrict
from clfer.data.splits import hold_out
from clfer.errors import DataError


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=120), st.integers(0, 3))
def test_hold_out_is_disjoint_complete_stratified_and_seeded(raw: list[int], seed: int) -> None:
    labels = np.array(raw, dtype=np.int64)
    train, valid = hold_out(labels, 0.1, seed)
    assert sorted([*train, *valid]) == list(range(len(labels)))
    for label in set(raw):
        size, held = raw.count(label), int((labels[valid] == label).sum())
        assert abs(held - 0.1 * size) <= 1
        assert held >= 1 or size == 1
        assert held < size
    again = hold_out(labels, 0.1, seed)[1]
    np.testing.assert_array_equal(valid, again)


def test_another_seed_holds_out_others() -> None:
    labels = np.zeros(200, dtype=np.int64)
    assert set(hold_out(labels, 0.1, 0)[1]) != set(hold_out(labels, 0.1, 1)[1])


@pytest.fixture
def faces(class_folders: Path) -> FaceSet:
    return load_faces("folder", class_folders, "valid", side=16)


def test_names_are_read_without_blanks_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("# occluded\n\n  b.png \na b.png\r\n")
    assert read_names(path) == ["b.png", "a b.png"]


def test_unusable_lists_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.txt"):
        read_names(tmp_path / "gone.txt")
    (tmp_path / "bad.txt").write_bytes(b"a.png\nb\x00.png\n")
    with pytest.raises(DataError, match=r"bad\.txt line 2"):
        read_names(tmp_path / "bad.txt")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(DataError, match=r"empty\.txt holds no image name"):
        read_names(tmp_path / "empty.txt")


def test_restrict_takes_full_and_base_names(ferplus_folder: Path) -> None:
    faces = load_faces("ferplus", ferplus_folder, "train")
    some = restrict(faces, ["FER2013Train/e.png", "a.png", "a.png"])
    assert some.names == ("a.png", "e.png")
    assert some.labels.tolist() == [0, 4]
    np.testing.assert_array_equal(some.images, faces.images[[0, 2]])


def test_restrict_matches_the_path_when_base_names_repeat(faces: FaceSet) -> None:
    assert restrict(faces, ["val/sad/001.png"]).names == ("val/sad/001.png",)
    with pytest.raises(DataError, match=r"4 faces of folder valid are named 001\.png"):
        restrict(faces, ["001.png"])


def test_restrict_names_the_first_that_is_unknown(faces: FaceSet) -> None:
    with pytest.raises(DataError, match=r"ghost\.png"):
        restrict(faces, ["val/sad/001.png", "ghost.png", "other.png"])
