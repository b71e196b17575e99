"""The lock file, and what pyproject.toml asks of it: read as text, nothing installed or asked."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "requirements.lock"
PYPROJECT = ROOT / "pyproject.toml"
PYTHONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True)
class Pin:
    """One package of the lock.

    Attributes:
        requirement: ``name==version``, with a marker where not every Python needs the package.
        hashes: SHA-256 of every file that may be installed.
        wanted_by: Packages that depend on it.
    """

    requirement: Requirement
    hashes: tuple[str, ...]
    wanted_by: frozenset[str]

    @property
    def on_linux(self) -> bool:
        """Whether some Python of `PYTHONS` needs it on Linux."""
        marker = self.requirement.marker
        linux = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"}
        places = [
            linux | {"python_version": python, "python_full_version": f"{python}.0"}
            for python in PYTHONS
        ]
        return marker is None or any(marker.evaluate(place) for place in places)

    @property
    def version(self) -> Version:
        """The one version that the lock allows."""
        (exactly,) = self.requirement.specifier
        if exactly.operator != "==":
            raise ValueError(f"{self.requirement} is not pinned.")
        return Version(exactly.version)


def read_lock(text: str) -> dict[str, Pin]:
    """Every package of a lock file that uv wrote, by canonical name.

    Raises:
        ValueError: a package is named twice.
    """
    pins: dict[str, Pin] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        head = block.split("\n", 1)[0].removesuffix("\\").strip()
        if not head or head.startswith("#"):
            continue
        requirement = Requirement(head)
        name = canonicalize_name(requirement.name)
        if name in pins:
            raise ValueError(f"{name} is locked twice.")
        parents = re.findall(r"^ +# +(?:via )?([A-Za-z0-9][\w.-]*)", block, re.MULTILINE)
        pins[name] = Pin(
            requirement,
            tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block)),
            frozenset(canonicalize_name(parent) for parent in parents if parent != "via"),
        )
    return pins


def runtime(pins: dict[str, Pin], asked: Iterable[Requirement]) -> list[str]:
    """Names of what a plain installation on Linux consists of: what is asked for and needed."""
    found = {canonicalize_name(requirement.name) for requirement in asked}
    while more := {name for name, pin in pins.items() if pin.wanted_by & found} - found:
        found |= more
    return sorted(name for name in found if pins[name].on_linux)


def asked_for(text: str) -> dict[str, list[Requirement]]:
    """Direct requirements of a pyproject.toml: ``build``, ``dependencies``, and every extra."""
    content = tomllib.loads(text)
    groups: dict[str, list[str]] = {
        "build": content["build-system"]["requires"],
        "dependencies": content["project"]["dependencies"],
        **content["project"]["optional-dependencies"],
    }
    return {name: [Requirement(line) for line in lines] for name, lines in groups.items()}
