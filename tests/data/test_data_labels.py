"""Labels and votes come without opening an image, and the check names the faces it saw."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tiny_faces import VOTES

from clfer.data import DATASETS, check_faces, load_faces
from clfer.data.archive import FolderTree
from clfer.data.check import examine_faces
from clfer.data.labels import expected_layout, load_labels, load_votes
from clfer.data.root import root_stamp
from clfer.data.votes import VOTE_NAMES, vote_shares
from clfer.errors import DataError
from clfer.work.data_check import check, check_request, read


def test_labels_are_those_of_the_loaded_faces(
    ferplus_folder: Path, ferplus_tables: Path, rafdb_folder: Path, class_folders: Path
) -> None:
    roots = [("ferplus", ferplus_folder), ("ferplus", ferplus_tables)]
    for name, root in [*roots, ("rafdb", rafdb_folder), ("folder", class_folders)]:
        classes, labels = load_labels(name, root)
        for split, values in labels.items():
            faces = load_faces(name, root, split)
            assert faces.classes == classes
            assert faces.labels.tolist() == values.tolist()


def test_a_long_list_is_read_once_for_the_training_and_the_held_out_faces(
    affectnet_tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    lines = FolderTree.lines
    monkeypatch.setattr(
        FolderTree, "lines", lambda tree, path: read.append(path) or lines(tree, path)
    )
    _, labels = load_labels("affectnet", affectnet_tables)
    assert set(labels) == {"train", "valid", "test"}
    assert sorted(read) == ["training.csv", "validation.csv"]


def test_labels_of_the_synthetic_set_are_those_it_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    from clfer.data.synthetic import dataset

    monkeypatch.setattr(dataset, "DEFAULT_COUNTS", {"train": 14, "valid": 7, "test": 7})
    classes, labels = load_labels("synthetic", None)
    assert {split: len(values) for split, values in labels.items()} == dataset.DEFAULT_COUNTS
    for split, values in labels.items():
        faces = load_faces("synthetic", None, split)
        assert (faces.classes, faces.labels.tolist()) == (classes, values.tolist())
    steps: list[tuple[int, int]] = []
    report = check_faces("synthetic", None, lambda *step: steps.append(step))
    assert steps == [(14, 28), (21, 28), (28, 28)]
    assert report.images == 28


def test_votes_of_every_image(ferplus_folder: Path, ferplus_tables: Path) -> None:
    for root in (ferplus_folder, ferplus_tables):
        names, votes = load_votes(root, "train")
        assert dict(zip(names, map(tuple, votes.tolist()), strict=True)) == VOTES
        assert load_votes(root, "valid")[0] == ("b.png", "e.png")


def test_shares_of_votes_leave_single_votes_out() -> None:
    shares = vote_shares(np.array([[0, 0, 1, 1, 6, 2, 0, 0, 0, 0], [1] * 10]))
    assert dict(zip(VOTE_NAMES, shares[0].tolist(), strict=True)) == {
        name: {"anger": 0.75, "disgust": 0.25}.get(name, 0) for name in VOTE_NAMES
    }
    assert not shares[1].any()


def test_short_row_of_votes_is_named(ferplus_tables: Path) -> None:
    table = ferplus_tables / "fer2013new.csv"
    table.write_text(table.read_text() + "Training,z.png,1\n")
    with pytest.raises(DataError, match=r"fer2013new\.csv line 10"):
        load_votes(ferplus_tables, "train")


def test_layout_in_words() -> None:
    for name in set(DATASETS) - {"synthetic"}:
        assert "/" in expected_layout(name)
    with pytest.raises(DataError, match="imagenet"):
        expected_layout("imagenet")


def test_empty_folders_have_no_labels(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    with pytest.raises(DataError, match="holds no images"):
        load_labels("folder", tmp_path)


def test_examination_holds_the_faces_that_are_used(ferplus_folder: Path) -> None:
    (ferplus_folder / "FER2013Train" / "a.png").write_bytes(b"x")
    steps: list[tuple[int, int]] = []
    found = examine_faces("ferplus", ferplus_folder, lambda *step: steps.append(step))
    assert steps == [(5, 7), (7, 7)]
    faces = [*zip(found.splits, found.names, found.labels.tolist(), strict=True)]
    assert faces == [
        ("train", "a.png", 0),
        ("train", "b.png", 1),
        ("train", "e.png", 4),
        ("valid", "b.png", 1),
        ("valid", "e.png", 4),
    ]
    assert not found.digests[0]
    assert found.digests[1:3] == found.digests[3:5]
    assert found.report == check_faces("ferplus", ferplus_folder)


def test_task_gives_back_the_examination(
    ferplus_folder: Path, zipped: Callable[..., Path], tmp_path: Path
) -> None:
    (ferplus_folder / "FER2013Valid" / "b.png").write_bytes(b"x")
    empty = tmp_path / "empty"
    (empty / "train").mkdir(parents=True)
    for name, root in (
        ("ferplus", ferplus_folder),
        ("ferplus", zipped(ferplus_folder)),
        ("folder", empty),
    ):
        direct = examine_faces(name, str(root))
        told = read(check(check_request(name, str(root)).arguments, lambda *_: None))
        assert told.report == direct.report
        assert told.labels.tolist() == direct.labels.tolist()
        for field in ("splits", "names", "digests"):
            assert getattr(told, field) == getattr(direct, field)


def test_stamp_follows_every_change(ferplus_folder: Path, zipped: Callable[..., Path]) -> None:
    stamps = [root_stamp(ferplus_folder)]
    assert root_stamp(ferplus_folder) == stamps[0]
    face = ferplus_folder / "FER2013Train" / "a.png"
    face.write_bytes(face.read_bytes() + b"x")
    stamps.append(root_stamp(ferplus_folder))
    shutil.copy(face, face.with_name("stray.png"))
    stamps.append(root_stamp(ferplus_folder))
    face.unlink()
    stamps.append(root_stamp(ferplus_folder))
    stamps.append(root_stamp(zipped(ferplus_folder)))
    assert len(set(stamps)) == 5
    with pytest.raises(DataError, match="nowhere"):
        root_stamp(ferplus_folder / "nowhere")
