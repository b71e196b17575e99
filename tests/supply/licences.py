"""Write assets/licences.md: what a plain installation consists of, under which licences.

Called by `make lock` and `make audit`. Names and versions are those of requirements.lock; licences
are what the installed packages say of themselves.
"""

import re
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from lock_file import LOCK, PYPROJECT, ROOT, asked_for, read_lock, runtime

LIST = ROOT / "assets" / "licences.md"
TEMPLATE = Path(__file__).with_name("licences_template.md")

# What their metadata leave open, from the packages' own licence files and pages.
BY_HAND = {
    "cuda-toolkit": "LicenseRef-NVIDIA-Proprietary",
    "matplotlib": "PSF-2.0 (matplotlib's own text)",
    "standard-imghdr": "PSF-2.0",
}
SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "NVIDIA Proprietary Software": "LicenseRef-NVIDIA-Proprietary",
}
FREE = {"0BSD", "Apache-2.0", "BSD", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "PSF-2.0", "Zlib"}
FREE |= {"BSD-2-Clause", "BSD-3-Clause", "MIT-CMU"}

# Libraries under the GPL or LGPL that wheels carry beside their own code.
CARRIED = {"libavcodec", "libavformat", "libavutil", "libswresample", "libswscale"}
CARRIED |= {"libgfortran", "libgomp", "libquadmath"}


@dataclass(frozen=True)
class Row:
    """One package: its licence, what `judged` says of it, and the `CARRIED` libraries in it."""

    name: str
    version: str
    licence: str
    kind: str
    carried: tuple[str, ...] = ()


def judged(licence: str) -> str:
    """Whether a licence is ``free`` of conditions on others, ``copyleft`` or ``proprietary``.

    Raises:
        ValueError: the licence is none that this list knows.
    """
    plain = re.sub(r" WITH [\w.-]+| \(.*?\)", "", licence)
    parts = set(re.split(r" (?:AND|OR) ", plain))
    if any("Proprietary" in part for part in parts):
        return "proprietary"
    if any(re.match(r"(A|L)?GPL-|MPL-|EPL-|EUPL-|CDDL-", part) for part in parts):
        return "copyleft"
    if not parts <= FREE:
        raise ValueError(f'"{licence}" is a licence that has not been judged: add it to FREE.')
    return "free"


def licence_of(package: Distribution) -> str:
    """The licence that a package states, as an SPDX expression where it states one.

    Raises:
        ValueError: it states none.
    """
    metadata = package.metadata
    stated = (metadata.get("License-Expression") or metadata.get("License") or "").strip()
    if not stated or stated == "UNKNOWN" or "\n" in stated:
        classifiers = metadata.get_all("Classifier") or []
        named = [line.rsplit(" :: ", 1)[1] for line in classifiers if line.startswith("License")]
        stated = " AND ".join(named)
    if not stated:
        raise ValueError("it states no licence: read its files and add it to BY_HAND.")
    return SPDX.get(stated, stated)


def carried_by(package: Distribution) -> tuple[str, ...]:
    """Names of the libraries of `CARRIED` among a package's files."""
    names = {re.split(r"[-.]", path.name)[0] for path in package.files or ()}
    return tuple(sorted(names & CARRIED))


def row(name: str, version: str) -> Row:
    """What is known of one package of the lock.

    Raises:
        ValueError: another version is installed, or the licence is unknown.
    """
    try:
        package = distribution(name)
    except PackageNotFoundError:
        if name not in BY_HAND:
            raise ValueError("it is not installed here.") from None
        return Row(name, version, BY_HAND[name], judged(BY_HAND[name]))
    if package.version.split("+")[0] != version:
        raise ValueError(f"{package.version} is installed but {version} is locked.")
    licence = BY_HAND.get(name) or licence_of(package)
    return Row(name, version, licence, judged(licence), carried_by(package))


def rendered(rows: Iterable[Row], template: str) -> str:
    """The list as Markdown; what is not free comes first."""
    rows = list(rows)
    copyleft = [f"| {r.name} | {r.licence} |" for r in rows if r.kind == "copyleft"]
    proprietary = ", ".join(r.name for r in rows if r.kind == "proprietary")
    carried = [f"| {r.name} | {', '.join(r.carried)} |" for r in rows if r.carried]
    return template.format(
        count=len(rows),
        free=sum(r.kind == "free" for r in rows),
        copyleft="\n".join(copyleft),
        proprietary=textwrap.fill(f"{proprietary}.", 100, break_on_hyphens=False),
        carried="\n".join(carried),
        table="\n".join(f"| {r.name} | {r.version} | {r.licence} | {r.kind} |" for r in rows),
    )


def main() -> None:
    """Write the list, or say what stands in the way and leave it as it was."""
    pins = read_lock(LOCK.read_text(encoding="utf-8"))
    names = runtime(pins, asked_for(PYPROJECT.read_text(encoding="utf-8"))["dependencies"])
    rows: list[Row] = []
    for name in names:
        try:
            rows.append(row(name, str(pins[name].version)))
        except ValueError as error:
            print(f"{LIST.name} is left as it was. {name}: {error}", file=sys.stderr)
            print("Install what is locked: make test LOCKED=1.", file=sys.stderr)
            raise SystemExit(2) from None
    LIST.write_text(rendered(rows, TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
    free = sum(r.kind == "free" for r in rows)
    others = [f"{r.name} ({r.licence})" for r in rows if r.kind == "copyleft"]
    print(f"{LIST.relative_to(ROOT)}: {len(rows)} packages, {free} free of conditions.")
    print(f"Copyleft: {', '.join(others) or 'none'}.")


if __name__ == "__main__":
    main()
