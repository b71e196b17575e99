"""Checkpoints brought in from elsewhere: checked as a whole before they count, never unpickled.

Each lies in ``<imported>/<sha256>/<name>``, where :func:`clfer.paths.checkpoint_folders` finds it.
"""

import re
import shutil
import tempfile
from pathlib import Path

from clfer.errors import CheckpointError
from clfer.models.card import read_card
from clfer.models.checkpoint import load_checkpoint
from clfer.models.foreign import Files
from clfer.models.foreign_tables import check_tables
from clfer.models.library import broken_checkpoints, fingerprint, list_checkpoints
from clfer.paths import checkpoints_dir, imported_dir, is_sha256


def install(files: Files) -> Path:
    """Check a foreign checkpoint and keep it, so that it is listed with the others.

    A checkpoint that is installed already stays as it is. One whose name is taken gets the first
    six digits of its hash behind it.

    Args:
        files: Content by name, from :mod:`clfer.models.foreign`.

    Returns:
        Its folder.

    Raises:
        CheckpointError: the files do not make up a sound checkpoint, or cannot be kept.
    """
    root = imported_dir()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=root) as stage:
            return _install(files, Path(stage), root)
    except OSError as error:
        raise CheckpointError(
            f"{root} cannot be written to ({error.strerror}): name another folder in CLFER_CACHE."
        ) from error


def is_imported(folder: Path) -> bool:
    """Whether a checkpoint folder was made by :func:`install`."""
    return folder.parent.parent == imported_dir() and is_sha256(folder.parent.name)


def origin(folder: Path) -> str:
    """Where a listed checkpoint comes from, in words."""
    if is_imported(folder):
        return "imported"
    return "shipped" if folder.parent == checkpoints_dir() else "CLFER_CHECKPOINTS"


def remove(folder: Path) -> None:
    """Delete an imported checkpoint.

    Raises:
        CheckpointError: it was not imported, or cannot be deleted.
    """
    if not is_imported(folder):
        raise CheckpointError(
            f"{folder} was not imported here: only imported checkpoints can be removed."
        )
    try:
        shutil.rmtree(folder.parent)
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be removed: {error.strerror}.") from error


def _install(files: Files, stage: Path, root: Path) -> Path:
    draft = stage / "draft"
    draft.mkdir()
    for name, content in files.items():
        (draft / name).write_bytes(content)
    sha256, wanted = _checked(draft)
    present = list_checkpoints()
    for summary in present:
        if summary.sha256 == sha256:
            return summary.folder
    taken = {summary.folder.name for summary in present}
    taken |= {folder.name for folder, _ in broken_checkpoints()}
    name = f"{wanted}-{sha256[:6]}" if wanted in taken else wanted
    target = root / sha256
    (stage / sha256).mkdir()
    draft.rename(stage / sha256 / name)
    (stage / sha256).replace(target)
    return target / name


def _checked(draft: Path) -> tuple[str, str]:
    """The hash and the wished name of a checkpoint that can be loaded with all its tables."""
    try:
        card = read_card(draft)
        load_checkpoint(draft)
        check_tables(draft, card)
    except CheckpointError as error:
        # The draft's own path means nothing to the user.
        raise CheckpointError(str(error).replace(f"{draft}/", "")) from error
    return fingerprint(draft), _plain(card.name)


def _plain(name: str) -> str:
    """A name that is a harmless folder name on every system."""
    return re.sub(r"[^A-Za-z0-9_+-]+", "-", name)[:64].strip("-") or "imported"
