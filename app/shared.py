"""A server that strangers share: what it keeps from them, and what they are told instead.

``CLFER_SHARED=1``, set by ``make serve``, says that the server is shared; this module alone reads
it. Visitors look at all that ships and at their own photos. They name no path, change nothing that
others see, and start no training.
"""

import os
import re
from pathlib import Path

from clfer import paths
from clfer.data import DATASETS
from clfer.errors import ClferError

OFF = ("", "0", "false", "no", "off")
"""Values of the variable that leave the app to the person who started it."""

_BUT = "This server is shared: {}. Start CLFER on your own machine with 'make app' to {}."

FOLDERS = _BUT.format("it reads no folders that visitors name", "use data of your own")
MODELS = _BUT.format("visitors neither add nor remove models", "load models of your own")
TRAINING = _BUT.format("visitors train nothing on it", "train models")
RUNS = _BUT.format("visitors look at its runs and change none", "keep runs of your own")
ITEMS = _BUT.format("visitors read what is written and start nothing", "run the items yourself")
"""Stand in the place of the fields that are not offered."""

# Two parts or more, so that "A/B" and a share such as 3/4 stay.
_PATH = re.compile(r"(?<![\w.:/~])~?(?:/[^/\s'\"<>|]+)+/([^/\s'\"<>|]*)")


def is_shared() -> bool:
    """Whether strangers use this server."""
    return os.environ.get("CLFER_SHARED", "").strip().lower() not in OFF


def refuse(sentence: str) -> None:
    """Stop what must not happen on a shared server, however it was asked for.

    Args:
        sentence: Says why and what to do instead, e.g. :data:`FOLDERS`.

    Raises:
        ClferError: this server is shared.
    """
    if is_shared():
        raise ClferError(sentence)


def without_paths(text: str) -> str:
    """A text for the page: on a shared server only the last part of a path is left."""
    if "/" not in text or not is_shared():
        return text
    for place, name in _places():
        pattern = rf"(?<![\w/.-]){re.escape(place)}(?![\w-])"
        text = re.sub(pattern, name.replace("\\", r"\\"), text)
    return _PATH.sub(r"\1", text)


def _places() -> list[tuple[str, str]]:
    """Folders of this server with their last parts, the longest first: names may hold spaces."""
    roots = [root for name in DATASETS if (root := paths.data_root(name))]
    known = [*map(Path, roots), *paths.checkpoint_folders()]
    known += [paths.runs_dir(), paths.cache_dir(), paths.reproduction_dir()]
    forms = {str(form) for path in known for form in (path, path.expanduser().resolve())}
    found = sorted(forms - {"/", "."}, key=len, reverse=True)
    return [(place, Path(place).name) for place in found] + [(str(Path.home()), "~")]
