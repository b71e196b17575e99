"""A model that would answer wrongly is refused: its golden prediction does not fit any more."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from clfer import paths
from clfer.analysis.outputs import run_network
from clfer.analysis.predict import predict_image
from clfer.cli import app as cli
from clfer.data.images import decode
from clfer.errors import CheckpointError
from clfer.models import preprocess
from clfer.models.card import CARD, read_card
from clfer.models.checkpoint import load_checkpoint, save_checkpoint
from clfer.models.foreign import from_folder
from clfer.models.golden import (
    GOLDEN,
    NOTICE,
    RELATIVE,
    golden_picture,
    has_golden,
    make_golden,
    read_golden,
)
from clfer.models.imported import install
from clfer.models.library import WEIGHTS, fingerprint

SHIPPED = ("ferplus-ours", "ferplus-baseline", "ferplus-paper")
AREA = "numbers"


@pytest.fixture(
    scope="module", params=SHIPPED if os.environ.get("CLFER_HARDEN") == "1" else SHIPPED[:1]
)
def shipped(request: pytest.FixtureRequest) -> Path:
    return paths.checkpoints_dir() / request.param


@pytest.fixture
def folder(shipped: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of a shipped checkpoint without its tables."""
    place = tmp_path / shipped.name
    place.mkdir()
    for name in (WEIGHTS, CARD, GOLDEN):
        shutil.copy(shipped / name, place / name)
    yield place
    shutil.rmtree(place)


def refusal(call: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(CheckpointError) as caught:
        call(*arguments)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    value = json.loads(path.read_text("utf-8"))
    change(value)
    path.write_text(json.dumps(value), "utf-8")


def swap(values: list[Any], i: int, j: int) -> None:
    values[i], values[j] = values[j], values[i]


def preprocessing(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda value: value["preprocess"].update(changes)


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "classes": (lambda value: swap(value["classes"], 0, 1), "classes is happiness, neutral, "),
    "renamed": (lambda value: value["classes"].__setitem__(3, "boredom"), "classes is "),
    "side": (preprocessing(side=96), "preprocess.side is 96"),
    "colour": (preprocessing(colour="rgb"), "preprocess.colour is rgb"),
    "mean": (preprocessing(mean=0.45), "preprocess.mean is 0.45"),
    "std": (preprocessing(std=0.3), "preprocess.std is 0.3"),
    "mean slightly": (preprocessing(mean=0.5076), "preprocess.mean is 0.5076"),
    "face side": (lambda value: value.update(face_side=64), "face_side is 64"),
    "template": (lambda value: swap(value["template"], 0, 1), "template is "),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_card_is_refused_by_the_name_of_the_fact(folder: Path, change: str) -> None:
    edit(folder / CARD, CHANGES[change][0])
    message = refusal(load_checkpoint, folder)
    assert message.startswith(f"{folder / CARD}: {CHANGES[change][1]}")


CAUSE = "its weights, or how a face is brought to them, have changed"


@pytest.mark.parametrize("change", ["side", "colour", "mean", "std", "face side"])
def test_what_card_and_golden_agree_on_must_still_give_the_answer(
    folder: Path, change: str
) -> None:
    """Both files say the same wrong thing: only the logits can tell."""
    for name in (CARD, GOLDEN):
        edit(folder / name, CHANGES[change][0])
    assert CAUSE in refusal(load_checkpoint, folder)


@pytest.mark.parametrize("name", SHIPPED)
def test_all_orders_of_two_expressions_are_told_apart(name: str) -> None:
    """Exchanged rows of the classifier exchange two logits, and none are as near as allowed."""
    golden = read_golden(paths.checkpoints_dir() / name)
    assert golden is not None
    gaps = np.diff(np.sort(golden.logits))
    assert gaps.min() > 5 * golden.tolerance


def change_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file({key: value.contiguous() for key, value in tensors.items()}, folder / WEIGHTS)


def exchange_classes(tensors: dict[str, torch.Tensor]) -> None:
    for key in ("network.classifier.weight", "network.classifier.bias"):
        tensors[key] = tensors[key][[1, 0, *range(2, len(tensors[key]))]]


def another_kernel(tensors: dict[str, torch.Tensor]) -> None:
    tensors["network.encoder.blocks.2.0.conv1.weight"][0] *= -1


def nothing_finite(tensors: dict[str, torch.Tensor]) -> None:
    tensors["network.classifier.bias"][:] = torch.nan


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (exchange_classes, "its expressions stand in another order"),
        (another_kernel, CAUSE),
        (nothing_finite, "not finite"),
    ],
)
def test_other_weights_are_refused(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], object], words: str
) -> None:
    change_weights(folder, change)
    message = refusal(load_checkpoint, folder)
    assert str(folder) in message
    assert words in message


def exchange_input_channels(tensors: dict[str, torch.Tensor]) -> None:
    key = next(k for k in tensors if k.startswith("network.encoder.stem.0"))
    tensors[key] = tensors[key].flip(1)


def test_exchanged_input_channels_of_a_grey_model_are_the_same_model(folder: Path) -> None:
    """The one order that cannot be told apart: all three channels of its input are equal."""
    rng = np.random.default_rng(0)
    faces = rng.integers(0, 256, (4, 48, 48, 3), dtype=np.uint8)
    before = run_network(load_checkpoint(folder), faces).logits
    change_weights(folder, exchange_input_channels)
    after = run_network(load_checkpoint(folder), faces).logits
    np.testing.assert_allclose(after, before, atol=1e-3)


def test_exchanged_input_channels_of_a_colour_model_are_refused(
    shipped: Path, folder: Path
) -> None:
    model = load_checkpoint(shipped)
    colours = model.card.preprocess.model_copy(update={"colour": "rgb"})
    card = model.card.model_copy(update={"preprocess": colours})
    save_checkpoint(folder, card, model.network, model.objective, model.references)
    load_checkpoint(folder)
    change_weights(folder, exchange_input_channels)
    assert "red and blue are exchanged" in refusal(load_checkpoint, folder)


PATHS: dict[str, tuple[str, Callable[..., Any]]] = {
    "blue first": ("as_tensor", lambda images, device="cpu": RIGHT(images[..., ::-1], device)),
    "lying": ("as_tensor", lambda images, device="cpu": RIGHT(images.swapaxes(1, 2), device)),
    "mirrored": ("as_tensor", lambda images, device="cpu": RIGHT(images[:, :, ::-1], device)),
    "not divided": ("as_tensor", lambda images, device="cpu": RIGHT(images, device) * 255),
    "another luma": ("_LUMA", (0.2126, 0.7152, 0.0722)),  # type: ignore[dict-item]
}
RIGHT = preprocess.as_tensor


@pytest.mark.parametrize("fault", PATHS)
def test_a_fault_on_the_way_to_the_network_is_found(
    shipped: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The code that brings faces to the model is checked too, not the files alone."""
    name, wrong = PATHS[fault]
    monkeypatch.setattr(preprocess, name, wrong)
    message = refusal(load_checkpoint, shipped)
    assert ("red and blue are exchanged" if fault == "blue first" else CAUSE) in message


def test_the_whole_way_from_a_file_gives_the_golden_answer(shipped: Path) -> None:
    """Decoding for photos and for data sets, cropping and prediction end in the same logits."""
    model, golden = load_checkpoint(shipped), read_golden(shipped)
    assert golden is not None
    picture, stream = golden_picture(model.card.crop_side), BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    shown = predict_image(model, Image.open(stream), whole_image=True).faces[0]
    assert tuple(shown.logits) == model.card.classes
    np.testing.assert_allclose(list(shown.logits.values()), golden.logits, atol=golden.tolerance)
    read = decode(stream.getvalue(), "picture", 3)
    np.testing.assert_array_equal(read, picture)


def test_the_picture_is_the_same_for_ever_and_alike_to_no_other_view_of_itself() -> None:
    assert sha256(golden_picture(48).tobytes()).hexdigest() == (
        "5d47b1beafea47cb31c09afa8f7b72d3610f77f28454ae687371aa0edaf9fed4"
    )
    for side in (16, 48, 100, 224, 512):
        picture = golden_picture(side).astype(int)
        views = [picture[..., order] for order in ([0, 2, 1], [1, 0, 2], [2, 1, 0], [1, 2, 0])]
        views += [picture[::-1], picture[:, ::-1], picture.swapaxes(0, 1)]
        assert min(np.abs(view - picture).mean() for view in views) > 10
        assert picture.std(axis=(0, 1)).min() > 30


def refused(folder: Path) -> bool:
    try:
        read_golden(folder)
        load_checkpoint(folder)
    except CheckpointError as error:
        return str(error).endswith(".") and "\n" not in str(error)
    return False


def test_the_golden_file_is_read_with_care(shipped: Path, folder: Path, record, case_numbers):
    """Damaged golden files, each one sentence; none lets a wrong answer pass."""
    whole, let_in = (shipped / GOLDEN).read_bytes(), []
    numbers = case_numbers(120, 12)
    for number in numbers:
        rng = np.random.default_rng(number)
        value = json.loads(whole)
        key = list(value)[rng.integers(len(value))]
        junk = [None, -1, "x", [], {}, 1e308, [1e9] * 8, "NaN", 10**400]
        value[key] = junk[rng.integers(len(junk))]
        content = json.dumps(value).encode()
        if rng.random() < 0.3:
            content = whole[: rng.integers(len(whole))]
        (folder / GOLDEN).write_bytes(content)
        let_in += [] if refused(folder) else [f"case {number}: {key} = {value[key]!r}"]
    record(AREA, cases=len(numbers), failures=len(let_in))
    assert not let_in


def test_a_wide_tolerance_is_refused(folder: Path) -> None:
    edit(folder / GOLDEN, lambda value: value.update(tolerance=100.0))
    assert "would let wrong answers pass" in refusal(load_checkpoint, folder)


def test_older_checkpoints_load_with_a_notice(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLFER_CHECKPOINTS", str(folder.parent))
    before = fingerprint(folder)
    (folder / GOLDEN).unlink()
    assert not has_golden(folder)
    assert fingerprint(folder) == before  # the key of caches and results
    assert load_checkpoint(folder).sha256 == before
    cheap = ["info", "--image-size", "64"]
    said = CliRunner().invoke(cli, cheap)
    assert said.exit_code == 0
    assert f"{folder.name} {NOTICE}" in said.stdout
    listed = json.loads(CliRunner().invoke(cli, [*cheap, "--json"]).stdout)
    assert listed["unchecked"] == [folder.name]


def test_an_imported_model_brings_its_golden_prediction(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path / "cache"))
    edit(folder / CARD, lambda value: value.update(title="Another"))
    assert has_golden(install(from_folder(folder)))
    edit(folder / CARD, preprocessing(std=0.3))
    assert "preprocess.std is 0.3" in refusal(install, from_folder(folder))
    shutil.rmtree(tmp_path / "cache")


def test_what_is_saved_is_what_is_checked(shipped: Path, folder: Path) -> None:
    model = load_checkpoint(shipped)
    save_checkpoint(folder, model.card, model.network, model.objective, model.references)
    again = read_golden(folder)
    golden = read_golden(shipped)
    assert again is not None
    assert golden is not None
    np.testing.assert_allclose(again.logits, golden.logits, atol=golden.tolerance)
    assert golden.tolerance == pytest.approx(RELATIVE * max(map(abs, golden.logits)), rel=1e-3)
    blind = model.card.model_copy(update={"face_side": None})
    assert len(make_golden(blind, load_checkpoint(folder).network).logits) == 8
    model.network.classifier.bias.data = torch.full((8,), torch.inf)
    assert "not finite" in refusal(
        save_checkpoint, folder, model.card, model.network, model.objective, model.references
    )
    assert load_checkpoint(folder).card == read_card(shipped)  # the earlier one is still whole


def test_the_check_costs_no_import(repository: Path) -> None:
    code = "import sys, clfer; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=repository, check=False).returncode == 0
