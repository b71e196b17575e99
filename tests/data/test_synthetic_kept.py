"""Faces that are kept on disk are those that would be drawn, whatever happens to the files."""

import os
from pathlib import Path

import numpy as np
import pytest

from clfer.data.faceset import FaceSet
from clfer.data.synthetic import dataset, drawn, load_synthetic

SIZE = 32


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path / "cache"))
    drawn._version.cache_clear()
    return tmp_path / "cache" / "synthetic"


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of faces of every drawing that really took place."""
    counts: list[int] = []
    draw = dataset.render_faces

    def counted(faces, size):
        counts.append(len(faces))
        return draw(faces, size)

    monkeypatch.setattr(dataset, "render_faces", counted)
    return counts


def load(count: int, **changes: int) -> FaceSet:
    return load_synthetic("valid", **({"size": SIZE, "count": count} | changes))


def fresh(count: int) -> np.ndarray:
    return dataset.render_faces([dataset.describe_face("valid", i) for i in range(count)], SIZE)


def assert_drawn_right(faces: FaceSet) -> None:
    np.testing.assert_array_equal(faces.images, fresh(len(faces)))
    assert list(faces.digests) == drawn.digests_of(fresh(len(faces)))
    assert len(faces.factors) == len(faces)


def test_only_what_is_missing_is_drawn(drawings: list[int]) -> None:
    found = [load(count) for count in (7, 14, 10, 14)]
    assert drawings == [7, 7]
    for faces in found:
        assert_drawn_right(faces)
    assert drawn.kept_count(drawn.kept_file("valid", SIZE, 0)) == 14
    longest = found[1]
    for faces in found:
        assert faces.digests == longest.digests[: len(faces)]
        assert faces.names == longest.names[: len(faces)]
        assert faces.factors.equals(longest.factors[: len(faces)])


def test_every_split_size_and_seed_has_a_file_of_its_own(drawings: list[int], folder: Path) -> None:
    load(7)
    for changes in ({"size": 48}, {"seed": 1}):
        load(7, **changes)
    load_synthetic("train", size=SIZE, count=7)
    assert drawings == [7] * 4
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize("at", [0, 4, 60, 0.4, 0.999])
def test_a_damaged_file_is_drawn_anew(drawings: list[int], folder: Path, at: float) -> None:
    """A bit of the header, of a pixel, of a digest."""
    load(7)
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    content[int(at if at >= 1 else at * len(content))] ^= 1
    file.write_bytes(content)
    found = load(7)
    assert drawings == [7, 7]
    assert load(7).digests == found.digests
    assert drawings == [7, 7]  # the file is whole again
    assert_drawn_right(found)


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 5000])
def test_a_file_of_something_else_is_drawn_anew(folder: Path, content: bytes) -> None:
    load(7)
    (file,) = folder.iterdir()
    file.write_bytes(content)
    assert_drawn_right(load(7))


def test_changed_drawing_code_never_meets_its_older_faces(
    drawings: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    load(7)
    code = tmp_path / "code"
    code.mkdir()
    (code / "drawn.py").write_text("# another way to draw\n")
    monkeypatch.setattr(drawn, "__file__", str(code / "drawn.py"))
    drawn._version.cache_clear()
    load(7)
    assert drawings == [7, 7]
    (code / "eyes.py").write_text("# and another\n")
    drawn._version.cache_clear()
    load(7)
    assert drawings == [7, 7, 7]
    drawn._version.cache_clear()


def test_where_nothing_can_be_written_faces_are_drawn_every_time(
    drawings: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path / "file"))  # no folder can be made in a file
    for _ in range(2):
        assert_drawn_right(load(7))
    assert drawings[::3] == [7, 7]

    def refuse(path, content):
        raise OSError(30, "Read-only file system")

    monkeypatch.setenv("CLFER_CACHE", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(drawn, "write_atomically", refuse)
    assert_drawn_right(load(7))


def test_the_files_stay_within_their_bound_and_the_unused_ones_go(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    for seed in range(3):
        load(7, seed=seed)
        os.utime(drawn.kept_file("valid", SIZE, seed), (seed, seed))
    size = drawn.kept_file("valid", SIZE, 0).stat().st_size
    load(7)  # used again: no longer the oldest
    monkeypatch.setattr(drawn, "MOST_BYTES", 3 * size)
    load(7, seed=3)
    kept = {seed for seed in range(4) if drawn.kept_file("valid", SIZE, seed).exists()}
    assert kept == {0, 2, 3}
    load_synthetic("train", size=128, count=14)  # more than all may take together
    assert sum(file.stat().st_size for file in folder.iterdir()) == 3 * size
