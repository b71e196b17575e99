"""Checkpoints on disk: what is saved comes back, and what is damaged is named in one sentence."""

import errno
import json
import os
import pickle
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tiny_pair import write_faces, write_pair

from clfer import paths
from clfer.errors import CheckpointError
from clfer.methods.joint import JointObjective
from clfer.models.card import CARD, read_card
from clfer.models.checkpoint import load_checkpoint, save_checkpoint
from clfer.models.library import (
    WEIGHTS,
    broken_checkpoints,
    find_checkpoint,
    fingerprint,
    list_checkpoints,
)
from clfer.models.network import FerNetwork


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``ferplus-baseline`` and ``ferplus-ours``."""
    return write_pair(
        tmp_path_factory.mktemp("pair"), write_faces(tmp_path_factory.mktemp("faces") / "FERPlus")
    )


@pytest.fixture
def folder(pair: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of ``ferplus-ours`` that a test may damage."""
    yield Path(shutil.copytree(pair / "ferplus-ours", tmp_path / "mine"))
    # pytest would keep tens of megabytes a test.
    shutil.rmtree(tmp_path)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder in the place of the shipped checkpoints."""
    place = tmp_path / "shipped"
    place.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(paths, "checkpoints_dir", lambda: place)
        yield place
    shutil.rmtree(place)


def refusal(call: Callable[..., object], *arguments: object) -> str:
    """The message of a CheckpointError, which is one sentence on one line."""
    with pytest.raises(CheckpointError) as caught:
        call(*arguments)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def edit_card(folder: Path, **changes: Any) -> None:
    card = json.loads((folder / CARD).read_text("utf-8"))
    (folder / CARD).write_text(json.dumps(card | changes), "utf-8")


def edit_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file(tensors, folder / WEIGHTS)


def test_round_trip(pair: Path, tmp_path: Path) -> None:
    card = read_card(pair / "ferplus-ours")
    generator = torch.Generator().manual_seed(3)
    network = FerNetwork(card.config.model, len(card.classes)).eval()
    objective = JointObjective(card.config, len(card.classes)).eval()
    references = torch.randn(card.config.clfm.clusters, 16, generator=generator)
    images = torch.rand(4, 3, 64, 64, generator=generator)
    save_checkpoint(tmp_path / "new" / "mine", card, network, objective, references)
    loaded = load_checkpoint(tmp_path / "new" / "mine")
    assert loaded.card == card
    assert torch.equal(loaded.references, references)
    for saved, module in ((network, loaded.network), (objective, loaded.objective)):
        found = module.state_dict()
        assert found.keys() == saved.state_dict().keys()
        for key, value in saved.state_dict().items():
            expected = value.half().to(value.dtype) if value.dim() >= 2 else value
            assert torch.equal(found[key], expected), key
            assert found[key].dtype == value.dtype
    with torch.inference_mode():
        before, after = network(images).logits, loaded.network(images).logits
    torch.testing.assert_close(after, before, rtol=0, atol=0.01 * float(before.abs().max()))


def test_kernels_take_half_precision_and_vectors_single(pair: Path) -> None:
    with safe_open(pair / "ferplus-ours" / WEIGHTS, "pt") as file:
        types = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    assert types.pop("references").dtype == torch.float32
    wide = {v.dtype for v in types.values() if v.dim() >= 2}
    narrow = {v.dtype for v in types.values() if v.dim() < 2}
    assert wide == {torch.float16}
    assert narrow == {torch.float32, torch.int64}
    assert (pair / "ferplus-ours" / WEIGHTS).stat().st_size < 30e6


@pytest.mark.parametrize("name", ["ferplus-baseline", "ferplus-ours"])
def test_loaded_models_are_for_reading_only(pair: Path, name: str) -> None:
    loaded = load_checkpoint(pair / name)
    for module in (loaded.network, loaded.objective):
        assert not any(part.training for part in module.modules())
        assert not any(p.requires_grad for p in module.parameters())
    assert loaded.table("faces") is not None
    assert loaded.table("no-such-table") is None


class _Payload:
    """Pickle that makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("legacy", [False, True], ids=["torch", "pickle"])
def test_nothing_is_unpickled(folder: Path, tmp_path: Path, legacy: bool) -> None:
    marker = tmp_path / "unpickled"
    if legacy:
        (folder / WEIGHTS).write_bytes(pickle.dumps(_Payload(marker)))
    else:
        torch.save({"references": _Payload(marker)}, folder / WEIGHTS)
    assert str(folder / WEIGHTS) in refusal(load_checkpoint, folder)
    assert not marker.exists()


@pytest.mark.parametrize("kept", [0, 4, 8, 1000, 0.5, -1])
def test_truncated_weights(folder: Path, kept: float) -> None:
    content = (folder / WEIGHTS).read_bytes()
    end = int(kept * len(content)) if isinstance(kept, float) else int(kept)
    (folder / WEIGHTS).write_bytes(content[:end])
    message = refusal(load_checkpoint, folder)
    assert f"{folder / WEIGHTS} is not a valid safetensors file" in message


def test_number_type_that_torch_lacks(folder: Path) -> None:
    header = json.dumps({"a": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}).encode()
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(header)) + header + b"\0")
    assert str(folder / WEIGHTS) in refusal(load_checkpoint, folder)


@pytest.mark.parametrize("name", [WEIGHTS, CARD])
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert f"{folder / name} cannot be read: No such file" in refusal(load_checkpoint, folder)


KEY = "network.classifier.weight"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.pop(KEY), f"lacks the tensor '{KEY}'"),
        (lambda t: t.pop("references"), "lacks the tensor 'references'"),
        (lambda t: t.update({KEY: t[KEY][:3].clone()}), f"'{KEY}' has shape (3, 128)"),
        (lambda t: t.update(references=torch.zeros(4, 15)), "'references' has shape (4, 15)"),
        (lambda t: t.update(stray=torch.zeros(1)), "holds the tensor 'stray'"),
    ],
)
def test_weights_that_do_not_fit_the_card(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], object], words: str
) -> None:
    edit_weights(folder, change)
    message = refusal(load_checkpoint, folder)
    assert str(folder / WEIGHTS) in message
    assert words in message


def test_card_with_other_classes_than_the_weights(folder: Path) -> None:
    edit_card(folder, classes=["happiness", "sadness"])
    message = refusal(load_checkpoint, folder)
    assert "has shape (8, 128), the card's configuration needs (2, 128)" in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "grey"}, "colour is not a known key"),
        ({"format": 2}, "has format 2, but this version of CLFER reads format 1"),
        ({"format": 2, "colour": "grey", "epoch": -1}, "has format 2"),
        ({"classes": ["happiness"]}, "classes: "),
        ({"preprocess": {"side": 50, "colour": "grey", "mean": 0, "std": 1}}, "preprocess.side: "),
        ({"config": {"train": {"batches": 3}}}, "config.train.batches is not a known key"),
    ],
)
def test_card_that_is_refused(folder: Path, changes: dict[str, Any], words: str) -> None:
    edit_card(folder, **changes)
    message = refusal(load_checkpoint, folder)
    assert message.startswith(str(folder / CARD))
    assert words in message


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"name": "x"}'])
def test_card_that_is_damaged(folder: Path, content: bytes) -> None:
    (folder / CARD).write_bytes(content)
    assert f"{folder / CARD} is not a valid card: " in refusal(read_card, folder)


def test_hash_covers_card_and_weights(pair: Path, folder: Path) -> None:
    first = fingerprint(folder)
    assert first == fingerprint(pair / "ferplus-ours")
    assert load_checkpoint(folder).sha256 == first
    edit_card(folder, title="Another")
    second = fingerprint(folder)
    edit_weights(folder, lambda t: t["references"].add_(1))
    assert len({first, second, fingerprint(folder)}) == 3


def test_own_folder_is_searched_before_the_shipped_one(
    pair: Path, shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    shutil.copytree(pair / "ferplus-ours", own / "ferplus-ours")
    for name in ("ferplus-ours", "ferplus-baseline"):
        shutil.copytree(pair / name, shipped / name)
    monkeypatch.setenv("CLFER_CHECKPOINTS", str(own))
    assert find_checkpoint("ferplus-ours") == own / "ferplus-ours"
    assert find_checkpoint("ferplus-baseline") == shipped / "ferplus-baseline"
    assert find_checkpoint(shipped / "ferplus-ours") == shipped / "ferplus-ours"
    assert [summary.folder for summary in list_checkpoints()] == [
        shipped / "ferplus-baseline",
        own / "ferplus-ours",
    ]
    assert [s.sha256 for s in list_checkpoints()] == [
        fingerprint(s.folder) for s in list_checkpoints()
    ]


@pytest.mark.parametrize("name", ["nothing", "", "x" * 400, "a/b", "nul\0byte"])
def test_unknown_name_lists_the_known_ones(
    pair: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no checkpoint is installed" in refusal(find_checkpoint, name)
    monkeypatch.setenv("CLFER_CHECKPOINTS", str(pair))
    message = refusal(load_checkpoint, name)
    assert "known names are ferplus-baseline, ferplus-ours" in message


def test_broken_folder_does_not_hide_the_others(pair: Path, shipped: Path) -> None:
    shutil.copytree(pair / "ferplus-ours", shipped / "sound")
    for name in ("bad-card", "no-card", "no-weights"):
        shutil.copytree(pair / "ferplus-baseline", shipped / name)
    (shipped / "bad-card" / CARD).write_text("{")
    (shipped / "no-card" / CARD).unlink()
    (shipped / "no-weights" / WEIGHTS).unlink()
    (shipped / "unrelated").mkdir()
    (shipped / "README.md").write_text("Not a checkpoint.")
    assert [summary.folder.name for summary in list_checkpoints()] == ["sound"]
    broken = dict(broken_checkpoints())
    assert [path.name for path in broken] == ["bad-card", "no-card", "no-weights"]
    for path, fault in zip(broken, (CARD, CARD, WEIGHTS), strict=True):
        assert broken[path].startswith(str(path / fault))


def test_broken_folder_is_not_replaced_by_another_of_its_name(
    pair: Path, shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(pair / "ferplus-ours", shipped / "ferplus-ours")
    own = tmp_path / "own" / "ferplus-ours"
    own.mkdir(parents=True)
    (own / CARD).write_text("{")
    monkeypatch.setenv("CLFER_CHECKPOINTS", str(own.parent))
    assert list_checkpoints() == []
    assert [path for path, _ in broken_checkpoints()] == [own]
    assert str(own) in refusal(load_checkpoint, "ferplus-ours")


@pytest.mark.parametrize("failing", [1, 2], ids=[WEIGHTS, CARD])
def test_failed_save_leaves_whole_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    loaded = load_checkpoint(folder)
    before = {name: (folder / name).read_bytes() for name in (WEIGHTS, CARD)}
    calls = 0

    def full_disk(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full_disk)
    card = loaded.card.model_copy(update={"title": "New"})
    arguments = (folder, card, loaded.network, loaded.objective, loaded.references + 1)
    assert f"{folder} cannot be written to: No space left" in refusal(save_checkpoint, *arguments)
    assert (folder / CARD).read_bytes() == before[CARD]
    assert ((folder / WEIGHTS).read_bytes() == before[WEIGHTS]) == (failing == 1)
    assert load_checkpoint(folder).card == loaded.card
