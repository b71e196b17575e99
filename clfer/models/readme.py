"""The README of a checkpoint, made safe to show beside others."""

import re
from pathlib import Path

from clfer.errors import CheckpointError
from clfer.models.foreign import LIMITS, README
from clfer.paths import checkpoints_dir


def read_readme(folder: Path) -> str | None:
    """The model card in Markdown without its first title; None where there is none.

    Pictures become links, since a foreign text must not make the browser load anything, and
    headings sink by three levels, below those of the page.

    Raises:
        CheckpointError: it cannot be read.
    """
    path = folder / README
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            text = file.read(LIMITS[README]).decode("utf-8", errors="replace")
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    text = re.sub(r"\A\s*# .*\n", "", text).replace("![", "[")
    return re.sub(r"^(#{1,3}) ", r"\1### ", text, flags=re.MULTILINE).strip()


def weights_licence(folder: Path) -> str:
    """The licence of a checkpoint's weights, where it is known."""
    if folder.parent == checkpoints_dir():
        return "MIT, as CLFER, with which the weights ship"
    return "not stated in its card; ask whoever gave you the weights"
