"""Write requirements.lock: the versions installed here, and the hash of every file of theirs.

Called by `make lock` with the environment that the tests run in. uv finds the hashes on the package
index; it downloads no package.
"""

import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path

from lock_file import LOCK, PYPROJECT, PYTHONS, read_lock
from packaging.utils import canonicalize_name
from packaging.version import Version

PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
HEADER = """\
# Written by `make lock`: the versions that the tests ran with, and what every file must hash to.
# For Linux with glibc 2.28 or newer on x86_64 and aarch64, Python 3.11 to 3.13.
# `make app LOCKED=1` and `make test LOCKED=1` install exactly this.

"""


def installed() -> list[str]:
    """What this environment holds, as constraints; builds of one release (+cpu) count as it."""
    found = {canonicalize_name(d.metadata["Name"]): Version(d.version) for d in distributions()}
    return sorted(f"{name}=={version.public}" for name, version in found.items() if name != "clfer")


def call(*command: str | Path) -> None:
    """Run uv; what it complains of ends this program.

    Raises:
        SystemExit: uv failed.
    """
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        print(f"requirements.lock is left as it was. {ran.stderr.strip()}", file=sys.stderr)
        raise SystemExit(2)


def _without_folder(text: str) -> str:
    """The same without the lines that name the folder of the constraints, another every time."""
    return re.sub(r"\n +# +(via )?-c .*", lambda match: "\n    # via" if match[1] else "", text)


def main(uv: str) -> None:
    """Resolve, look for a wheel of everything on every platform, and only then replace the lock."""
    with tempfile.TemporaryDirectory() as folder:
        tested, lock = Path(folder, "tested.txt"), Path(folder, "requirements.lock")
        tested.write_text("\n".join(installed()), encoding="utf-8")
        compiling = [uv, "pip", "compile", "--quiet"]
        call(
            *compiling,
            *(PYPROJECT, "--all-extras", "--universal", "--generate-hashes", "--no-header"),
            *("--constraint", tested, "--output-file", lock),
        )
        for python in PYTHONS:
            for platform in PLATFORMS:
                call(
                    *(*compiling, lock, "--no-deps", "--only-binary", ":all:"),
                    *("--python-version", python, "--python-platform", platform),
                    *("--output-file", os.devnull),
                )
        text = HEADER + _without_folder(lock.read_text(encoding="utf-8"))
    pins = read_lock(text)
    LOCK.write_text(text, encoding="utf-8")
    files = sum(len(pin.hashes) for pin in pins.values())
    print(f"requirements.lock: {len(pins)} packages, {files:,} files; wheels on {PLATFORMS}.")


if __name__ == "__main__":
    main(sys.argv[1])
