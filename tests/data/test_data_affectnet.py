"""AffectNet in both layouts, with eight and with seven expressions."""

import csv
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import pytest

from clfer.data import available_splits, check_faces, dataset_classes, load_faces
from clfer.data.images import load_images
from clfer.data.listing import Listing
from clfer.data.registry import on_disk
from clfer.errors import DataError
from clfer.expressions import BASIC_EXPRESSIONS, EXPRESSIONS

LAYOUTS = pytest.mark.parametrize("layout", ["affectnet_tables", "affectnet_sets"])


@LAYOUTS
def test_codes_become_expressions_by_name(request: pytest.FixtureRequest, layout: str) -> None:
    root = request.getfixturevalue(layout)
    assert available_splits("affectnet", root) == ("train", "valid", "test")
    test = load_faces("affectnet", root, "test")
    assert test.classes == EXPRESSIONS == dataset_classes("affectnet")
    assert test.images.shape == (16, 112, 112, 3)
    codes = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt")
    numbers = [int("".join(c for c in name.split("/")[-1] if c.isdigit())) for name in test.names]
    turn = 11 if layout == "affectnet_tables" else 8
    said = [EXPRESSIONS[label] for label in test.labels]
    assert said == [codes[number % turn] for number in numbers]


@LAYOUTS
def test_valid_is_held_out_and_alike_for_seven_expressions(
    request: pytest.FixtureRequest, layout: str
) -> None:
    root = request.getfixturevalue(layout)
    parts = {}
    for name, classes in (("affectnet", EXPRESSIONS), ("affectnet7", BASIC_EXPRESSIONS)):
        train, valid = (load_faces(name, root, split, side=8) for split in ("train", "valid"))
        assert train.classes == classes == dataset_classes(name, root)
        assert np.bincount(train.labels).tolist() == [9] * len(classes)
        assert np.bincount(valid.labels).tolist() == [1] * len(classes)
        parts[name] = set(train.names), set(valid.names)
    for seven, eight in zip(parts["affectnet7"], parts["affectnet"], strict=True):
        assert seven < eight


def test_a_zip_is_read_like_the_folder(affectnet_tables: Path, zipped) -> None:
    plain = load_faces("affectnet", affectnet_tables, "test", side=16)
    packed = load_faces("affectnet", zipped(affectnet_tables, "release"), "test", side=16)
    assert packed.names == plain.names
    np.testing.assert_array_equal(packed.images, plain.images)


def test_tables_may_lie_in_the_folder_of_lists(affectnet_tables: Path) -> None:
    whole = load_faces("affectnet7", affectnet_tables, "test", side=8)
    lists = affectnet_tables / "Manually_Annotated_file_lists"
    lists.mkdir()
    for name in ("training.csv", "validation.csv"):
        (affectnet_tables / name).rename(lists / name)
    images = affectnet_tables / "Manually_Annotated" / "Manually_Annotated_Images"
    images.parent.mkdir()
    (affectnet_tables / "Manually_Annotated_Images").rename(images)
    again = load_faces("affectnet7", affectnet_tables, "test", side=8)
    np.testing.assert_array_equal(whole.images, again.images)


def test_faces_are_cut_by_their_boxes() -> None:
    frame = np.zeros((60, 80, 3), dtype=np.uint8)
    frame[10:50, 20:60] = 200
    data = cv2.imencode(".png", frame)[1].tobytes()

    def cut(*box: int) -> np.ndarray:
        boxes = np.array([box])
        listing = Listing(("f",), ("f",), np.array([0]), lambda _: data, boxes=boxes)
        return load_images(listing, side=40, channels=3)[0][0]

    assert (cut(20, 10, 40, 40) == 200).all()
    assert (cut(30, 10, 20, 40) == 200).all()
    assert (cut(45, 10, 40, 40)[:, :20] == 200).mean() == pytest.approx(1)
    assert not (cut(45, 10, 40, 40)[:, 20:] == 200).any()
    assert cut(-5, -5, 300, 300).shape == (40, 40, 3)
    with pytest.raises(DataError, match=r"face box of f lies outside of the image of 80 x 60"):
        cut(80, 10, 40, 40)


def test_check_opens_all_images_of_both_layouts(
    affectnet_tables: Path, affectnet_sets: Path
) -> None:
    report = check_faces("affectnet", affectnet_tables)
    assert (report.images, report.problems) == (11 * 12, 0)
    assert report.counts["test"] == dict.fromkeys(EXPRESSIONS, 2)
    assert check_faces("affectnet7", affectnet_sets).counts["valid"] == dict.fromkeys(
        BASIC_EXPRESSIONS, 1
    )
    (affectnet_tables / "Manually_Annotated_Images" / "1" / "training001.png").write_bytes(b"x")
    broken = check_faces("affectnet", affectnet_tables)
    assert broken.problems == 1
    assert "1/training001.png" in str(broken.first_problem)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1/x.png,1,1,9,9,1;2,11,0,0", "line 5 is malformed"),
        ("1/x.png,1,1,9,9,1;2,happy,0,0", "line 5 is malformed"),
        ("1/x.png,1,1,9.5,9,1;2,1,0,0", "line 5 is malformed"),
        ("1/x.png", "line 5 is malformed"),
        ("1/x.png,1,1,0,9,1;2,1,0,0", "line 5 has an empty face box"),
    ],
)
def test_malformed_rows_name_the_line(affectnet_tables: Path, row: str, said: str) -> None:
    table = affectnet_tables / "training.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines[:4], row, *lines[5:]]))
    with pytest.raises(DataError, match=rf"training\.csv {said}"):
        load_faces("affectnet", affectnet_tables, "train")


def test_what_is_missing_is_named(affectnet_tables: Path, affectnet_sets: Path) -> None:
    (affectnet_sets / "train_set" / "annotations" / "12_exp.npy").unlink()
    with pytest.raises(DataError, match=r"12_exp\.npy"):
        load_faces("affectnet", affectnet_sets, "train")
    np.save(affectnet_sets / "train_set" / "annotations" / "12_exp.npy", np.array([1, 2]))
    with pytest.raises(DataError, match=r"12_exp\.npy .* is no NumPy file with one whole number"):
        load_faces("affectnet", affectnet_sets, "train")
    np.save(affectnet_sets / "train_set" / "annotations" / "12_exp.npy", np.array("11"))
    with pytest.raises(DataError, match=r"12_exp\.npy holds 11"):
        load_faces("affectnet", affectnet_sets, "train")
    table = affectnet_tables / "training.csv"
    table.write_text(table.read_text().replace("valence,arousal", "arousal,valence"))
    with pytest.raises(DataError, match=r"training\.csv line 1 is not the header"):
        load_faces("affectnet", affectnet_tables, "train")
    (affectnet_tables / "Manually_Annotated_Images").rename(affectnet_tables / "Images")
    with pytest.raises(DataError, match=r"0/validation000\.png, the first image of validation"):
        load_faces("affectnet", affectnet_tables, "test")


def test_a_long_table_is_read_no_slower_than_its_cells_alone(affectnet_tables: Path) -> None:
    """The whole set has about 288,000 rows of a kilobyte; this is a tenth of it."""
    row = f"0/training000.png,20,10,40,40,{'123.45;' * 136},{{}},0.1,-0.2\n"
    table = affectnet_tables / "training.csv"
    table.write_text("".join(row.format(i % 8) for i in range(28_800)))

    def listing() -> Listing:
        with on_disk("affectnet").open(affectnet_tables) as tree:
            return on_disk("affectnet").read(tree, "train", "majority")

    def cells() -> list[list[str]]:
        with table.open(newline="") as file:
            return list(csv.reader(file))

    assert len(listing().files) == 25_920
    seconds = [(_processor_seconds(listing), _processor_seconds(cells)) for _ in range(5)]
    ours, rival = zip(*seconds, strict=True)
    assert median(ours) < median(rival)


def _processor_seconds(work: Callable[[], object]) -> float:
    """What one call takes of the processor, whatever else runs beside."""
    began = time.process_time()
    work()
    return time.process_time() - began
