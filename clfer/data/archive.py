"""The root of a data set: a folder, or a zip archive of it that is read without being extracted."""

import errno
import io
import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

from clfer.data.listing import Listing
from clfer.errors import DataError

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    OverflowError,
    ValueError,
)
"""What reading a damaged, encrypted or missing archive can raise."""

_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Characters of names that cannot be told in a sentence or written to a table."""

_HIDDEN = re.compile(r"(?:^|/)(?:\.(?!/)|__MACOSX(?:/|$))")


class Tree(ABC):
    """Read-only view of a data set root; paths are relative to it and use forward slashes.

    Hidden files and the ``__MACOSX`` folder of archives are invisible. Reading is thread-safe.

    Attributes:
        location: Where the root lies, for messages.
        listed: What was read of it and is asked for again: a list may have 300,000 rows.
    """

    def __init__(self, location: str) -> None:
        self.location = location
        self.base = ""
        self.listed: dict[tuple[str, str], Listing] = {}
        self._found: dict[str, tuple[str, ...]] = {}

    @abstractmethod
    def entries(self, folder: str = "") -> tuple[str, ...]:
        """Sorted names of what lies directly in ``folder``; empty if there is no such folder."""

    @abstractmethod
    def _walk(self, folder: str) -> Iterator[str]:
        """Paths of all files below ``folder``."""

    def files(self, folder: str) -> tuple[str, ...]:
        """Sorted paths of all files below ``folder``."""
        if folder not in self._found:
            self._found[folder] = tuple(sorted(self._walk(folder)))
        return self._found[folder]

    @abstractmethod
    def open(self, path: str) -> IO[bytes]:
        """Open one file; :class:`DataError` if it is missing."""

    def read(self, path: str) -> bytes:
        """Content of one file; :class:`DataError` if it is missing or damaged."""
        try:
            with self.open(path) as stream:
                return stream.read()
        except UNREADABLE as error:
            raise self._damaged(path, error) from error

    def lines(self, path: str) -> Iterator[str]:
        """Lines of a UTF-8 text, endings kept; :class:`DataError` if it is missing or damaged."""
        try:
            with self.open(path) as stream:
                yield from io.TextIOWrapper(stream, "utf-8-sig", newline="")
        except (*UNREADABLE, UnicodeDecodeError) as error:
            raise self._damaged(path, error) from error

    def find(self, name: str, folder: str = "") -> str | None:
        """The entry of ``folder`` that is spelled ``name`` up to upper and lower case.

        Raises:
            DataError: there are several.
        """
        found = [e for e in self.entries(folder) if e.casefold() == name.casefold()]
        if len(found) > 1:
            raise DataError(
                f"{_join(self.location, folder)} has {' and '.join(found)}: keep one of them."
            )
        return found[0] if found else None

    @abstractmethod
    def close(self) -> None:
        """Release what the tree holds open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _damaged(self, path: str, error: Exception) -> DataError:
        shown = _UNWRITABLE.sub(_escaped, path)
        return DataError(f"{shown} in {self.location} cannot be read ({error}): copy it again.")

    def _missing(self, path: str) -> DataError:
        shown = _UNWRITABLE.sub(_escaped, path)
        return DataError(f"{shown} is listed but missing in {self.location}: copy the data again.")


class FolderTree(Tree):
    """A data set in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder

    def entries(self, folder: str = "") -> tuple[str, ...]:
        where = self._folder / self.base / folder
        if not where.is_dir():
            return ()
        try:
            names = sorted(p.name for p in where.iterdir() if _visible(p.name))
        except OSError as error:
            raise self._damaged(folder or "The root", error) from error
        return tuple(self._sound(name) for name in names)

    def _walk(self, folder: str) -> Iterator[str]:
        top = self._folder / self.base
        if not (top / folder).is_dir():
            return
        try:
            for where, _, names in os.walk(top / folder, onerror=_raise):
                inside = Path(where).relative_to(top).as_posix()
                paths = filter(_visible, (f"{inside}/{name}" for name in names))
                yield from map(self._sound, paths)
        except OSError as error:
            raise self._damaged(folder, error) from error

    def read(self, path: str) -> bytes:
        # Unbuffered: a data set may consist of hundreds of thousands of tiny files.
        with self._opened(path) as stream:
            try:
                return stream.readall()
            except OSError as error:
                raise self._damaged(path, error) from error

    def open(self, path: str) -> IO[bytes]:
        return io.BufferedReader(self._opened(path))

    def _opened(self, path: str) -> io.FileIO:
        if path.startswith("/") or ".." in path.split("/"):
            raise DataError(f"{path} is listed but lies outside of {self.location}: remove it.")
        try:
            return io.FileIO(f"{self._folder}/{self.base}/{path}", opener=_open_regular)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise self._missing(path) from error
        except (OSError, ValueError) as error:  # ValueError: a zero byte
            raise self._damaged(path, error) from error

    def _sound(self, path: str) -> str:
        """A path whose name can be written down; such as other tools made cannot."""
        if _UNWRITABLE.search(path):
            shown = _UNWRITABLE.sub(_escaped, path)
            raise DataError(
                f"{shown} in {self.location} has a name that is not plain UTF-8: rename it."
            )
        return path

    def close(self) -> None:
        pass


class ZipTree(Tree):
    """A data set in a zip archive, whose members are read in place."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        try:
            self._archive = zipfile.ZipFile(path)
        except UNREADABLE as error:
            raise DataError(
                f"{path} is not a readable zip archive ({error}): copy or download it again."
            ) from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._children: dict[str, set[str]] = {"": set()}
        for info in self._archive.infolist():
            self._add(info)

    def _add(self, info: zipfile.ZipInfo) -> None:
        name = info.filename.replace("\\", "/")
        if info.is_dir() or not _visible(name):
            return
        if info.flag_bits & 0x1:
            self.close()
            raise DataError(
                f"{self.location} is encrypted ({name}): give an archive without a password."
            )
        self._members[name] = info
        while name:
            parent, _, child = name.rpartition("/")
            self._children.setdefault(parent, set()).add(child)
            name = parent

    def entries(self, folder: str = "") -> tuple[str, ...]:
        return tuple(sorted(self._children.get(_join(self.base, folder), ())))

    def _walk(self, folder: str) -> Iterator[str]:
        prefix, cut = f"{_join(self.base, folder)}/", len(self.base) + bool(self.base)
        return (name[cut:] for name in self._members if name.startswith(prefix))

    def open(self, path: str) -> IO[bytes]:
        info = self._members.get(_join(self.base, path))
        if info is None:
            raise self._missing(path)
        return self._archive.open(info)

    def close(self) -> None:
        self._archive.close()


def _open_regular(path: str, flags: int) -> int:
    """Open a file that has an end: a pipe or a device would be read for ever."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return descriptor


def _raise(error: OSError) -> None:
    raise error


def _escaped(found: re.Match[str]) -> str:
    """Bytes that are no UTF-8 reach Python as lone surrogates."""
    return f"\\x{ord(found[0]) & 0xFF:02x}"


def _visible(path: str) -> bool:
    return _HIDDEN.search(path) is None


def _join(base: str, path: str) -> str:
    return f"{base}/{path}".strip("/")
