"""Checkpoint folders on disk: found by name or path, listed, and told apart by their hash."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from clfer.errors import CheckpointError
from clfer.models.card import CARD, Card, read_card
from clfer.models.files import read_bounded
from clfer.paths import checkpoint_folders

WEIGHTS = "model.safetensors"
MAX_BYTES = 400_000_000
"""Of a file of weights; ResNet-18 with all heads in single precision takes a fifth of it."""


@dataclass(frozen=True)
class CheckpointSummary:
    """A checkpoint that could be loaded: its folder, card and hash, without the weights."""

    folder: Path
    card: Card
    sha256: str


def list_checkpoints() -> list[CheckpointSummary]:
    """The checkpoints with a readable card, by name.

    One that is not readable is left out here and named by :func:`broken_checkpoints`.
    """
    found = (_summary(folder) for folder in _folders())
    return [summary for summary in found if isinstance(summary, CheckpointSummary)]


def broken_checkpoints() -> list[tuple[Path, str]]:
    """The folders that :func:`list_checkpoints` leaves out, each with what is wrong with it."""
    found = ((folder, _summary(folder)) for folder in _folders())
    return [(folder, str(error)) for folder, error in found if isinstance(error, CheckpointError)]


def find_checkpoint(name_or_path: str | Path) -> Path:
    """The folder of a checkpoint, by name or by path.

    A folder counts as a checkpoint if it holds a card or weights, so that what it lacks can be
    named when it is read. A path wins over a name, and ``CLFER_CHECKPOINTS`` over what is shipped.

    Raises:
        CheckpointError: nothing is there; the message lists the known names.
    """
    direct = Path(name_or_path).expanduser()
    for folder in (direct, *(parent / name_or_path for parent in checkpoint_folders())):
        if _is_checkpoint(folder):
            return folder
    names = [folder.name for folder in _folders()]
    known = f"known names are {', '.join(names)}" if names else "no checkpoint is installed"
    raise CheckpointError(
        f"There is no checkpoint '{name_or_path}': give the path of a folder with {CARD} and "
        f"{WEIGHTS}, or a name; {known}."
    )


def fingerprint(folder: Path) -> str:
    """sha256 over the weights and the card of a checkpoint folder.

    Raises:
        CheckpointError: one of the two is missing or cannot be read.
    """
    digest = hashlib.sha256()
    for name in (WEIGHTS, CARD):
        path = folder / name
        try:
            digest.update(read_bounded(path, MAX_BYTES))
        except OSError as error:
            raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


def _folders() -> list[Path]:
    """Checkpoint folders by name; where a name occurs twice, the one that its name stands for."""
    found: dict[str, Path] = {}
    for parent in checkpoint_folders():
        for folder in parent.glob("*/"):
            if _is_checkpoint(folder):
                found.setdefault(folder.name, folder)
    return [found[name] for name in sorted(found)]


def _is_checkpoint(folder: Path) -> bool:
    try:
        return (folder / CARD).is_file() or (folder / WEIGHTS).is_file()
    except OSError:
        return False  # a name too long for the file system, or a folder that may not be entered


def _summary(folder: Path) -> CheckpointSummary | CheckpointError:
    try:
        return CheckpointSummary(folder, read_card(folder), fingerprint(folder))
    except CheckpointError as error:
        return error
