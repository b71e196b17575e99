"""Photos in zip archives: harmless names, bounded sizes, one sentence for each that is bad."""

import io
import zipfile

import pytest

from clfer.errors import ImageError
from clfer.faces import archive_photos
from clfer.faces.archive_photos import photos_in_archive


def zipped(content: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return stream.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        photos_in_archive(data, "x.zip")
    message = str(caught.value)
    assert message.startswith("x.zip ")
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_every_visible_file_comes_back_under_a_harmless_name() -> None:
    content = {
        "b.png": b"B",
        "a/a.jpg": b"A",
        "../../etc/passwd": b"P",
        "/root.png": b"R",
        "C:\\x\\y.png": b"W",
        ".DS_Store": b"-",
        "__MACOSX/._a.jpg": b"-",
        "empty/": b"",
    }
    found = photos_in_archive(zipped(content), "z.zip")
    assert [(photo.name, photo.data, photo.error) for photo in found] == [
        ("z.zip/b.png", b"B", None),
        ("z.zip/a/a.jpg", b"A", None),
        ("z.zip/etc/passwd", b"P", None),
        ("z.zip/root.png", b"R", None),
        ("z.zip/x/y.png", b"W", None),
    ]


def test_a_damaged_member_leaves_the_others() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("bad.png", b"pixels of a photo")
        archive.writestr("good.png", b"other pixels")
    data = stream.getvalue().replace(b"pixels of a photo", b"pixels of a phot!", 1)
    bad, good = photos_in_archive(data, "z.zip")
    assert bad.data == b""
    assert bad.error is not None
    assert bad.error.startswith("z.zip/bad.png is damaged")
    assert (good.data, good.error) == (b"other pixels", None)


def test_bombs_are_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({f"{i}.png": bytes(2_000_000) for i in range(4)})
    assert len(bomb) < 20_000
    monkeypatch.setattr(archive_photos, "MAX_BYTES", 1_000_000)
    found = photos_in_archive(bomb, "x.zip")
    assert all(photo.data == b"" for photo in found)
    assert all("larger than 1 MB" in str(photo.error) for photo in found)
    monkeypatch.setattr(archive_photos, "MAX_UNPACKED", 7_000_000)
    assert "unpacks to more than 7 MB" in refusal(bomb)
    monkeypatch.setattr(archive_photos, "MAX_PHOTOS", 3)
    assert "holds 4 files" in refusal(bomb)


def test_a_lie_about_the_size_is_damage_not_memory() -> None:
    content = bytes(3_000_000)
    honest = zipped({"lie.png": content})
    lie = honest.replace(len(content).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    assert lie != honest
    (photo,) = photos_in_archive(lie, "x.zip")
    assert len(photo.data) <= 1_000
    assert photo.error is not None


def test_archives_that_are_none_or_locked_or_empty() -> None:
    assert "is not a readable zip archive" in refusal(b"plain text")
    assert "holds no files" in refusal(zipped({}))
    locked = bytearray(zipped({"a.png": b"A"}))
    place = locked.index(b"PK\x01\x02")
    locked[place + 8] |= 1
    assert "is encrypted" in refusal(bytes(locked))
