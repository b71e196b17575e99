"""Lists of image names that restrict an evaluation, as occlusion and pose subsets are published.

One name a line. The lists of RAN (Wang et al., 2020) are understood too: ``label/name.jpg``,
``label_name.png 8 type`` and ``name_aligned label type`` with any file ending, and
``label/name/8.jpg`` or ``split/label/name/`` for AffectNet.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from clfer.data.faceset import FaceSet
from clfer.data.images import IMAGE_SUFFIXES
from clfer.errors import DataError

_COLUMNS = re.compile(r"(\S+)(?:\s+\d+){1,2}")
_AFTER_NAME = re.compile(
    rf".*?(?:{'|'.join(map(re.escape, IMAGE_SUFFIXES))})[\s,;]+(.*)", re.IGNORECASE
)
_LABEL = re.compile(r"^\d_")
_CROPS = re.compile(r"(?:.*/)?([0-9a-f]{32,})/\d+\.jpg")


def read_names(path: str | Path) -> list[str]:
    """Read one entry a line; blank lines and lines that start with ``#`` are skipped.

    Raises:
        DataError: the file is missing, is no text, has a line that is no name (the message names
            it), or holds no name.
    """
    try:
        lines = Path(path).expanduser().read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The list of names {path} cannot be read as text ({error}).") from error
    names = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line.isprintable():
            raise DataError(f"{path} line {number} is no image name: give one name a line.")
        if not line or line.startswith("#"):
            continue
        rest = _AFTER_NAME.fullmatch(line)
        if rest and not _COLUMNS.fullmatch(line) and not rest[1].lower().endswith(IMAGE_SUFFIXES):
            raise DataError(
                f"{path} line {number} is malformed ({line}): after a name may come one or two "
                "whole numbers, as in RAN's lists, and nothing else."
            )
        names.append(line)
    if not names:
        raise DataError(f"{path} holds no image name: give one name a line.")
    return names


def restrict(faces: FaceSet, names: Sequence[str]) -> FaceSet:
    """The faces that are named, in the order of ``faces``, each once.

    An entry stands for the face of exactly that name; else for the one face with the same base
    name; else for the one with the same name up to the file ending, a label before it, RAN's
    columns after it, and ``_aligned``.

    Args:
        faces: The split.
        names: Entries as :func:`read_names` returns them.

    Raises:
        DataError: entries fit no face (the message counts them and names the first), or one fits
            several.
    """
    where = f"{faces.dataset} {faces.split}"
    known = _index(faces.names)
    found = [(name, _fitting(name, known)) for name in names]
    unknown = [name for name, fitting in found if not fitting]
    if unknown:
        raise DataError(
            f"{len(unknown)} of {len(names)} names fit no face of {where}, the first is "
            f"{unknown[0]}: correct the list, or take out what the protocol of the data set "
            "leaves out."
        )
    for name, fitting in found:
        if len(fitting) > 1:
            raise DataError(
                f"{len(fitting)} faces of {where} are named {name}: give the whole path."
            )
    chosen = {next(iter(fitting)) for _, fitting in found}
    return faces.subset(np.array(sorted(chosen), dtype=np.int64))


def _index(names: Sequence[str]) -> tuple[dict[str, set[int]], ...]:
    """Positions by whole name, by base name, and by base name without ending."""
    kinds: tuple[defaultdict[str, set[int]], ...] = tuple(defaultdict(set) for _ in range(3))
    for i, name in enumerate(names):
        base = PurePosixPath(name).name
        for kind, key in zip(kinds, (name, base, _stem(base)), strict=True):
            kind[key].add(i)
    return kinds


def _fitting(entry: str, known: tuple[dict[str, set[int]], ...]) -> set[int]:
    """Positions of the faces that the first reading of an entry with any face stands for."""
    for kind, key in _readings(entry):
        if key in known[kind]:
            return known[kind][key]
    return set()


def _readings(entry: str) -> Iterator[tuple[int, str]]:
    """What an entry may mean, the most literal reading first: kind of key, and key."""
    yield 0, entry
    crops = _CROPS.fullmatch(entry)
    if crops:
        yield 2, crops[1]
        return
    columns = _COLUMNS.fullmatch(entry)
    name = columns[1] if columns else entry
    base = PurePosixPath(name).name
    yield 0, name
    yield 1, base
    yield 1, _LABEL.sub("", base)
    yield 2, _stem(base)
    yield 2, _LABEL.sub("", _stem(base))


def _stem(base: str) -> str:
    suffix = PurePosixPath(base).suffix
    return base.removesuffix(suffix).removesuffix("_aligned")
