"""Photos out of a zip archive, read in memory; nothing is extracted to disk."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from clfer.data.archive import UNREADABLE
from clfer.errors import ImageError, shown
from clfer.faces.decode import MAX_BYTES

MAX_PHOTOS = 2_000
MAX_UNPACKED = 300_000_000
"""Bytes of all photos of an archive together."""


@dataclass(frozen=True)
class ArchivePhoto:
    """A member of an archive.

    Attributes:
        name: The archive's name and the member's path, cleaned; only for showing.
        data: Its bytes as they are, an image or not; empty when they cannot be read.
        error: Why they cannot be read, in one sentence.
    """

    name: str
    data: bytes
    error: str | None = None


def photos_in_archive(data: bytes, name: str) -> list[ArchivePhoto]:
    """All files of an archive in its own order; hidden ones are left out.

    Args:
        data: The zip archive.
        name: What it is called.

    Raises:
        ImageError: it is damaged or encrypted, or holds too many files or too many bytes.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = list(_members(archive))
            _check(members, name)
            return [_read(archive, info, name) for info in members]
    except UNREADABLE as error:
        raise ImageError(
            f"{name} is not a readable zip archive ({shown(error)}): pack or copy it again."
        ) from error


def _members(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    for info in archive.infolist():
        parts = _parts(info)
        if parts and not info.is_dir() and "__MACOSX" not in parts and parts[-1][0] != ".":
            yield info


def _parts(info: zipfile.ZipInfo) -> list[str]:
    """The path of a member without tricks: no root, no drive, no way up."""
    parts = PurePosixPath(info.filename.replace("\\", "/")).parts
    return [part for part in parts if part not in ("/", "//", "..") and not part.endswith(":")]


def _check(members: list[zipfile.ZipInfo], name: str) -> None:
    if not members:
        raise ImageError(f"{name} holds no files: pack photos into it.")
    if len(members) > MAX_PHOTOS:
        raise ImageError(
            f"{name} holds {len(members):,} files: give at most {MAX_PHOTOS:,} at a time."
        )
    if sum(info.file_size for info in members) > MAX_UNPACKED:
        raise ImageError(
            f"{name} unpacks to more than {MAX_UNPACKED // 10**6} MB: split it into smaller ones."
        )
    if any(info.flag_bits & 0x1 for info in members):
        raise ImageError(f"{name} is encrypted: give an archive without a password.")


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> ArchivePhoto:
    label = shown(f"{name}/{'/'.join(_parts(info))}")
    if info.file_size > MAX_BYTES:
        error = f"{label} is larger than {MAX_BYTES // 10**6} MB; save it smaller first."
        return ArchivePhoto(label, b"", error)
    try:
        # Never more than the archive says, on which the sum that was checked rests.
        with archive.open(info) as stream:
            return ArchivePhoto(label, stream.read(info.file_size))
    except UNREADABLE as error:
        sentence = f"{label} is damaged ({shown(error)}): pack it again."
        return ArchivePhoto(label, b"", sentence)
