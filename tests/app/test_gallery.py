"""The gallery's choice of faces, and the thumbnails it draws."""

import base64
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clfer.data.faceset import FaceSet

OWN = ("components", "views", "state", "photos", "resources", "explained", "selection")


@pytest.fixture(scope="module")
def components(repository: Path) -> Iterator[ModuleType]:
    """The app's components, with app/ on the import path as Streamlit puts it there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(repository / "app"))
        import components.gallery
        import components.thumbnails

        yield components
    for name in [n for n in sys.modules if n.split(".")[0] in OWN]:
        del sys.modules[name]


def _faces(count: int, channels: int, side: int = 48) -> FaceSet:
    grey = np.linspace(10, 240, count).astype(np.uint8)
    images = np.broadcast_to(grey[:, None, None, None], (count, side, side, channels)).copy()
    names = tuple(f"face{i}.png" for i in range(count))
    return FaceSet(
        "ferplus", "valid", ("neutral",), images, np.zeros(count, np.int64), names, names
    )


def _decoded(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


@given(count=st.integers(0, 60), limit=st.integers(1, 50))
def test_the_first_faces_are_shown_and_the_rest_is_counted(
    components: ModuleType, count: int, limit: int
) -> None:
    names = [f"f{i}" for i in range(count)]
    shown, more = components.gallery.items(names, [f"c{i}" for i in range(count)], None, limit)
    assert [item.name for item in shown] == names[:limit]
    assert len(shown) + more == count
    assert all(item.caption == f"c{item.name[1:]}" for item in shown)


def test_a_label_speaks_name_and_caption(components: ModuleType) -> None:
    shown, _ = components.gallery.items(["a.png", "b.png"], ["fear\n0.12", ""])
    assert [item.label for item in shown] == ["a.png, fear, 0.12", "b.png"]


def test_captions_must_fit_the_names(components: ModuleType) -> None:
    with pytest.raises(ValueError, match="shorter"):
        components.gallery.items(["a.png", "b.png"], ["fear"])


@pytest.mark.parametrize("channels", [1, 3])
def test_every_face_lies_in_its_cell_of_the_sheet(components: ModuleType, channels: int) -> None:
    faces = _faces(11, channels)
    sheet = components.thumbnails.sprite(faces)
    pixels = np.asarray(_decoded(sheet.source).convert("L"))
    assert (sheet.count, sheet.columns, sheet.side) == (11, 4, 48)
    for i in range(11):
        row, column = i // sheet.columns * sheet.side, i % sheet.columns * sheet.side
        cell = pixels[row + 8 : row + 40, column + 8 : column + 40]
        assert abs(float(cell.mean()) - float(faces.images[i].mean())) < 5


def test_large_faces_shrink(components: ModuleType) -> None:
    faces = _faces(3, 3, side=120)
    assert components.thumbnails.sprite(faces).side == 64
    assert _decoded(components.thumbnails.thumbnail(faces, 1)).size == (96, 96)
    assert _decoded(components.thumbnails.thumbnail(_faces(3, 1), 1)).size == (48, 48)
