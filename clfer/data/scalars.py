"""Read many NumPy files that hold one whole number each."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from clfer.data.archive import Tree
from clfer.errors import DataError

_NUMBERS = "iuU"
"""Kinds of arrays that are read: whole numbers, and digits as text."""


def read_scalars(tree: Tree, files: Sequence[str]) -> NDArray[np.int64]:
    """The numbers in ``.npy`` files, int64 ``[N]``.

    Raises:
        DataError: a file is missing or does not hold one whole number; the message names it.
    """
    known: dict[bytes, int] = {}
    values = np.empty(len(files), dtype=np.int64)
    for i, file in enumerate(files):
        data = tree.read(file)
        value = known.get(data)
        if value is None:
            try:
                value = known[data] = _number(data)
            except (ValueError, EOFError) as error:
                raise DataError(
                    f"{file} in {tree.location} is no NumPy file with one whole number: "
                    "copy it again."
                ) from error
        values[i] = value
    return values


def _number(data: bytes) -> int:
    array = npy.read_array(io.BytesIO(data), allow_pickle=False)
    if array.size != 1 or array.dtype.kind not in _NUMBERS:
        raise ValueError("not one whole number")
    return int(array.item())
