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
    with pytest.raises(DataError, match=r"2 of 3 names fit no face of folder valid.* ghost\.png"):
        restrict(faces, ["val/sad/001.png", "ghost.png", "other.png"])


def _named(*names: str) -> FaceSet:
    blank = np.zeros((len(names), 1, 1, 1), dtype=np.uint8)
    labels = np.zeros(len(names), dtype=np.int64)
    return FaceSet("any", "test", ("neutral",), blank, labels, names, names)


FERPLUS = ("fer0034656.png", "fer0033878.png", "fer0034657.png")
RAFDB = ("test_0003.jpg", "test_0006.jpg", "test_2464.jpg")
HASHES = tuple(f"{i}{'0f' * 27}" for i in range(3))
AFFECTNET = tuple(f"{i}/{name}.JPG" for i, name in enumerate(HASHES))


@pytest.mark.parametrize(
    ("names", "lines", "found"),
    [
        (FERPLUS, ["1_fer0034656.png 8 0", "2_fer0034657.png 8 3"], [0, 2]),
        (FERPLUS, ["1/fer0033878.jpg"], [1]),
        (
            RAFDB,
            ["test_0003_aligned 3 4", "test_2464_aligned 6 2", "test_2464_aligned 6 2"],
            [0, 2],
        ),
        (RAFDB, ["4/test_0006_aligned.jpg"], [1]),
        (AFFECTNET, [f"7/{HASHES[1]}/8.jpg", f"3/{HASHES[2]}/8.jpg"], [1, 2]),
        (AFFECTNET, [f"val/0/{HASHES[0]}/"], [0]),
        (("1_a.png", "a.png", "a b.png"), ["1_a.png", "a b.png"], [0, 2]),
        (("8.jpg", "9.jpg"), ["8.jpg"], [0]),
    ],
)
def test_lists_as_ran_publishes_them(
    tmp_path: Path, names: tuple[str, ...], lines: list[str], found: list[int]
) -> None:
    path = tmp_path / "list.txt"
    path.write_text("\n".join(lines))
    assert restrict(_named(*names), read_names(path)).names == tuple(names[i] for i in found)


@pytest.mark.parametrize("line", ["1_fer1.png 8 x", "fer1.png 1 2 3", "fer1.png,3", "a.png; b"])
def test_a_malformed_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "list.txt"
    path.write_text(f"# pose\n0/fer2.jpg\n{line}\n")
    with pytest.raises(DataError, match=r"list\.txt line 3 is malformed"):
        read_names(path)


def test_a_folder_of_crops_is_never_read_as_the_name_of_the_crop() -> None:
    with pytest.raises(DataError, match="1 of 1 names fit no face"):
        restrict(_named("8.jpg", "9.jpg"), [f"7/{HASHES[0]}/8.jpg"])
