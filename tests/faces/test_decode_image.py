"""Every odd file a user may bring is decoded to upright RGB or refused in one sentence."""

import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from clfer.errors import ImageError
from clfer.faces import decode_image

# EXIF: where the first row and the first column of the stored picture lie in the upright one.
FIRST_ROW_AND_COLUMN = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}


def picture(height: int = 40, width: int = 60) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    channels = [x * 255 // width, y * 255 // height, (x + 2 * y) * 255 // (width + 2 * height)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def encoded(image: Image.Image, fmt: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, fmt, **options)
    return buffer.getvalue()


def png(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds no pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def refusal(source: Any, name: str | None = "face.png") -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageError) as caught:
            decode_image(source, name=name)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert message.startswith(name or "The image")
    return message


@pytest.mark.parametrize("fmt", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_keep_every_pixel(fmt: str) -> None:
    options = {"lossless": True} if fmt == "WEBP" else {}
    decoded = decode_image(encoded(Image.fromarray(picture()), fmt, **options))
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, picture())


def test_every_kind_of_source_gives_the_same_pixels(tmp_path: Path) -> None:
    data = encoded(Image.fromarray(picture()), "PNG")
    path = tmp_path / "face.png"
    path.write_bytes(data)
    opened = Image.open(BytesIO(data))
    for source in (path, str(path), data, BytesIO(data), opened, picture()):
        np.testing.assert_array_equal(decode_image(source), picture())


@pytest.mark.parametrize("fmt", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(fmt: str, orientation: int) -> None:
    row, column = FIRST_ROW_AND_COLUMN[orientation]
    stored = picture()
    if "bottom" in (row, column):
        stored = stored[::-1]
    if "right" in (row, column):
        stored = stored[:, ::-1]
    if row in ("left", "right"):
        stored = stored.transpose(1, 0, 2)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if fmt == "WEBP" else {}
    image = Image.fromarray(np.ascontiguousarray(stored))
    decoded = decode_image(encoded(image, fmt, exif=exif, **options))
    np.testing.assert_array_equal(decoded, picture())


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0garbage",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x01\0\0\0up\0\0\0\0\0\0",
    ],
)
def test_a_broken_exif_block_counts_as_none(exif: bytes) -> None:
    data = encoded(Image.fromarray(picture()), "JPEG", quality=95, exif=exif)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode_image(data).shape == (40, 60, 3)


def test_16_bit_grey_is_scaled_to_8_bit() -> None:
    ramp = np.linspace(0, 65535, 32 * 32).astype(np.uint16).reshape(32, 32)
    decoded = decode_image(encoded(Image.fromarray(ramp), "PNG"))
    expected = np.rint(ramp / 257).astype(np.uint8)
    np.testing.assert_array_equal(decoded, np.repeat(expected[..., None], 3, axis=2))


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
def test_floating_point_tiff_is_scaled_by_its_range(white: float) -> None:
    values = np.linspace(0, white, 32 * 32, dtype=np.float32).reshape(32, 32)
    decoded = decode_image(encoded(Image.fromarray(values), "TIFF"))
    assert decoded.min() == 0
    assert decoded.max() == 255
    assert (np.diff(decoded[..., 0].ravel().astype(int)) >= 0).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.5, 1e6])
def test_floating_point_tiff_with_impossible_values_is_refused(value: float) -> None:
    values = np.full((32, 32), 0.5, dtype=np.float32)
    values[3, 4] = value
    assert "8-bit PNG" in refusal(encoded(Image.fromarray(values), "TIFF"), "scan.tif")


def test_cmyk_jpeg_keeps_its_colours() -> None:
    red = Image.new("RGB", (32, 32), (220, 30, 30)).convert("CMYK")
    decoded = decode_image(encoded(red, "JPEG", quality=95))
    assert np.abs(decoded.astype(int) - [220, 30, 30]).max() < 12


def test_alpha_is_laid_over_white() -> None:
    layer = np.zeros((32, 32, 4), dtype=np.uint8)
    layer[..., 0] = 200
    layer[:16, :, 3] = 255
    layer[16:24, :, 3] = 51
    decoded = decode_image(encoded(Image.fromarray(layer), "PNG"))
    assert decoded[0, 0].tolist() == [200, 0, 0]
    assert np.abs(decoded[20, 0].astype(int) - [244, 204, 204]).max() <= 1
    assert decoded[31, 0].tolist() == [255, 255, 255]


def test_palette_with_transparency_is_laid_over_white() -> None:
    image = Image.new("P", (32, 32), 0)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.paste(1, (0, 0, 32, 16))
    decoded = decode_image(encoded(image, "PNG", transparency=0))
    assert decoded[0, 0].tolist() == [200, 100, 50]
    assert decoded[31, 31].tolist() == [255, 255, 255]


def test_grey_and_bilevel_become_three_equal_channels() -> None:
    grey = Image.fromarray(picture()[..., 0])
    decoded = decode_image(encoded(grey, "PNG"))
    np.testing.assert_array_equal(decoded, np.repeat(picture()[..., :1], 3, axis=2))
    np.testing.assert_array_equal(decode_image(picture()[..., 0]), decoded)
    bilevel = decode_image(encoded(grey.convert("1"), "PNG"))
    assert set(np.unique(bilevel)) == {0, 255}


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue", "green")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_image(data)[5, 5].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    "data",
    [
        b"These are my notes.",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"></svg>',
        b"<!doctype html><html><body>404</body></html>",
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
    ],
)
def test_what_is_not_an_image_is_named(data: bytes) -> None:
    assert refusal(data, "notes.jpg") == (
        "notes.jpg is not an image in a format that can be read (PNG, JPEG, WebP, BMP, GIF, TIFF)."
    )
    assert "not an image" in refusal(data, None)


def test_formats_beyond_the_list_are_refused() -> None:
    image = Image.fromarray(picture())
    for fmt in ("ICO", "PPM", "TGA", "PCX", "JPEG2000"):
        assert "not an image in a format" in refusal(encoded(image, fmt))


@pytest.mark.parametrize("fmt", ["PNG", "JPEG"])
def test_a_truncated_file_is_refused_wherever_it_ends(fmt: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), fmt)
    for length in range(1, len(data) - 40, len(data) // 15):
        refusal(data[:length])
    assert "damaged or incomplete" in refusal(data[: len(data) // 2])


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty.png"
    path.touch()
    assert refusal(b"") == "face.png is empty; choose another file."
    with pytest.raises(ImageError, match=r"^empty\.png is empty"):
        decode_image(path)


@pytest.mark.parametrize("size", [(1, 1), (20000, 10), (15, 400)])
def test_pictures_too_small_for_a_face_are_refused(size: tuple[int, int]) -> None:
    assert f"{size[0]} x {size[1]}" in refusal(encoded(Image.new("RGB", size), "PNG"))
    refusal(Image.new("RGB", size))
    refusal(np.zeros((size[1], size[0], 3), dtype=np.uint8))


@pytest.mark.parametrize("size", [(50_000, 50_000), (10_000, 10_000), (8_000, 5_001)])
def test_too_many_pixels_are_refused_from_the_header(size: tuple[int, int]) -> None:
    assert "40 megapixels" in refusal(png(*size), "bomb.png")


def test_a_strip_longer_than_opencv_can_warp_is_refused() -> None:
    assert "longer side" in refusal(png(40_000, 20))


def test_too_many_bytes_are_refused() -> None:
    assert "50 MB" in refusal(b"\xff" * 50_000_001)
    assert "50 MB" in refusal(BytesIO(b"\xff" * 50_000_001))


def test_a_client_name_is_never_used_as_a_path(tmp_path: Path) -> None:
    target = tmp_path / "secret.png"
    target.write_bytes(encoded(Image.fromarray(picture()), "PNG"))
    refusal(b"no image", str(target))


def test_paths_that_are_no_files_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.png", "a\0b.png", "https://example.org/face.png"):
        with pytest.raises(ImageError, match="check the path"):
            decode_image(path)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((32, 32, 3), dtype=np.float32),
        np.zeros((32, 32, 4), dtype=np.uint8),
        np.zeros((2, 32, 32, 3), dtype=np.uint8),
        np.zeros(32, dtype=np.uint8),
        np.zeros((32, 32, 3), dtype=np.int64),
    ],
)
def test_arrays_of_another_kind_are_refused(array: np.ndarray) -> None:
    assert "uint8 RGB [H, W, 3]" in refusal(array, None)


def test_objects_of_another_kind_are_refused() -> None:
    for source in (3, None, [1, 2]):
        assert "give a path" in refusal(source)


@settings(max_examples=60, deadline=None)
@given(
    fmt=st.sampled_from(["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"]),
    places=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=6),
    value=st.integers(0, 255),
)
def test_damaged_files_never_raise_anything_else(fmt: str, places: list[float], value: int) -> None:
    data = bytearray(encoded(Image.fromarray(picture(20, 24)), fmt))
    for place in places:
        data[int(place * len(data))] = value
    try:
        decoded = decode_image(bytes(data))
    except ImageError:
        return
    assert decoded.dtype == np.uint8
    assert decoded.shape[2] == 3
