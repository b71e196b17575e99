"""The package's public names, and the folders it reads from and writes to."""

from collections.abc import Callable
from pathlib import Path

import pytest

import clfer
from clfer import paths
from clfer.errors import ClferError


def test_public_names_resolve_on_first_use() -> None:
    assert clfer.ClferError is ClferError
    assert set(clfer.__all__) <= set(dir(clfer))
    for name in clfer.__all__:
        assert getattr(clfer, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        clfer.no_such_name  # noqa: B018


def test_checkout_is_preferred_over_bundled_copies(repository: Path) -> None:
    assert paths.app_dir() == repository / "app"
    assert paths.checkpoints_dir() == repository / "checkpoints"


def test_missing_app_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path / "clfer")
    with pytest.raises(ClferError, match=r"main\.py is missing; reinstall"):
        paths.app_dir()


def test_own_checkpoint_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = (paths.checkpoints_dir(), paths.own_checkpoints_dir())
    assert paths.checkpoint_folders() == shipped
    monkeypatch.setenv("CLFER_CHECKPOINTS", str(tmp_path))
    assert paths.checkpoint_folders() == (tmp_path, *shipped)


@pytest.mark.parametrize(
    ("function", "variable", "xdg", "below", "default"),
    [
        (paths.cache_dir, "CLFER_CACHE", "XDG_CACHE_HOME", "clfer", ".cache/clfer"),
        (paths.runs_dir, "CLFER_RUNS", "XDG_DATA_HOME", "clfer/runs", ".local/share/clfer/runs"),
    ],
)
def test_user_folders_follow_the_environment(
    function: Callable[[], Path],
    variable: str,
    xdg: str,
    below: str,
    default: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "own"))
    assert function() == tmp_path / "own"
    monkeypatch.delenv(variable)
    monkeypatch.setenv(xdg, str(tmp_path / "xdg"))
    assert function() == tmp_path / "xdg" / below
    for invalid in ("", "relative"):
        monkeypatch.setenv(xdg, invalid)
        monkeypatch.setenv("HOME", str(tmp_path))
        assert function() == tmp_path / default
