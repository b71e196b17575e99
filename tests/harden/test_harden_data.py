"""A data set that is damaged in any way is refused in one sentence, the first offender named."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from data_sets import DAMAGES, LAYOUTS, ONLY_IN_FOLDERS, Words, face, write, zipped
from typer.testing import CliRunner

from clfer.cli import app as cli
from clfer.data import available_splits, load_faces
from clfer.data.root import root_stamp
from clfer.errors import DataError

AREA = "data folders"

PAIRS = [(layout, damage) for damage in DAMAGES for layout in LAYOUTS]
"""Every damage to every layout; what cannot happen to one is passed over."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All layouts, undamaged."""
    place = tmp_path_factory.mktemp("whole")
    for name, layout in LAYOUTS.items():
        (place / name).mkdir()
        layout.build(place / name)
    return place


def load_all(name: str, root: Path) -> None:
    for split in available_splits(name, root):
        load_faces(name, root, split)


def one_sentence(message: str, words: Words) -> bool:
    return (
        message.endswith(".")
        and "\n" not in message
        and len(message) < 900
        and all(word in message for word in words)
    )


def fault(name: str, root: Path, words: Words) -> str | None:
    """What is wrong with how a damaged data set is refused; None if all is well."""
    said = CliRunner().invoke(cli, ["data", "check", name, str(root)])
    if said.exit_code != 2 or not isinstance(said.exception, SystemExit):
        return f"exit code {said.exit_code}: {said.exception!r} {said.output[-300:]}"
    refusal = said.stderr.strip()
    if not one_sentence(refusal, ("Error: ", *words)):
        return f"check says: {refusal}"
    try:
        load_all(name, root)
    except DataError as error:
        return None if one_sentence(str(error), words) else f"loading says: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None  # an image that no list names is found by the check alone


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_whole_is_read(whole: Path, name: str, tmp_path: Path) -> None:
    load_all(LAYOUTS[name].name, whole / name)
    root = shutil.copytree(whole / name, tmp_path / "set")
    assert CliRunner().invoke(cli, ["data", "check", LAYOUTS[name].name, str(root)]).exit_code == 0
    load_all(LAYOUTS[name].name, zipped(root))


def test_every_damage_is_named(whole: Path, tmp_path: Path, case_numbers, record) -> None:
    faults, tried = [], 0
    for number in case_numbers(1_200, len(PAIRS)):
        layout, damage = PAIRS[number % len(PAIRS)]
        rng = np.random.default_rng(number)
        root = shutil.copytree(whole / layout, tmp_path / f"set{number}")
        words = damage(root, LAYOUTS[layout], rng)
        if words is not None:
            tried += 1
            if damage not in ONLY_IN_FOLDERS and rng.random() < 0.4:
                words = tuple(word for word in words if word != root.name)
                root = zipped(root)
            said = fault(LAYOUTS[layout].name, root, words)
            if said is not None:
                faults.append(f"case {number}: {damage.__name__} of {layout}: {said}")
        shutil.rmtree(root) if root.is_dir() else root.unlink(missing_ok=True)
    record(AREA, cases=tried, failures=len(faults))
    assert not faults, "\n".join(faults)


def test_half_copied_archives(whole: Path, tmp_path: Path, case_numbers, record) -> None:
    """Cut at any place, or with a byte exchanged: refused, or as it was."""
    numbers, faults = case_numbers(280, 28), []
    names = sorted(LAYOUTS)
    archives = {n: zipped(shutil.copytree(whole / n, tmp_path / f"set {n}")) for n in names}
    for number in numbers:
        name = names[number % len(names)]
        rng = np.random.default_rng(number)
        content = bytearray(archives[name].read_bytes())
        cut = number % 2 == 0
        at = int(rng.integers(len(content)))
        if cut:
            del content[at:]
        else:
            content[at] ^= int(rng.integers(1, 256))
        path = tmp_path / "copied.zip"
        path.write_bytes(content)
        try:
            load_all(LAYOUTS[name].name, path)
        except DataError as error:
            if not one_sentence(str(error), ("copied.zip",) if cut else ()):
                faults.append(f"case {number}: {error}")
        except Exception as error:
            faults.append(f"case {number}: {type(error).__name__}: {error}")
        else:
            faults += [f"case {number}: a cut archive was read"] if cut else []
    record(AREA, cases=len(numbers), failures=len(faults))
    assert not faults, "\n".join(faults)


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that every user of the machine may enter."""
    place = Path(tempfile.mkdtemp(prefix="clfer-harden-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_may_not_be_read_is_named(whole: Path, open_place: Path, name: str, record) -> None:
    """As another user where the tests run as root, whom nothing stops."""
    layout, root = LAYOUTS[name], shutil.copytree(whole / name, open_place / "set")
    victims = [root]
    victims += [next(iter(sorted(root.glob(layout.images))))] if layout.images else []
    victims += [root / table for table in layout.tables]
    for victim in victims:
        mode, user = victim.stat().st_mode, os.geteuid()
        victim.chmod(0)
        if user == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(DataError) as caught:
                load_all(layout.name, root)
        finally:
            os.seteuid(user)
            victim.chmod(mode)
        assert one_sentence(str(caught.value), (victim.name,)), str(caught.value)
    record(AREA, cases=len(victims), failures=0)


STRANGE_ROOTS = ["", "\0", "a\0b", "x" * 5_000, "/".join(["y" * 200] * 40), "caf\udce9", "~nobody1"]


@pytest.mark.parametrize("root", STRANGE_ROOTS, ids=range(len(STRANGE_ROOTS)))
@pytest.mark.parametrize("name", ["folder", "ferplus"])
def test_strange_roots(
    name: str, root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        load_faces(name, root, "train")
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError):
        root_stamp(root or "nothing")
    if "\0" not in root:
        result = CliRunner().invoke(cli, ["data", "check", name, root])
        assert result.exit_code == 2
        assert isinstance(result.exception, SystemExit)


def test_a_copy_of_a_face_is_counted_and_no_error(whole: Path, tmp_path: Path) -> None:
    """FER+ itself has faces twice, so that a check says how many and goes on."""
    root = shutil.copytree(whole / "folder", tmp_path / "set")
    shutil.copy(root / "train" / "Happy" / "f0.png", root / "valid" / "Happy" / "twin.png")
    result = CliRunner().invoke(cli, ["data", "check", "folder", str(root)])
    assert result.exit_code == 0
    assert "1 faces have an identical twin" in result.output


COMMANDS = {
    "train": ["train", "--preset", "smoke", "--device", "cpu", "--threads", "1"],
    "evaluate": ["evaluate", "--checkpoint", "ferplus-ours", "--device", "cpu"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("root", ["nowhere", "empty", "cut"])
def test_commands_that_read_faces_end_with_2(command: str, root: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for split in ("train", "valid"):
        write(tmp_path / "cut" / split / "Happy" / "a.png", face(0, 24))
        (tmp_path / "cut" / split / "Happy" / "b.png").write_bytes(b"")
    arguments = [*COMMANDS[command], "--dataset", "folder", "--root", str(tmp_path / root)]
    if command == "train":
        arguments += ["--run", str(tmp_path / "run")]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert ("b.png" if root == "cut" else root) in result.stderr
    assert "Traceback" not in result.output
