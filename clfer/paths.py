"""Where the app and the checkpoints lie, and where CLFER may write.

In a checkout (or an editable install of one) the folders of the repository are used; an
installed wheel carries copies of them inside the package. Nothing here creates a folder.
"""

import os
import re
from pathlib import Path

from clfer.errors import ClferError

_PACKAGE = Path(__file__).resolve().parent


def app_dir() -> Path:
    """Return the folder that holds the Streamlit app's `main.py`.

    Raises:
        ClferError: this installation carries no app.
    """
    folder = _shipped("app")
    if not (folder / "main.py").is_file():
        raise ClferError(f"{folder / 'main.py'} is missing; reinstall with 'pip install clfer'.")
    return folder


def checkpoints_dir() -> Path:
    """Return the folder of the checkpoints that ship with CLFER, one sub-folder a checkpoint."""
    return _shipped("checkpoints")


def checkpoint_folders() -> tuple[Path, ...]:
    """Return the folders in which a checkpoint's name is looked up, first match wins.

    The folder named by the environment variable `CLFER_CHECKPOINTS`, where set, comes before
    the shipped one; each imported checkpoint lies in a folder of its own after both.
    """
    own = os.environ.get("CLFER_CHECKPOINTS")
    imported = sorted(p for p in imported_dir().glob("*/") if is_sha256(p.name))
    named = [Path(own).expanduser()] if own else []
    return (*named, checkpoints_dir(), own_checkpoints_dir(), *imported)


def own_checkpoints_dir() -> Path:
    """Return the folder of the checkpoints made from own runs: `CLFER_OWN_CHECKPOINTS`, or XDG."""
    return _user_folder("CLFER_OWN_CHECKPOINTS", "XDG_DATA_HOME", ".local/share", "checkpoints")


def imported_dir() -> Path:
    """Return the folder of imported checkpoints, each in `<sha256>/<name>`."""
    return cache_dir() / "imported"


def is_sha256(text: str) -> bool:
    """Whether a text is a sha256 in hexadecimal digits, as in the names of imported folders."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def cache_dir() -> Path:
    """Return the folder for what can be recomputed: `CLFER_CACHE`, else the XDG cache folder."""
    return _user_folder("CLFER_CACHE", "XDG_CACHE_HOME", ".cache")


def data_root(dataset: str) -> str | None:
    """Return the root of a data set that `CLFER_<NAME>_ROOT` names, e.g. `CLFER_FERPLUS_ROOT`."""
    return os.environ.get(f"CLFER_{dataset.upper()}_ROOT") or None


def runs_dir() -> Path:
    """Return the folder for training runs: `CLFER_RUNS`, else `runs` in the XDG data folder."""
    return _user_folder("CLFER_RUNS", "XDG_DATA_HOME", ".local/share", "runs")


def reproduction_dir() -> Path:
    """Return the folder of reproduced tables and figures: `CLFER_REPRODUCTION`, or XDG."""
    return _user_folder("CLFER_REPRODUCTION", "XDG_DATA_HOME", ".local/share", "reproduction")


def shipped_reproduction_dir() -> Path:
    """Return the folder of the reproduced tables and figures that ship with CLFER."""
    return checkpoints_dir() / "reproduction"


def _shipped(name: str) -> Path:
    checkout = _PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    return _PACKAGE / "_bundled" / name


def _user_folder(variable: str, xdg_variable: str, fallback: str, *below: str) -> Path:
    own = os.environ.get(variable)
    if own:
        return Path(own).expanduser()
    base = Path(os.environ.get(xdg_variable, ""))
    # The XDG specification: a relative path is invalid and must be ignored.
    if not base.is_absolute():
        base = Path.home() / fallback
    return base.joinpath("clfer", *below)
