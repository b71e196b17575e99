"""Small pictures of a data set's faces: one at a time, or all in one sheet for hovering."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from math import ceil, sqrt

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from clfer.data.faceset import FaceSet

THUMBNAIL = 96
"""Longer side in pixels, at most, of one thumbnail."""

CELL = 64
"""Side in pixels, at most, of a cell of the sheet."""

SHEET = 4096
"""Side in pixels, at most, of the sheet: browsers of phones draw no larger picture."""


@dataclass(frozen=True)
class Sprite:
    """All faces of a split in one picture, row by row.

    Attributes:
        source: The sheet as WebP data address.
        columns: Cells in a row; face ``i`` lies in row ``i // columns``, column ``i % columns``.
        side: Side of a cell in pixels.
        count: Number of faces.
    """

    source: str
    columns: int
    side: int
    count: int


def sprite(faces: FaceSet) -> Sprite:
    """The faces of a split as one sheet, drawn once per content and shared by all sessions."""
    content = sha256("\n".join((faces.dataset, faces.split, *faces.digests)).encode()).hexdigest()
    return _sprite(content, faces)


def thumbnail(faces: FaceSet, index: int) -> str:
    """One face as JPEG data address, its longer side at most :data:`THUMBNAIL` pixels."""
    image = Image.fromarray(_pixels(faces.images[index]))
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return _address(image, "JPEG", quality=88)


@st.cache_resource(max_entries=4, show_spinner=False)
def _sprite(content: str, _faces: FaceSet) -> Sprite:
    count = len(_faces)
    columns = max(1, ceil(sqrt(count)))
    height, width = _faces.images.shape[1:3]
    side = max(1, min(CELL, height, width, SHEET // columns))
    mode = "L" if _faces.images.shape[3] == 1 else "RGB"
    sheet = Image.new(mode, (columns * side, max(1, ceil(count / columns)) * side))
    for i, face in enumerate(_faces.images):
        cell = Image.fromarray(_pixels(face))
        if cell.size != (side, side):
            cell = cell.resize((side, side), Image.Resampling.BILINEAR)
        sheet.paste(cell, (i % columns * side, i // columns * side))
    return Sprite(_address(sheet, "WEBP", quality=75, method=2), columns, side, count)


def _pixels(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``[H, W, 1]`` without its last axis, as Pillow wants grey pictures; RGB as it is."""
    return face[..., 0] if face.shape[-1] == 1 else face


def _address(image: Image.Image, form: str, **options: int) -> str:
    stream = BytesIO()
    image.save(stream, format=form, **options)
    return f"data:image/{form.lower()};base64," + b64encode(stream.getvalue()).decode("ascii")
