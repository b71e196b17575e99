"""Bad and odd uploads: hand-made ones, then seeded mutations of valid files, each by its number."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from clfer.faces import load_sample

SEED = 20240522
Draw = np.random.Generator
ENDINGS = ("png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "PNG", "svg", "zip", "")


def upload(number: int) -> tuple[str, bytes]:
    """Name and content of case ``number``: the same every time, whatever ran before."""
    made = handmade()
    if number < len(made):
        name, content = made[number]
        return name, content()
    draw = np.random.default_rng((SEED, number))
    form, data = valid()[draw.integers(len(valid()))]
    for _ in range(draw.integers(1, 4)):
        data = MUTATIONS[draw.integers(len(MUTATIONS))](data, draw)
    ending = form if draw.random() < 0.7 else ENDINGS[draw.integers(len(ENDINGS))]
    return f"case {number}.{ending}", data


@cache
def face(side: int = 128) -> Image.Image:
    """A drawn face, which the detector finds."""
    return Image.fromarray(load_sample("synthetic happiness 3")).resize((side, side))


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def grey16() -> Image.Image:
    return Image.fromarray(np.asarray(face().convert("L")).astype(np.uint16) * 257)


def real(values: float | None = None) -> Image.Image:
    pixels = np.asarray(face().convert("L")).astype(np.float32) / 255
    if values is not None:
        pixels[10:20, 10:20] = values
    return Image.fromarray(pixels)


def frames(count: int, side: int = 64) -> list[Image.Image]:
    return [face(side).rotate(i) for i in range(count)]


@cache
def valid() -> tuple[tuple[str, bytes], ...]:
    """Whole files of every format and kind of pixel."""
    clear = face().convert("RGBA")
    clear.putalpha(128)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "camera"
    found = [
        ("png", saved(face().convert(mode), "PNG")) for mode in ("RGB", "L", "LA", "RGBA", "P", "1")
    ]
    found += [("png", saved(grey16(), "PNG")), ("png", saved(clear, "PNG"))]
    found += [
        ("jpg", saved(face().convert(mode), "JPEG", quality=80)) for mode in ("RGB", "L", "CMYK")
    ]
    found += [
        ("jpg", saved(face(), "JPEG", progressive=True)),
        ("jpg", saved(face(), "JPEG", exif=exif)),
        ("webp", saved(face(), "WEBP", quality=70)),
        ("webp", saved(clear, "WEBP", lossless=True)),
        ("webp", saved(face(64), "WEBP", save_all=True, append_images=frames(3))),
        ("gif", saved(face().convert("P"), "GIF")),
        ("gif", saved(face(64), "GIF", save_all=True, append_images=frames(3))),
    ]
    found += [("bmp", saved(face().convert(mode), "BMP")) for mode in ("RGB", "P", "1", "L")]
    found += [
        ("tif", saved(face(), "TIFF", compression=how))
        for how in (None, "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")
    ]
    found += [
        ("tif", saved(face().convert("CMYK"), "TIFF")),
        ("tif", saved(face().convert("1"), "TIFF", compression="group4")),
        ("tif", saved(grey16(), "TIFF")),
        ("tif", saved(real(), "TIFF")),
        ("tif", saved(face(64), "TIFF", save_all=True, append_images=frames(3))),
    ]
    return tuple(found)


def _flip(data: bytes, draw: Draw) -> bytes:
    """Some bytes of the first part, which holds the headers, or of all."""
    content = bytearray(data)
    reach = len(content) if draw.random() < 0.4 else min(len(content), 64)
    for _ in range(draw.integers(1, 12)):
        if reach:
            content[draw.integers(reach)] = draw.integers(256)
    return bytes(content)


def _cut(data: bytes, draw: Draw) -> bytes:
    return data[: draw.integers(len(data) + 1)]


def _drop(data: bytes, draw: Draw) -> bytes:
    start = int(draw.integers(len(data) + 1))
    return data[:start] + data[start + int(10 ** draw.uniform(0, 3)) :]


def _insert(data: bytes, draw: Draw) -> bytes:
    start = int(draw.integers(len(data) + 1))
    return data[:start] + draw.bytes(int(10 ** draw.uniform(0, 3))) + data[start:]


def _repeat(data: bytes, draw: Draw) -> bytes:
    start = int(draw.integers(len(data) + 1))
    return data[: start + int(10 ** draw.uniform(1, 3))] + data[start:]


def _number(data: bytes, draw: Draw) -> bytes:
    """A whole number near the start becomes an extreme one."""
    value = int(draw.choice([0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 40_000, 6_300]))
    form = str(draw.choice([">I", "<I", ">H", "<H"]))
    packed = struct.pack(form, value & (0xFFFF if form[1] == "H" else 0xFFFFFFFF))
    start = int(draw.integers(max(1, min(len(data), 200))))
    return data[:start] + packed + data[start + len(packed) :]


def _other_end(data: bytes, draw: Draw) -> bytes:
    """The start of one file and the rest of another."""
    other = valid()[draw.integers(len(valid()))][1]
    return data[: draw.integers(len(data) + 1)] + other[draw.integers(len(other)) :]


def _append(data: bytes, draw: Draw) -> bytes:
    tails = (b"<script>alert(1)</script>", zipped(), b"%PDF-1.4", b"\0" * 4096, draw.bytes(999))
    return data + tails[draw.integers(len(tails))]


def _png_again(data: bytes, draw: Draw) -> bytes:
    """A changed byte in a PNG chunk whose checksum is right again, so that it is looked at."""
    chunks = list(_chunks(data))
    if not chunks:
        return _flip(data, draw)
    at = int(draw.integers(len(chunks)))
    kind, body = chunks[at]
    changed = bytearray(body)
    for _ in range(draw.integers(1, 4)):
        if changed:
            changed[draw.integers(min(len(changed), 40))] = draw.integers(256)
    chunks[at] = (kind, bytes(changed))
    if draw.random() < 0.3:
        chunks.insert(at, chunks[draw.integers(len(chunks))])
    return png(*chunks)


MUTATIONS: tuple[Callable[[bytes, Draw], bytes], ...] = (
    _flip, _flip, _cut, _drop, _insert, _repeat, _number, _number, _other_end, _append,
    _png_again, _png_again,
)  # fmt: skip


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while data.startswith(b"\x89PNG") and at + 8 <= len(data):
        size = struct.unpack(">I", data[at : at + 4])[0]
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks with right checksums."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def declared(width: int, height: int, *more: tuple[bytes, bytes], depth: int = 8) -> bytes:
    """A PNG that declares a size and holds hardly any pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    body = (b"IDAT", zlib.compress(b"\0" * 64))
    return png((b"IHDR", header), *more, body, (b"IEND", b""))


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("face.png", saved(face(), "PNG"))
    return stream.getvalue()


def plain(width: int, height: int, mode: str = "RGB", form: str = "PNG", **options: Any) -> bytes:
    """A whole picture of one colour, small when packed."""
    return saved(Image.new(mode, (width, height)), form, **options)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body><img src='http://127.0.0.1:9/x.png'></body></html>"
LARGEST = 6324
"""Side of a square picture of nearly the largest number of pixels."""


def _broken_exif() -> bytes:
    jpeg = saved(face(), "JPEG")
    bad = b"\xff\xe1" + struct.pack(">H", 60) + b"Exif\0\0MM\0*" + b"\xff" * 48
    return jpeg[:2] + bad + jpeg[2:]


def _tiff(*entries: tuple[int, int, int, int], big: bool = False) -> bytes:
    """A TIFF with one directory of these entries (tag, type, count, value) and no pixels."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + rows + b"\0" * 64


def _tiled() -> bytes:
    return _tiff(*_SIZE, (322, 4, 1, 2**30), (323, 4, 1, 2**30), (324, 4, 1, 8))


def _stripped() -> bytes:
    return _tiff(*_SIZE, (273, 4, 2**30, 8), (278, 4, 1, 1), (279, 4, 2**30, 8))


def _deflated() -> bytes:
    return _tiff(*_SIZE, (259, 3, 1, 8), (273, 4, 1, 8), (279, 4, 1, 2**31))


@cache
def _blown() -> bytes:
    """128 MiB of zeros, packed."""
    return zlib.compress(b"\0" * 2**27, 9)


def _long_animation() -> bytes:
    return saved(face(16), "GIF", save_all=True, append_images=frames(999, 16))


_SIZE = ((256, 4, 1, 64), (257, 4, 1, 64), (258, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1))


@cache
def handmade() -> tuple[tuple[str, Callable[[], bytes]], ...]:
    """Named files with one defect or oddity each."""
    gif_header = b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\xf7\0\0" + b"\0" * 768
    found: dict[str, Callable[[], bytes]] = {
        "empty.png": lambda: b"",
        "one byte.jpg": lambda: b"\xff",
        "zeros.png": lambda: b"\0" * 100_000,
        "text.txt": lambda: b"not a picture",
        "drawing.svg": lambda: SVG,
        "drawing.png": lambda: SVG,
        "page.html": lambda: HTML,
        "page.jpg": lambda: HTML,
        "archive.png": zipped,
        "script.gif": lambda: b"GIF89a/*" + HTML + b"*/=1;",
        "polyglot.png": lambda: saved(face(), "PNG") + zipped(),
        "polyglot.jpg": lambda: saved(face(), "JPEG") + b"<?php echo 1; ?>" + zipped(),
        "jpeg named.png": lambda: saved(face(), "JPEG"),
        "png named.exe": lambda: saved(face(), "PNG"),
        "half.png": lambda: saved(face(), "PNG")[:4000],
        "half.jpg": lambda: saved(face(), "JPEG")[:2000],
        "half.webp": lambda: saved(face(), "WEBP")[:700],
        "header only.png": lambda: saved(face(), "PNG")[:40],
        "bomb.png": lambda: declared(60_000, 60_000),
        "largest number.png": lambda: declared(2**31 - 1, 2**31 - 1),
        "just above.png": lambda: declared(8_001, 5_000),
        "just below.png": lambda: declared(8_000, 5_000),
        "bomb.gif": lambda: gif_header + b",\0\0\0\0" + b"\xff" * 4 + b"\0\x08\xff" + b"\0" * 300,
        "bomb.bmp": lambda: b"BM" + struct.pack("<IIIIiiHH24x", 54, 0, 54, 40, 2**16, 2**16, 1, 24),
        "bomb.tif": lambda: _tiff((256, 4, 1, 2**31), (257, 4, 1, 2**31), *_SIZE[2:]),
        "tile bomb.tif": _tiled,
        "strip bomb.tif": _stripped,
        "deflate bomb.tif": _deflated,
        "text bomb.png": lambda: declared(64, 64, (b"zTXt", b"a\0\0" + _blown())),
        "profile bomb.png": lambda: declared(64, 64, (b"iCCP", b"a\0\0" + _blown())),
        "pixel bomb.png": lambda: declared(64, 64, (b"IDAT", _blown())),
        "one pixel.png": lambda: plain(1, 1),
        "one pixel.gif": lambda: plain(1, 1, "P", "GIF"),
        "fifteen.png": lambda: plain(15, 15),
        "sixteen.png": lambda: plain(16, 16),
        "one row.png": lambda: plain(3_000, 1),
        "long.png": lambda: plain(20_000, 10),
        "high.png": lambda: plain(10, 20_000),
        "long but wide enough.png": lambda: plain(20_000, 20),
        "longest.png": lambda: plain(30_000, 16),
        "too long.png": lambda: plain(31_000, 16),
        "largest.png": lambda: plain(LARGEST, LARGEST),
        "largest alpha.png": lambda: plain(LARGEST, LARGEST, "RGBA"),
        "largest 16 bit.png": lambda: plain(LARGEST, LARGEST, "I;16"),
        "largest palette.png": lambda: plain(LARGEST, LARGEST, "P"),
        "largest.jpg": lambda: plain(LARGEST, LARGEST, "RGB", "JPEG"),
        "largest CMYK.jpg": lambda: plain(LARGEST, LARGEST, "CMYK", "JPEG"),
        "largest.webp": lambda: plain(LARGEST, LARGEST, "RGB", "WEBP", method=0, quality=1),
        "largest.gif": lambda: plain(LARGEST, LARGEST, "P", "GIF"),
        "largest fax.tif": lambda: plain(LARGEST, LARGEST, "1", "TIFF", compression="group4"),
        "largest real.tif": lambda: plain(LARGEST, LARGEST, "F", "TIFF", compression="tiff_lzw"),
        "largest 32 bit.tif": lambda: plain(LARGEST, LARGEST, "I", "TIFF", compression="tiff_lzw"),
        "sixteen bit.png": lambda: saved(grey16(), "PNG"),
        "sixteen bit.tif": lambda: saved(grey16(), "TIFF"),
        "CMYK.jpg": lambda: saved(face().convert("CMYK"), "JPEG"),
        "CMYK.tif": lambda: saved(face().convert("CMYK"), "TIFF"),
        "Lab.tif": lambda: saved(face().convert("LAB"), "TIFF"),
        "palette.png": lambda: saved(face().convert("P"), "PNG", transparency=3),
        "bits.png": lambda: saved(face().convert("1"), "PNG"),
        "clear.png": lambda: plain(64, 64, "RGBA"),
        "animated.gif": lambda: saved(face(64), "GIF", save_all=True, append_images=frames(40)),
        "animated.png": lambda: saved(face(64), "PNG", save_all=True, append_images=frames(9)),
        "animated.webp": lambda: saved(face(64), "WEBP", save_all=True, append_images=frames(9)),
        "thousand frames.gif": _long_animation,
        "pages.tif": lambda: saved(face(64), "TIFF", save_all=True, append_images=frames(20)),
        "broken EXIF.jpg": _broken_exif,
        "odd orientation.jpg": lambda: saved(face(), "JPEG", exif=_orientation(999)),
        "turned.jpg": lambda: saved(face(), "JPEG", exif=_orientation(6)),
        "NaN.tif": lambda: saved(real(float("nan")), "TIFF"),
        "infinite.tif": lambda: saved(real(float("inf")), "TIFF"),
        "negative.tif": lambda: saved(real(-5.0), "TIFF"),
        "huge values.tif": lambda: saved(real(1e38), "TIFF"),
        "photo.ico": lambda: saved(face(64), "ICO"),
        "photo.ppm": lambda: saved(face(), "PPM"),
        "photo.pdf": lambda: saved(face(), "PDF"),
        "photo.tga": lambda: saved(face(), "TGA"),
        "photo.jp2": lambda: saved(face(), "JPEG2000"),
        "photo.eps": lambda: saved(face(), "EPS"),
        "large file.png": lambda: saved(face(), "PNG") + b"\0" * 50_000_001,
        "../../../etc/passwd": lambda: HTML,
        "/etc/cron.d/evil.png": lambda: saved(face(), "PNG")[:99],
        "a\nb\0c\x1b[31m.png": lambda: b"x",
        "<img src=x onerror=alert(1)>.png": lambda: b"x",
        "![x](http://127.0.0.1:9/x.png).jpg": lambda: b"x",
        f"{'long ' * 2000}.png": lambda: b"x",
        "": lambda: b"x",
        "\u202egnp.exe": lambda: b"x",
    }  # fmt: skip
    return tuple(found.items())


def _orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif
