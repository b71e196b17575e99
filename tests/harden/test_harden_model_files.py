"""Whatever is handed over as a model is installed or refused in one sentence, never run."""

import io
import json
import pickle
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peak_memory import Peak
from safetensors.torch import load, save

from clfer import paths
from clfer.errors import CheckpointError
from clfer.models import foreign, imported
from clfer.models.card import CARD
from clfer.models.checkpoint import load_checkpoint
from clfer.models.foreign import from_archive, from_folder, from_uploads
from clfer.models.golden import GOLDEN
from clfer.models.library import WEIGHTS

Files = dict[str, bytes]
SEED = 20240521
MEMORY_MB = 400
"""What all cases together may add to the peak of this process."""

MARK = "CLFER_HARDEN_WAS_HERE"


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is installed."""
    monkeypatch.setenv("CLFER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(paths, "checkpoints_dir", lambda: tmp_path / "none")
    return tmp_path


@pytest.fixture
def files(pair_folder: Path) -> Files:
    """Weights, card and golden prediction of the tiny "ours"."""
    whole = from_folder(pair_folder / "ferplus-ours")
    return {name: whole[name] for name in (WEIGHTS, CARD, GOLDEN)}


def outcome(act: Callable[[], object]) -> str:
    """What became of an attempt: ``installed``, ``refused``, or what is wrong with it."""
    try:
        act()
    except CheckpointError as error:
        said = str(error)
        whole = said.endswith(".") and "\n" not in said and 20 < len(said) < 1_500
        return "refused" if whole else f"no sentence: {said[:200]!r}"
    except Exception as error:  # what the test is about: nothing else may come out
        return f"{type(error).__name__}: {error}"[:300]
    return "installed"


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (self.path, MARK))


def header_of(weights: bytes) -> dict[str, Any]:
    size = struct.unpack("<Q", weights[:8])[0]
    found: dict[str, Any] = json.loads(weights[8 : 8 + size])
    return found


def with_header(weights: bytes, header: object, claimed: int | None = None) -> bytes:
    """The weights under another header, whose length may be a lie."""
    size = struct.unpack("<Q", weights[:8])[0]
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if claimed is None else claimed) + text + weights[8 + size :]


# Each mutator makes a broken or odd checkpoint of a whole one, from random numbers alone.


def damaged_bytes(files: Files, draw: np.random.Generator) -> Files:
    name = (WEIGHTS, CARD, GOLDEN)[draw.integers(3)]
    content = bytearray(files[name])
    reach = min(len(content), int(10 ** draw.uniform(1, 5)))
    for _ in range(draw.integers(1, 30)):
        content[draw.integers(reach)] = draw.integers(256)
    return files | {name: bytes(content)}


def cut(files: Files, draw: np.random.Generator) -> Files:
    name = (WEIGHTS, CARD, GOLDEN)[draw.integers(3)]
    return files | {name: files[name][: draw.integers(len(files[name]))]}


def odd_header(files: Files, draw: np.random.Generator) -> Files:
    weights, header = files[WEIGHTS], header_of(files[WEIGHTS])
    name = sorted(header)[draw.integers(len(header))]
    entry = header[name]
    huge = int(draw.choice([2**31, 2**40, 2**53, 2**62]))
    changes: list[Callable[[], object]] = [
        lambda: header.update({name: {**entry, "shape": [huge, huge]}}),
        lambda: header.update({name: {**entry, "shape": [-1]}}),
        lambda: header.update({name: {**entry, "shape": []}}),
        lambda: header.update({name: {**entry, "data_offsets": [0, huge]}}),
        lambda: header.update({name: {**entry, "data_offsets": [huge, 0]}}),
        lambda: header.update({name: {**entry, "data_offsets": [1.5, "x"]}}),
        lambda: header.update({name: {**entry, "dtype": draw.choice(DTYPES)}}),
        lambda: header.update({f"../{name}": header.pop(name)}),
        lambda: header.update({name: None}),
        lambda: header.update({"network": entry}),
        lambda: header.update({"x" * 100_000: entry}),
        lambda: header.update({"__metadata__": {"format": "pt", "<script>": "x" * 50_000}}),
        lambda: header.update({"__metadata__": [1, {"deep": "er"}]}),
        lambda: header.clear(),
    ]
    changes[draw.integers(len(changes))]()
    return files | {WEIGHTS: with_header(weights, json.loads(json.dumps(header, default=str)))}


DTYPES = ["F64", "F32", "F16", "BF16", "I64", "I32", "U8", "BOOL", "F8_E4M3", "C64", "F4", "x" * 99]


def giant_header(files: Files, draw: np.random.Generator) -> Files:
    weights = files[WEIGHTS]
    claims = (2**63 - 1, 2**64 - 1, 2**40, 2**33, 100_000_001, 0, 1)
    claimed = claims[draw.integers(len(claims))]
    nested = b"[" * int(10 ** draw.uniform(1, 6))
    text = [nested, b'{"a":' * 5000, b"\xff" * 4096, b"", json.dumps({}).encode()]
    return files | {WEIGHTS: with_header(weights, text[draw.integers(len(text))], claimed)}


def odd_tensors(files: Files, draw: np.random.Generator) -> Files:
    tensors = load(files[WEIGHTS])
    name = sorted(tensors)[draw.integers(len(tensors))]
    old = tensors[name]
    changes: list[Callable[[], object]] = [
        lambda: tensors.pop(name),
        lambda: tensors.update({name: old.reshape(-1)[: max(1, old.numel() // 2)].clone()}),
        lambda: tensors.update({name: old.unsqueeze(0).clone()}),
        lambda: tensors.update({name: torch.zeros(0)}),
        lambda: tensors.update({name: torch.full_like(old.float(), torch.nan)}),
        lambda: tensors.update({name: torch.full_like(old.float(), torch.inf)}),
        lambda: tensors.update({name: torch.zeros(old.shape, dtype=torch.int64)}),
        lambda: tensors.update({name: torch.zeros(old.shape, dtype=torch.bool)}),
        lambda: tensors.update({name: torch.zeros(old.shape, dtype=torch.complex64)}),
        lambda: tensors.update({name: torch.full(old.shape, 1e300, dtype=torch.float64)}),
        lambda: tensors.update({"network.evil": torch.zeros(4)}),
        lambda: tensors.update({"__class__": torch.zeros(4)}),
    ]
    changes[draw.integers(len(changes))]()
    return files | {WEIGHTS: save(tensors)}


VALUES: list[Any] = [
    None, True, -1, 0, 1, 2**31, 2**63, 10**400, 1e308, float("nan"), float("inf"), "", "x",
    "x" * 10_000, "../../etc/passwd", "/etc/passwd", "<img src=x onerror=alert(1)>", "a\0b", "a\nb",
    "\ud83d", "=cmd|' /C calc'!A0", [], [[]], {}, {"a": {"b": []}}, [1, 2, 3], ["a", "a"],
]  # fmt: skip


def odd_card(files: Files, draw: np.random.Generator) -> Files:
    card = json.loads(files[CARD])
    place: Any = card
    while True:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = list(keys)[draw.integers(len(keys))]
        below = place[key]
        if not (isinstance(below, dict | list) and below) or draw.random() < 0.3:
            break
        place = below
    act = draw.integers(4)
    if act == 0:
        del place[key]
    elif act == 1 and isinstance(place, dict):
        place[f"new {key}"] = VALUES[draw.integers(len(VALUES))]
    else:
        place[key] = VALUES[draw.integers(len(VALUES))]
    return files | {CARD: json.dumps(card).encode("utf-8", "surrogatepass")}


def odd_json(files: Files, draw: np.random.Generator) -> Files:
    depth = int(10 ** draw.uniform(1, 5))
    texts = [
        b"", b"null", b"[]", b"{}", b"\xef\xbb\xbf" + files[CARD], files[CARD] * 2, b"\0" * 999,
        b"[" * depth + b"]" * depth, b'{"config":' * depth, b'"' + b"x" * 900_000 + b'"',
        pickle.dumps({"name": "x"}), files[CARD].decode().encode("utf-16"), b" " * 1_000_001,
        files[CARD].replace(b'"epoch"', b'"epoch": 1, "epoch"'),
    ]  # fmt: skip
    name = (CARD, GOLDEN)[draw.integers(2)]
    return files | {name: texts[draw.integers(len(texts))]}


def pickled(files: Files, draw: np.random.Generator) -> Files:
    stream = io.BytesIO()
    torch.save({"weights": torch.zeros(3), "bomb": Bomb(Path(MARK))}, stream)
    bomb = Bomb(Path(MARK))
    contents = [stream.getvalue(), pickle.dumps(bomb), pickle.dumps(bomb, 0)]
    return files | {(WEIGHTS, CARD, GOLDEN)[draw.integers(3)]: contents[draw.integers(3)]}


MUTATORS = (
    damaged_bytes, cut, odd_header, giant_header, odd_tensors, odd_card, odd_card, odd_json,
    pickled,
)  # fmt: skip


def test_no_mutated_checkpoint_does_harm(
    files: Files,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case_numbers: Callable[[int, int], list[int]],
    record: Callable[..., None],
) -> None:
    monkeypatch.chdir(tmp_path)
    imported.install(files)  # so that the peak holds what a good one takes
    memory, wrong = Peak(), []
    numbers = case_numbers(700, 18)
    installed = 0
    for number in numbers:
        draw = np.random.default_rng((SEED, number))
        mutate = MUTATORS[number % len(MUTATORS)]
        given = mutate(files, draw)
        found = outcome(lambda given=given: load_checkpoint(imported.install(given)))
        installed += found == "installed"
        if found not in ("installed", "refused"):
            wrong.append(f"case {number} ({mutate.__name__}): {found}")
        if mutate is pickled and found == "installed":
            wrong.append(f"case {number}: a pickle was installed")
    grown = memory.added_mb()
    record(
        "model files",
        cases=len(numbers),
        failures=len(wrong),
        still_whole=installed,
        memory_added_mb=round(grown),
    )
    assert not wrong, "\n".join(wrong)
    assert grown < MEMORY_MB
    assert not (tmp_path / MARK).exists()
    left = [path for path in paths.imported_dir().iterdir() if not paths.is_sha256(path.name)]
    assert not left, "a refused checkpoint left something behind"


def zipped(members: dict[str, bytes], *, links: frozenset[str] = frozenset()) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = ((stat.S_IFLNK if name in links else stat.S_IFREG) | 0o644) << 16
            archive.writestr(info, content)
    return stream.getvalue()


PLACES = (
    "../{}", "../../../../etc/{}", "/{}", "/etc/{}", "a/../../{}", "..\\{}", "C:\\{}", "c:/{}",
    "//host/share/{}", "a/../{}",
)  # fmt: skip


def test_path_tricks_in_archives_are_refused(files: Files, record: Callable[..., None]) -> None:
    wrong, count = [], 0
    for place in PLACES:
        for name in files:
            others = {other: content for other, content in files.items() if other != name}
            data = zipped({**others, place.format(name): files[name]})
            found = outcome(lambda data=data: from_archive(data, "model.zip"))
            count += 1
            if found != "refused":
                wrong.append(f"{place.format(name)}: {found}")
    for target in (b"/etc/passwd", b"../card.json", b"model.safetensors"):
        data = zipped({**files, CARD: target}, links=frozenset({CARD}))
        found = outcome(lambda data=data: from_archive(data, "model.zip"))
        count += 1
        if found != "refused":
            wrong.append(f"link to {target!r}: {found}")
    record("model files", cases=count, failures=len(wrong))
    assert not wrong, "\n".join(wrong)
    below = zipped({f"some/folder/{name}": content for name, content in files.items()})
    assert from_archive(below, "model.zip") == files


def test_mutated_archives_are_read_or_refused(
    files: Files, case_numbers: Callable[[int, int], list[int]], record: Callable[..., None]
) -> None:
    whole = zipped(files)
    ends = whole.rindex(b"PK\x01\x02") - 400
    numbers, wrong = case_numbers(300, 15), []
    for number in numbers:
        draw = np.random.default_rng((SEED + 1, number))
        data = bytearray(whole)
        for _ in range(draw.integers(1, 6)):
            spot = draw.integers(200) if draw.random() < 0.5 else draw.integers(ends, len(data))
            data[spot] = draw.integers(256)
        found = outcome(lambda data=data: from_archive(bytes(data), "model.zip"))
        if found not in ("installed", "refused"):
            wrong.append(f"case {number}: {found}")
    record("model files", cases=len(numbers), failures=len(wrong))
    assert not wrong, "\n".join(wrong)


def test_folders_with_links_pipes_and_giants(
    pair_folder: Path, tmp_path: Path, record: Callable[..., None]
) -> None:
    source = pair_folder / "ferplus-ours"
    giant = tmp_path / "giant"
    with giant.open("wb") as stream:  # sparse: it takes no disk
        stream.truncate(3_000_000_000)

    def made(name: str, target: Path | None) -> Path:
        folder = tmp_path / f"model-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for file in (WEIGHTS, CARD, GOLDEN):
            if file != name:
                (folder / file).hardlink_to(source / file)
            elif target is not None:
                (folder / file).symlink_to(target)
        return folder

    memory = Peak()
    targets = (
        source / WEIGHTS,
        Path("/dev/zero"),
        Path("/etc/passwd"),
        giant,
        tmp_path,
        Path("no"),
    )
    wrong = []
    tries = [(name, target) for name in (WEIGHTS, CARD) for target in targets]
    for name, target in tries:
        folder = made(name, target)
        same = target == source / WEIGHTS and name == WEIGHTS
        if (found := outcome(lambda folder=folder: from_folder(folder))) != "refused":
            wrong.append(f"{name} -> {target}, brought in: {found}")
        found = outcome(lambda folder=folder: load_checkpoint(folder))
        # What lies in the user's own folders may be linked to a whole file; it is only read.
        if found != ("installed" if same else "refused"):
            wrong.append(f"{name} -> {target}, loaded: {found}")
    inside = made(WEIGHTS, Path("weights"))
    (inside / "weights").write_bytes((source / WEIGHTS).read_bytes())
    if outcome(lambda: from_folder(inside)) != "installed":
        wrong.append("a link to a file of the same folder was refused")
    record("model files", cases=2 * len(tries) + 1, failures=len(wrong))
    assert not wrong, "\n".join(wrong)
    assert memory.added_mb() < MEMORY_MB


def test_only_files_of_a_checkpoint_are_taken(files: Files, record: Callable[..., None]) -> None:
    class Sent:
        def __init__(self, name: str, content: bytes) -> None:
            self.name, self.content, self.size = name, content, len(content)

        def getvalue(self) -> bytes:
            return self.content

    endings = ".pt .pth .ckpt .bin .pkl .pickle .onnx .h5 .npz .npy .msgpack .tar .tar.gz .py .exe"
    wrong = []
    names = [f"model{ending}" for ending in endings.split()]
    names += ["", ".", "..", "model", "a/b.pt", "model.safetensors.pt", "MODEL.PKL", "x.json.exe"]
    for name in names:
        sent = [Sent(name, pickle.dumps(Bomb(Path(MARK)))), Sent(CARD, files[CARD])]
        if (found := outcome(lambda sent=sent: from_uploads(sent))) != "refused":
            wrong.append(f"{name}: {found}")
    record("model files", cases=len(names), failures=len(wrong))
    assert not wrong, "\n".join(wrong)
    tricky = [Sent("../../x.safetensors", files[WEIGHTS]), Sent("/etc/card.json", files[CARD])]
    assert set(from_uploads(tricky)) == {WEIGHTS, CARD}, "a client's file name is only compared"
    assert foreign.LIMITS[WEIGHTS] <= 400_000_000
