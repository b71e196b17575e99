"""Taking away faces of an expression, and labels, before training."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from clfer.config import Config, DataConfig, load_preset
from clfer.data import load_faces
from clfer.data.faceset import FaceSet
from clfer.data.reduction import labelled_rows, reduced_rows, training_rows, without_labels
from clfer.data.synthetic import load_synthetic
from clfer.errors import ConfigError
from clfer.expressions import BASIC_EXPRESSIONS, EXPRESSIONS
from clfer.models.card import Card
from clfer.models.preprocess import Preprocess
from clfer.training.epochs import TrainingFaces
from clfer.training.face_counts import count_faces
from clfer.training.model_card import model_card

LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=80).map(np.array)
SHARES = st.floats(0, 1)


def _per_class(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.bincount(labels, minlength=5)


@given(LABELS, SHARES, SHARES, st.integers(0, 9))
def test_only_the_expression_is_thinned_out_and_more_holds_less(labels, low, high, seed) -> None:
    low, high = sorted((low, high))
    few, many = (reduced_rows(labels, 2, keep, seed) for keep in (low, high))
    assert (few <= many).all()
    assert few[labels != 2].all()
    members = int((labels == 2).sum())
    left = int(few[labels == 2].sum())
    assert abs(left - low * members) <= 0.5 or left == 1
    assert (left > 0) == (low > 0 and members > 0)


@given(LABELS, st.floats(0.001, 1), st.floats(0.001, 1), st.integers(0, 9))
def test_labels_are_shared_out_class_by_class(labels, low, high, seed) -> None:
    low, high = sorted((low, high))
    few, many = (labelled_rows(labels, fraction, seed) for fraction in (low, high))
    assert (few <= many).all()
    assert labelled_rows(labels, 1.0, seed).all()
    for count, used in zip(_per_class(labels), _per_class(labels[few]), strict=True):
        assert used >= min(count, 1)
        assert abs(used - low * count) <= 0.5 or used == 1


def test_count_comes_first_then_the_expression_then_the_labels() -> None:
    labels = np.repeat(np.arange(7), 100)
    whole = {"name": "synthetic", "count": 350}
    data = DataConfig(**whole, reduce="surprise", keep=0.1, labelled=0.2)
    rows = training_rows(labels, BASIC_EXPRESSIONS, data, seed=3)
    assert np.bincount(labels[rows]).tolist() == [10, 10, 1, 10, 10, 10, 10]
    counted = training_rows(labels, BASIC_EXPRESSIONS, DataConfig(**whole), seed=3)
    assert set(rows) <= set(counted)
    shown = data.model_copy(update={"unlabelled": True})
    rows = training_rows(labels, BASIC_EXPRESSIONS, shown, seed=3)
    assert np.bincount(labels[rows]).tolist() == [50, 50, 5, 50, 50, 50, 50]
    other = training_rows(labels, BASIC_EXPRESSIONS, shown, seed=4)
    assert rows.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["data.reduce=contempt"], "reduce = contempt is no expression of synthetic"),
        (["data.keep=0.1"], "set data.reduce"),
        (["data.reduce=fear", "data.keep=1.5"], "data.keep = 1.5 is refused"),
        (["data.labelled=0"], "data.labelled = 0 is refused"),
        (["data.unlabelled=true"], "set data.labelled below 1"),
        (
            ["data.name=ferplus", "data.mode=crossentropy", "data.reduce=fear"],
            "reduce needs data.mode=majority",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_preset("smoke", changes)


def test_an_expression_that_only_the_folder_knows_is_checked_there(class_folders) -> None:
    data = DataConfig(name="folder", root=str(class_folders), reduce="envy")
    with pytest.raises(ConfigError, match=r"data\.reduce = envy .* choose one of neutral"):
        count_faces(data, 0)


def _rafdb(root: Path, *changes: str) -> Config:
    """63 training faces, nine of each expression, and seven validation faces."""
    return load_preset(
        "smoke", ["data.name=rafdb", f"data.root={root}", "data.count=null", *changes]
    )


def test_a_removed_expression_has_no_training_face_but_is_validated(rafdb_folder: Path) -> None:
    config = _rafdb(rafdb_folder, "data.reduce=anger", "train.batch=20")
    faces = TrainingFaces.load(config)
    counts = count_faces(config.data, config.seed)
    anger = BASIC_EXPRESSIONS.index("anger")
    assert len(faces.train) == counts.train == 54
    assert faces.train.classes == BASIC_EXPRESSIONS
    assert anger not in faces.train.labels
    assert anger in faces.valid.labels
    assert faces.steps_per_epoch(20) == counts.steps(config) == 2
    assert len(list(faces.batches(config, 0))) == 2


def test_faces_without_label_are_served_with_minus_one(rafdb_folder: Path) -> None:
    few = _rafdb(rafdb_folder, "data.labelled=0.2", "train.batch=9")
    many = _rafdb(rafdb_folder, "data.labelled=0.2", "data.unlabelled=true", "train.batch=9")
    labelled = TrainingFaces.load(few).train
    faces = TrainingFaces.load(many)
    counts = count_faces(many.data, 0)
    assert len(labelled) == count_faces(few.data, 0).train == 14
    assert (len(faces.train), (faces.train.labels == -1).sum()) == (63, 49)
    assert (counts.train, counts.unlabelled) == (63, 49)
    assert counts.labels_in_words == "14 with and 49 without label"
    served = torch.cat([batch[1] for batch in faces.batches(many, 0)])
    assert (len(served), (served == -1).sum()) == (63, 49)
    seen = faces.train.subset(np.flatnonzero(faces.train.labels >= 0))
    assert seen.names == labelled.names


def test_the_faces_that_are_drawn_are_counted_by_their_turn() -> None:
    data = DataConfig(count=50, reduce="neutral", keep=0.5, labelled=0.5, unlabelled=True)
    labels = load_synthetic("train", count=50).labels
    rows = training_rows(labels, BASIC_EXPRESSIONS, data, 1)
    assert len(rows) == count_faces(data, 1).train == 46


@pytest.mark.parametrize("mode", ["crossentropy", "probability"])
def test_soft_labels_are_hidden_as_rows_of_zeros(mode: str) -> None:
    targets = np.tile(np.float32([0, 0.5, 0.5]), (12, 1))
    images = np.zeros((12, 48, 48, 1), dtype=np.uint8)
    names = tuple(map(str, range(12)))
    labels = np.ones(12, dtype=np.int64)
    soft = FaceSet("ferplus", "train", ("a", "b", "c"), images, labels, names, names, targets)
    hidden = np.arange(12) % 3 == 0
    config = load_preset(
        "smoke", ["train.batch=12", "data.name=ferplus", f"data.mode={mode}", "augment.flip=0"]
    )
    shown = Preprocess(side=64, colour="grey", mean=0.5, std=0.25)
    whole, part = (
        next(iter(TrainingFaces(faces, soft, shown).batches(config, 0)))[1]
        for faces in (soft, without_labels(soft, hidden))
    )
    gone = torch.from_numpy(hidden)
    if mode == "probability":
        assert (part[gone] == -1).all()
        assert set(whole.tolist()) == {1, 2}
        assert part[~gone].shape == (8,)
        assert set(part[~gone].tolist()) <= {1, 2}
    else:
        assert (part[gone] == 0).all()
        assert torch.equal(part[~gone], whole[~gone])


def test_only_chosen_faces_are_decoded(ferplus_folder) -> None:
    whole = load_faces("ferplus", ferplus_folder, "train")
    (ferplus_folder / "FER2013Train" / whole.names[0]).write_bytes(b"no image")
    part = load_faces("ferplus", ferplus_folder, "train", choose=lambda labels, _: np.array([1, 2]))
    assert part.classes == EXPRESSIONS
    assert part.names == whole.names[1:3]
    assert np.array_equal(part.images, whole.images[1:3])


def test_the_model_card_says_what_was_taken_away(rafdb_folder: Path) -> None:
    off = ["clfm.enabled=false", "clbs.enabled=false", "train.batch=9"]
    cases = {
        ("data.reduce=fear", "data.keep=0.3"): "expression fear, 30% of the faces are among them",
        ("data.labelled=0.2",): "They are 20% of the faces",
        ("data.labelled=0.2", "data.unlabelled=true"): "The label of 49 of them was not used",
    }
    for changes, said in cases.items():
        config = _rafdb(rafdb_folder, *off, *changes)
        faces = TrainingFaces.load(config)
        metrics = dict.fromkeys(("accuracy", "mean_class_accuracy", "macro_f1", "ece"), 0.5)
        card = Card(
            name="reduced",
            title="reduced",
            dataset="rafdb",
            classes=BASIC_EXPRESSIONS,
            preprocess=faces.preprocess,
            config=config,
            epoch=1,
            code_version="1",
            created="today",
            metrics=metrics | {"n": 7.0},
        )
        assert said in " ".join(model_card(card, [], faces, []).split())
