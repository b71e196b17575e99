"""Every layout loads, from a folder and from a zip alike."""

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_faces import pixels, write_image

from clfer.data import FaceSet, dataset_classes, load_faces
from clfer.expressions import BASIC_EXPRESSIONS, EXPRESSIONS

Zipped = Callable[..., Path]


def assert_same(first: FaceSet, second: FaceSet) -> None:
    for field in ("dataset", "split", "classes", "names", "digests"):
        assert getattr(first, field) == getattr(second, field)
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.labels, second.labels)


@pytest.mark.parametrize("wrap", ["", "copy of data"])
@pytest.mark.parametrize(
    ("name", "tree"),
    [
        ("ferplus", "ferplus_folder"),
        ("ferplus", "ferplus_tables"),
        ("rafdb", "rafdb_folder"),
        ("folder", "class_folders"),
    ],
)
def test_zip_and_folder_give_the_same_faces(
    name: str, tree: str, wrap: str, zipped: Zipped, request: pytest.FixtureRequest
) -> None:
    root: Path = request.getfixturevalue(tree)
    archive = zipped(root, wrap)
    for split in ("train", "valid"):
        assert_same(load_faces(name, root, split), load_faces(name, archive, split))


def test_ferplus_keeps_clear_majorities(ferplus_folder: Path) -> None:
    faces = load_faces("ferplus", ferplus_folder, "train")
    assert faces.classes == EXPRESSIONS == dataset_classes("ferplus")
    assert faces.names == ("a.png", "b.png", "e.png")
    assert faces.labels.tolist() == [0, 1, 4]
    assert faces.images.shape == (3, 48, 48, 1)
    assert faces.images.dtype == np.uint8
    assert faces.labels.dtype == np.int64
    assert faces.targets is None
    np.testing.assert_array_equal(faces.images[1, ..., 0], pixels(ord("b"), (48, 48)))


def test_ferplus_soft_labels(ferplus_folder: Path) -> None:
    faces = load_faces("ferplus", ferplus_folder, "train", mode="crossentropy")
    assert faces.names == ("a.png", "b.png", "c.png", "e.png")
    assert faces.targets is not None
    np.testing.assert_allclose(faces.targets.sum(axis=1), 1)
    np.testing.assert_allclose(faces.targets[1, [1, 6]], [0.7, 0.3], rtol=1e-6)
    np.testing.assert_allclose(faces.targets[2, [0, 3]], 0.5)
    np.testing.assert_array_equal(faces.labels, faces.targets.argmax(axis=1))


def test_ferplus_tables_hold_the_same_faces_as_the_folders(
    ferplus_folder: Path, ferplus_tables: Path
) -> None:
    for split in ("train", "valid"):
        files = load_faces("ferplus", ferplus_folder, split)
        tables = load_faces("ferplus", ferplus_tables, split)
        assert files.names == tables.names
        np.testing.assert_array_equal(files.images, tables.images)
        np.testing.assert_array_equal(files.labels, tables.labels)
    train = load_faces("ferplus", ferplus_tables, "train")
    assert set(tables.digests) == {train.digests[1], train.digests[2]}
    assert len(set(train.digests)) == 3


def test_one_split_on_disk_is_enough(ferplus_folder: Path) -> None:
    shutil.rmtree(ferplus_folder / "FER2013Train")
    assert len(load_faces("ferplus", ferplus_folder, "valid")) == 2


def test_rafdb_labels_colour_and_hold_out(rafdb_folder: Path) -> None:
    test = load_faces("rafdb", rafdb_folder, "test")
    assert test.classes == BASIC_EXPRESSIONS == dataset_classes("rafdb")
    native = ["surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"]
    assert [test.classes[label] for label in test.labels] == native
    assert test.names[0] == "test_00000.jpg"
    assert test.images.shape == (7, 100, 100, 3)
    train = load_faces("rafdb", rafdb_folder, "train")
    valid = load_faces("rafdb", rafdb_folder, "valid")
    assert np.bincount(train.labels).tolist() == [9] * 7
    assert np.bincount(valid.labels).tolist() == [1] * 7
    assert not set(train.names) & set(valid.names)


def test_rafdb_without_the_image_level(rafdb_folder: Path) -> None:
    whole = load_faces("rafdb", rafdb_folder, "test")
    shutil.move(rafdb_folder / "Image" / "aligned", rafdb_folder / "aligned")
    (rafdb_folder / "Image").rmdir()
    assert_same(whole, load_faces("rafdb", rafdb_folder, "test"))


def test_folder_classes_are_canonical_and_shared_by_splits(class_folders: Path) -> None:
    write_image(class_folders / "val" / "angry" / "x.png", pixels(0, (8, 8, 3)))
    want = ("neutral", "happiness", "sadness", "anger", "boredom")
    assert dataset_classes("folder", class_folders) == want
    train = load_faces("folder", class_folders, "train")
    valid = load_faces("folder", class_folders, "valid")
    assert train.classes == valid.classes == want
    assert np.bincount(train.labels, minlength=5).tolist() == [20, 20, 20, 0, 20]
    assert np.bincount(valid.labels, minlength=5).tolist() == [2, 2, 2, 1, 2]
    assert "val/Happy/000.png" in valid.names


def test_folder_holds_out_a_tenth_without_validation(class_folders: Path) -> None:
    shutil.rmtree(class_folders / "val")
    train = load_faces("folder", class_folders, "train")
    valid = load_faces("folder", class_folders, "valid")
    assert np.bincount(valid.labels).tolist() == [2] * 4
    assert len(train) == 72
    assert not set(train.names) & set(valid.names)


def test_folder_images_are_cropped_to_the_centre_and_rgb(tmp_path: Path) -> None:
    image = np.zeros((20, 40, 3), np.uint8)
    image[:, 10:30] = (200, 100, 50)
    write_image(tmp_path / "test" / "fear" / "x.png", image)
    faces = load_faces("folder", tmp_path, "test")
    assert faces.images.shape == (1, 112, 112, 3)
    assert (faces.images == np.array([200, 100, 50])).all()


def test_folder_of_grey_images_is_grey(tmp_path: Path) -> None:
    for i in range(2):
        write_image(tmp_path / "test" / "fear" / f"{i}.png", pixels(i, (64, 64)))
    assert load_faces("folder", tmp_path, "test", side=64).images.shape == (2, 64, 64, 1)
    write_image(tmp_path / "test" / "fear" / "2.png", pixels(2, (64, 64, 3)))
    assert load_faces("folder", tmp_path, "test", side=64).images.shape == (3, 64, 64, 3)


def test_side_resizes_to_the_area_mean(ferplus_folder: Path) -> None:
    small = load_faces("ferplus", ferplus_folder, "valid", side=24)
    want = cv2.resize(pixels(ord("b"), (48, 48)), (24, 24), interpolation=cv2.INTER_AREA)
    assert np.abs(small.images[0, ..., 0].astype(int) - want).max() <= 1
