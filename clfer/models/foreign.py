"""Read the files of a checkpoint from somewhere else, with every limit checked before reading."""

import stat
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Protocol

from clfer.data.archive import UNREADABLE
from clfer.errors import CheckpointError, shown
from clfer.models.card import CARD
from clfer.models.card import MAX_BYTES as CARD_BYTES
from clfer.models.files import read_bounded
from clfer.models.golden import GOLDEN
from clfer.models.library import MAX_BYTES, WEIGHTS

README = "README.md"
LIMITS = {
    WEIGHTS: MAX_BYTES,
    CARD: CARD_BYTES,
    GOLDEN: 1_000_000,
    README: 1_000_000,
    "history.parquet": 50_000_000,
    "faces.parquet": 200_000_000,
    "snapshots.parquet": 200_000_000,
}
"""The files that are taken from a checkpoint, nothing else, and their largest sizes in bytes."""

ARCHIVE_LIMIT = 500_000_000
MAX_MEMBERS = 1_000

PUBLISH = "'clfer publish RUN --to FOLDER'"

_PICKLES = {".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle"}

Files = dict[str, bytes]
"""Content by file name, the names being among :data:`LIMITS`."""


class Upload(Protocol):
    """A file as a browser sends it; the name is only compared and shown, never used as a path."""

    name: str
    size: int

    def getvalue(self) -> bytes:
        """The content."""
        ...


def from_uploads(uploads: Sequence[Upload]) -> Files:
    """The files of one checkpoint, uploaded one by one or as a single .zip of its folder.

    Raises:
        CheckpointError: they are not the files of one checkpoint, or too large.
    """
    archives = [upload for upload in uploads if upload.name.lower().endswith(".zip")]
    if archives and len(uploads) > 1:
        raise CheckpointError(
            f"{archives[0].name} is a whole checkpoint by itself: upload it without other files."
        )
    if archives:
        _check_size(archives[0].name, archives[0].size, ARCHIVE_LIMIT)
        return from_archive(archives[0].getvalue(), archives[0].name)
    files: Files = {}
    for upload in uploads:
        role = _role(upload.name)
        if role in files:
            raise CheckpointError(
                f"{upload.name} is a second {role}: upload the files of one checkpoint at a time."
            )
        _check_size(upload.name, upload.size, LIMITS[role])
        files[role] = upload.getvalue()
    return _complete(files)


def from_archive(data: bytes, name: str) -> Files:
    """The files of the one checkpoint folder in a zip archive; nothing is extracted to disk.

    Args:
        data: The archive.
        name: What messages call it.

    Raises:
        CheckpointError: it is damaged, encrypted, too large, or holds several checkpoints or none.
    """
    files: Files = {}
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for role, info in _members(archive, name):
                if role in files:
                    raise CheckpointError(
                        f"{name} holds more than one {role}: give an archive of a single "
                        "checkpoint folder."
                    )
                _check_size(f"{role} in {name}", info.file_size, LIMITS[role])
                with archive.open(info) as stream:
                    files[role] = stream.read(LIMITS[role] + 1)
                # What the archive says of a size may be a lie.
                _check_size(f"{role} in {name}", len(files[role]), LIMITS[role])
    except UNREADABLE as error:
        raise CheckpointError(
            f"{name} is not a readable zip archive ({shown(error)}): copy or download it again."
        ) from error
    return _complete(files)


def from_folder(path: str | Path) -> Files:
    """The files of a checkpoint folder on this machine.

    Raises:
        CheckpointError: it is not a checkpoint folder, cannot be read, or a file is too large.
    """
    folder = Path(path).expanduser()
    files: Files = {}
    try:
        if not folder.is_dir():
            raise CheckpointError(f"{path} is not a folder: give the folder that holds {CARD}.")
        if (folder / "config.yaml").is_file() and not (folder / CARD).is_file():
            raise CheckpointError(
                f"{path} is the folder of a run: make a checkpoint of it with {PUBLISH}."
            )
        for name, limit in LIMITS.items():
            if (folder / name).is_file():
                files[name] = read_bounded(_inside(folder / name, folder), limit)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}): give another folder.") from error
    return _complete(files)


def _members(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """The members that are known by their last name; where they lie in the archive is ignored."""
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise CheckpointError(
            f"{name} holds {len(infos):,} files: give an archive of a single checkpoint folder."
        )
    for info in infos:
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        _check_place(info, parts, name)
        if info.is_dir() or "__MACOSX" in parts or not parts or parts[-1] not in LIMITS:
            continue
        if info.flag_bits & 0x1:
            raise CheckpointError(f"{name} is encrypted: give an archive without a password.")
        yield parts[-1], info


def _check_place(info: zipfile.ZipInfo, parts: Sequence[str], name: str) -> None:
    """A member with a path out of its folder, or a link, is no accident."""
    if parts and (parts[0].startswith("/") or parts[0].endswith(":") or ".." in parts):
        raise CheckpointError(
            f"{name} holds {shown(info.filename)}, a path out of the archive's folder: pack the "
            "checkpoint's folder itself."
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise CheckpointError(
            f"{name} holds {shown(info.filename)} as a link: pack the files that it stands for."
        )


def _inside(path: Path, folder: Path) -> Path:
    """A file of a folder, which may be a link to a file of the same folder only."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise CheckpointError(
            f"{path} is a link to a file elsewhere: copy the file itself into the folder."
        )
    return path


def _role(name: str) -> str:
    """Which file of a checkpoint an upload is; a renamed one is known by its ending."""
    plain = PurePosixPath(name.replace("\\", "/")).name
    suffix = PurePosixPath(plain).suffix.lower()
    if plain in LIMITS:
        return plain
    if suffix in (".safetensors", ".json"):
        return WEIGHTS if suffix == ".safetensors" else CARD
    if suffix in _PICKLES:
        raise CheckpointError(
            f"{shown(plain)} is a pickle, which can run code when it is read, and is never opened: "
            f"upload {WEIGHTS} and {CARD} as {PUBLISH} writes them."
        )
    raise CheckpointError(
        f"{shown(plain)} is not a file of a checkpoint: upload {WEIGHTS} with {CARD}, or a .zip of "
        "the checkpoint's folder."
    )


def _check_size(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise CheckpointError(
            f"{name} is larger than {limit // 10**6:,} MB, the most that is read of such a file: "
            "check that it is the right one."
        )


def _complete(files: Files) -> Files:
    if CARD not in files and WEIGHTS not in files:
        raise CheckpointError(
            f"There is no checkpoint in what was given: give {WEIGHTS} with its {CARD}, which "
            f"{PUBLISH} writes."
        )
    if CARD not in files:
        raise CheckpointError(
            f"{WEIGHTS} came without {CARD}, which says how to build and feed the model (its "
            f"expressions, input size and configuration): add the card that {PUBLISH} writes "
            "beside the weights."
        )
    if WEIGHTS not in files:
        raise CheckpointError(
            f"{CARD} came without {WEIGHTS}: add the weights that {PUBLISH} writes beside the card."
        )
    return files
