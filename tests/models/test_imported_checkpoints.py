"""Foreign checkpoints: what is sound is installed and listed, all else is refused in a sentence."""

import io
import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from tiny_pair import write_faces, write_pair

from clfer import paths
from clfer.errors import CheckpointError
from clfer.models import foreign, imported
from clfer.models.card import CARD
from clfer.models.checkpoint import load_checkpoint
from clfer.models.foreign import LIMITS, from_archive, from_folder, from_uploads
from clfer.models.library import WEIGHTS, find_checkpoint, fingerprint, list_checkpoints


@dataclass
class Sent:
    """An upload whose content must not be asked for where its size forbids it."""

    name: str
    content: bytes
    claimed: int | None = None

    @property
    def size(self) -> int:
        return len(self.content) if self.claimed is None else self.claimed

    def getvalue(self) -> bytes:
        assert self.claimed is None, "read before its size was checked"
        return self.content


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``ferplus-baseline`` and ``ferplus-ours``."""
    return write_pair(
        tmp_path_factory.mktemp("pair"), write_faces(tmp_path_factory.mktemp("faces"))
    )


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No checkpoint is installed, and the cache is empty."""
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(paths, "checkpoints_dir", lambda: tmp_path / "none")
    return tmp_path


@pytest.fixture
def files(pair: Path) -> dict[str, bytes]:
    """The files of the tiny "ours"."""
    return from_folder(pair / "ferplus-ours")


def zipped(content: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return stream.getvalue()


def refusal(call: Callable[..., object], *arguments: object) -> str:
    """The one sentence with which something is refused; nothing is left behind."""
    with pytest.raises(CheckpointError) as caught:
        call(*arguments)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    root = paths.imported_dir()
    assert not root.exists() or list(root.iterdir()) == []
    return message


def with_card(files: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    return files | {CARD: json.dumps(json.loads(files[CARD]) | changes).encode()}


def test_card_and_weights_become_a_listed_checkpoint(pair: Path, files: dict[str, bytes]) -> None:
    sent = [Sent("ours (1).safetensors", files[WEIGHTS]), Sent("my-card.json", files[CARD])]
    folder = imported.install(from_uploads(sent))
    sha256 = fingerprint(pair / "ferplus-ours")
    assert folder == paths.imported_dir() / sha256 / "ferplus-ours"
    assert [(s.folder, s.sha256) for s in list_checkpoints()] == [(folder, sha256)]
    assert find_checkpoint("ferplus-ours") == folder
    assert load_checkpoint("ferplus-ours").table("faces") is None
    assert sorted(p.name for p in folder.iterdir()) == [CARD, WEIGHTS]
    assert [p.name for p in paths.imported_dir().iterdir()] == [sha256]


def test_a_folder_and_its_zip_bring_all_known_files_and_nothing_else(
    pair: Path, files: dict[str, bytes]
) -> None:
    below = {f"a/b/{name}": data for name, data in files.items()}
    strays = {"evil.py": b"import os", "__MACOSX/card.json": b"x", "sub/.hidden": b"x"}
    folder = imported.install(from_archive(zipped(below | strays), "ours.zip"))
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == files
    assert "faces.parquet" in files
    written = [p for p in paths.cache_dir().parent.rglob("*") if p.is_file()]
    assert {p.parent for p in written} == {folder}
    assert imported.install(from_folder(pair / "ferplus-ours")) == folder


def test_an_installed_one_stays_and_a_taken_name_gets_the_hash(
    pair: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLFER_CHECKPOINTS", str(pair))
    assert imported.install(files) == pair / "ferplus-ours"
    folder = imported.install(with_card(files, title="Another"))
    assert folder.name == f"ferplus-ours-{folder.parent.name[:6]}"
    names = [summary.folder.name for summary in list_checkpoints()]
    assert names == ["ferplus-baseline", "ferplus-ours", folder.name]


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/cron", "etc-cron"), ("", "imported"), ("..", "imported"), ("ä b\0c", "b-c")],
)
def test_the_name_on_the_card_is_no_path(files: dict[str, bytes], name: str, kept: str) -> None:
    folder = imported.install(with_card(files, name=name))
    assert folder.name == kept
    assert folder.parent.parent == paths.imported_dir()


def test_only_imported_ones_can_be_removed(pair: Path, files: dict[str, bytes]) -> None:
    folder = imported.install(files)
    assert imported.origin(folder) == "imported"
    assert imported.origin(pair / "ferplus-ours") == "CLFER_CHECKPOINTS"
    imported.remove(folder)
    assert list_checkpoints() == []
    assert "was not imported here" in refusal(imported.remove, pair / "ferplus-ours")
    assert (pair / "ferplus-ours" / CARD).is_file()


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (CARD, "came without card.json, which says how to build and feed the model"),
        (WEIGHTS, "card.json came without model.safetensors"),
    ],
)
def test_half_a_checkpoint(files: dict[str, bytes], missing: str, words: str) -> None:
    kept = [Sent(name, files[name]) for name in (CARD, WEIGHTS) if name != missing]
    message = refusal(from_uploads, kept)
    assert words in message
    assert "clfer publish" in message


@pytest.mark.parametrize("name", ["model.pth", "MODEL.PT", "x/pytorch_model.bin", "m.ckpt"])
def test_pickles_are_refused_by_name(name: str) -> None:
    assert "is a pickle" in refusal(from_uploads, [Sent(name, b"", claimed=10**12)])


class _Payload:
    """Pickle that makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.marker),)


def test_a_pickle_under_another_name_is_not_unpickled(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    for name in (WEIGHTS, "faces.parquet"):
        bad = files | {name: pickle.dumps(_Payload(tmp_path / "unpickled"))}
        assert refusal(imported.install, bad).startswith(f"{name} is not a ")
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize("name", [WEIGHTS, CARD, "README.md", "ours.zip"])
def test_sizes_are_checked_before_reading(name: str) -> None:
    assert f"{name} is larger than" in refusal(from_uploads, [Sent(name, b"", claimed=10**10)])


def test_a_zip_bomb_is_not_unpacked(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = zipped(files | {"README.md": bytes(LIMITS["README.md"] + 1)})
    assert len(bomb) < len(files[WEIGHTS]) * 2
    assert "README.md in bomb.zip is larger than 1 MB" in refusal(from_archive, bomb, "bomb.zip")
    many = zipped({f"{i}.txt": b"" for i in range(foreign.MAX_MEMBERS + 1)})
    assert "holds 1,001 files" in refusal(from_archive, many, "many.zip")


def test_a_zip_that_lies_about_a_size(files: dict[str, bytes]) -> None:
    content = bytes(LIMITS[CARD] + 1)
    data = zipped({CARD: content})
    lie = data.replace(len(content).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lie != data
    message = refusal(from_archive, lie, "lie.zip")
    assert "lie.zip is not a readable zip archive" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"a/card.json": b"{}", "b/card.json": b"{}"}, "holds more than one card.json"),
        ({"readme.txt": b"x"}, "There is no checkpoint in what was given"),
        (None, "is not a readable zip archive"),
    ],
)
def test_zips_without_one_checkpoint(content: dict[str, bytes] | None, words: str) -> None:
    data = b"PK\x03\x04 no" if content is None else zipped(content)
    assert words in refusal(from_archive, data, "x.zip")


def test_folders_that_are_none(tmp_path: Path) -> None:
    assert "is not a folder" in refusal(from_folder, tmp_path / "nothing")
    assert "is not a folder" in refusal(from_folder, "nul\0byte")
    (tmp_path / "config.yaml").write_text("")
    assert "clfer publish" in refusal(from_folder, tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "card.json has format 2"),
        ({"classes": ["happiness", "sadness"]}, "model.safetensors: 'network.classifier.weight' h"),
        (
            {"classes": [str(i) for i in range(1001)]},
            "card.json is not a valid card: classes: 1,001",
        ),
        ({"surprise": 1}, "card.json is not a valid card: surprise is not a known key"),
    ],
)
def test_cards_and_weights_that_do_not_fit(
    files: dict[str, bytes], changes: dict[str, object], words: str
) -> None:
    assert refusal(imported.install, with_card(files, **changes)).startswith(words)


def _edited(files: dict[str, bytes], change: Callable[[pd.DataFrame], object]) -> dict[str, bytes]:
    table = pd.read_parquet(io.BytesIO(files["faces.parquet"]))
    stream = io.BytesIO()
    (found if isinstance(found := change(table), pd.DataFrame) else table).to_parquet(stream)
    return {k: files[k] for k in (WEIGHTS, CARD)} | {"faces.parquet": stream.getvalue()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="digest"), "lacks the column 'digest'"),
        (lambda t: t.assign(label=99), "a label is not the number of one of the card's 8"),
        (lambda t: t.assign(logits=[[0.0] * 7] * len(t)), "'logits' holds 7 numbers where the"),
        (lambda t: t.assign(attention=None), "'attention' holds 0 numbers"),
        (lambda t: t.iloc[:0], "has no rows"),
    ],
)
def test_tables_that_do_not_fit_the_card(
    files: dict[str, bytes], change: Callable[[pd.DataFrame], object], words: str
) -> None:
    message = refusal(imported.install, _edited(files, change))
    assert message.startswith("faces.parquet")
    assert words in message


def test_a_cache_that_cannot_be_written_is_named(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path / "file"))
    with pytest.raises(CheckpointError, match="CLFER_CACHE"):
        imported.install(files)


@pytest.fixture(autouse=True)
def _tidy(tmp_path: Path) -> object:
    """pytest would keep tens of megabytes a test."""
    yield
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
