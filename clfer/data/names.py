"""Lists of image names that restrict an evaluation, as occlusion and pose subsets are published."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from clfer.data.faceset import FaceSet
from clfer.errors import DataError


def read_names(path: str | Path) -> list[str]:
    """Read one image name a line; blank lines and lines that start with ``#`` are skipped.

    Raises:
        DataError: the file is missing, is no text, holds a control character (the message names
            the line), or holds no name.
    """
    try:
        lines = Path(path).expanduser().read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The list of names {path} cannot be read as text ({error}).") from error
    names = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line.isprintable():
            raise DataError(f"{path} line {number} is no image name: give one name a line.")
        if line and not line.startswith("#"):
            names.append(line)
    if not names:
        raise DataError(f"{path} holds no image name: give one name a line.")
    return names


def restrict(faces: FaceSet, names: Sequence[str]) -> FaceSet:
    """The faces that are named, in the order of ``faces``, each once.

    A name stands for the face of exactly that name, else for the one face that has the same base
    name (what follows the last slash).

    Raises:
        DataError: a name fits no face, or its base name fits several; the message names the first.
    """
    exact = {name: i for i, name in enumerate(faces.names)}
    by_base: defaultdict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(faces.names):
        by_base[PurePosixPath(name).name].append(i)
    chosen = {_position(name, exact, by_base, f"{faces.dataset} {faces.split}") for name in names}
    return faces.subset(np.array(sorted(chosen), dtype=np.int64))


def _position(name: str, exact: dict[str, int], by_base: dict[str, list[int]], where: str) -> int:
    if name in exact:
        return exact[name]
    fitting = by_base.get(PurePosixPath(name).name, [])
    if not fitting:
        raise DataError(
            f"No face of {where} is named {name}: correct the list, or take the name out if the "
            "protocol of the data set leaves that image out."
        )
    if len(fitting) > 1:
        raise DataError(f"{len(fitting)} faces of {where} are named {name}: give the whole path.")
    return fitting[0]
