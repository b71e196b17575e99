"""SFEW in its official layout."""

from pathlib import Path

import numpy as np
import pytest

from clfer.cli.common import DATASET_NAMES
from clfer.data import (
    DATASETS,
    available_splits,
    check_faces,
    dataset_classes,
    load_faces,
)
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS


def test_val_is_the_test_split_and_valid_is_held_out(sfew_folder: Path) -> None:
    assert available_splits("sfew", sfew_folder) == ("train", "valid", "test")
    train, valid, test = (load_faces("sfew", sfew_folder, s) for s in ("train", "valid", "test"))
    assert train.classes == BASIC_EXPRESSIONS == dataset_classes("sfew")
    assert [np.bincount(f.labels).tolist() for f in (train, valid, test)] == [
        [9] * 7,
        [1] * 7,
        [2] * 7,
    ]
    assert not set(train.names) & set(valid.names)
    anger = [n for n, label in zip(test.names, test.labels, strict=True) if label == 4]
    assert anger == ["Val/Angry/film_000.png", "Val/Angry/film_001.png"]
    assert test.images.shape == (14, 112, 112, 3)


def test_a_zip_is_read_like_the_folder(sfew_folder: Path, zipped) -> None:
    plain = load_faces("sfew", sfew_folder, "test", side=16)
    packed = load_faces("sfew", zipped(sfew_folder, "SFEW_2"), "test", side=16)
    np.testing.assert_array_equal(packed.images, plain.images)


def test_damage_is_named(sfew_folder: Path) -> None:
    assert check_faces("sfew", sfew_folder).problems == 0
    (sfew_folder / "Train" / "Sad" / "film_004.png").write_bytes(b"x")
    (sfew_folder / "Train" / "loose.png").write_bytes(b"x")
    report = check_faces("sfew", sfew_folder)
    assert report.problems == 2
    assert "Train/Sad/film_004.png" in str(report.first_problem)
    (sfew_folder / "Val" / "Fear").rename(sfew_folder / "Val" / "Envy")
    with pytest.raises(DataError, match=r"Val/Envy in .* is no expression of SFEW"):
        load_faces("sfew", sfew_folder, "test")


def test_the_layout_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(DataError, match="expected Train/ and Val/ with the folders Angry"):
        load_faces("sfew", tmp_path, "train")
    (tmp_path / "Train").mkdir()
    with pytest.raises(DataError, match=r"Train in .* holds no images"):
        load_faces("sfew", tmp_path, "train")


def test_the_command_line_names_all_data_sets() -> None:
    assert f"One of {', '.join(DATASETS)}." == DATASET_NAMES
