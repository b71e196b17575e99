"""Counts of the protocol on the real FER+ faces."""

from pathlib import Path

import numpy as np
import pytest

from clfer.data import FaceSet, load_faces
from clfer.data.ferplus import EXPECTED, MARKERS, listing
from clfer.data.root import open_tree


@pytest.fixture(scope="module")
def real(ferplus_root: Path) -> dict[str, FaceSet]:
    return {split: load_faces("ferplus", ferplus_root, split) for split in ("train", "valid")}


def test_majority_counts(real: dict[str, FaceSet]) -> None:
    assert len(real["train"]) == 25_045
    assert len(real["valid"]) == 3_191
    per_class = {split: np.bincount(faces.labels).tolist() for split, faces in real.items()}
    assert per_class["train"] == [8733, 7284, 3136, 3022, 2098, 116, 536, 120]
    assert per_class["valid"] == [1180, 862, 411, 348, 289, 25, 60, 16]


def test_images_are_faces_at_their_own_size(real: dict[str, FaceSet]) -> None:
    images = real["train"].images
    assert images.shape[1:] == (48, 48, 1)
    assert 120 < images[::50].mean() < 140


def test_validation_faces_with_a_twin_in_train(real: dict[str, FaceSet]) -> None:
    known = set(real["train"].digests)
    assert sum(digest in known for digest in real["valid"].digests) == 231


def test_soft_label_counts(ferplus_root: Path) -> None:
    with open_tree(ferplus_root, MARKERS, EXPECTED) as tree:
        assert len(listing(tree, "train", "crossentropy").used().names) == 27_947
        assert len(listing(tree, "valid", "crossentropy").used().names) == 3_508
