"""What the tests of runs share: a data set of seconds, and a run that nothing has interrupted."""

import shutil
from pathlib import Path

import pytest
from noise_faces import write_noise_faces
from small_runs import small, train_here


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The faces."""
    return write_noise_faces(tmp_path_factory.mktemp("faces") / "root", train=3, valid=2, bars=True)


@pytest.fixture(scope="session")
def whole(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of one epoch under a one-cycle schedule; copied, never changed."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    train_here(folder, small(root, 1))
    return folder


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return shutil.copytree(whole, tmp_path / "run")
