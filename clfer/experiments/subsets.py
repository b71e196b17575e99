"""Subsets of the scored faces by what makes them hard: lists of names, or factors of drawn faces.

Lists lie in the root of the data set, as ``subsets/<split>/<name>.txt``; those of RAN (Wang et
al., 2020) can be put there as they are published.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clfer.data.faceset import FaceSet
from clfer.data.names import read_names, restrict

FOLDER = "subsets"

TURNED = 15.0
"""Degrees of yaw from which on a drawn head counts as turned."""


def known_subsets(faces: FaceSet, root: str | None) -> dict[str, NDArray[np.int64]]:
    """Sorted rows of the faces of each subset that is known, by its name.

    Args:
        faces: A split.
        root: Of its data set; a packed one has no lists.

    Raises:
        DataError: a list cannot be read, or names a face that the split does not have.
    """
    found: dict[str, NDArray[np.int64]] = {}
    if faces.factors is not None:
        hidden = faces.factors["occlusion"].to_numpy() != "none"
        turned = np.abs(faces.factors["yaw"].to_numpy(np.float64)) >= TURNED
        found["occluded"] = np.flatnonzero(hidden)
        found[f"turned by {TURNED:g}° or more"] = np.flatnonzero(turned)
    if root is not None:
        where = {name: row for row, name in enumerate(faces.names)}
        for path in sorted((Path(root).expanduser() / FOLDER / faces.split).glob("*.txt")):
            named = restrict(faces, read_names(path)).names
            found[path.stem] = np.array([where[name] for name in named], dtype=np.int64)
    return {name: rows for name, rows in found.items() if len(rows)}
