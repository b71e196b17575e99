"""What is installed is complete, cheap to import, and finds its files from anywhere."""

import configparser
import json
import os
import subprocess
import sys
import zipfile
from email import message_from_bytes
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath

import pytest
from patience import PATIENCE

import clfer

# Folder of the checkout -> where the wheel carries it.
CARRIED = {
    "app": "clfer/_bundled/app",
    "checkpoints": "clfer/_bundled/checkpoints",
    "clfer": "clfer",
}


def tracked_files(repository: Path, folder: str) -> set[PurePosixPath]:
    """Files of `folder`, relative to it, without what only a run of Python leaves behind."""
    found = (path.relative_to(repository / folder) for path in (repository / folder).rglob("*"))
    return {
        PurePosixPath(path)
        for path in found
        if (repository / folder / path).is_file()
        and "__pycache__" not in path.parts
        and path.suffix != ".tmp"
    }


def run_elsewhere(folder: Path, *arguments: str, site: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in `folder`, where `site` (an unpacked wheel) is found before anything else."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CLFER_", "PYTHON"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout by the build backend, without the network."""
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", target],
        cwd=repository,
        check=True,
        timeout=PATIENCE,
    )
    (built,) = target.glob("clfer-*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the wheel, and nothing else."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", target, wheel], check=True, timeout=PATIENCE)
    return target


@pytest.mark.parametrize("folder", CARRIED)
def test_wheel_carries_the_whole_folder(wheel: Path, repository: Path, folder: str) -> None:
    expected = {f"{CARRIED[folder]}/{path}" for path in tracked_files(repository, folder)}
    with zipfile.ZipFile(wheel) as archive:
        missing = expected - set(archive.namelist())
    assert not missing


def test_wheel_carries_app_presets_and_types(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"clfer/_bundled/app/main.py", "clfer/py.typed"} <= names
    assert any(name.startswith("clfer/presets/") and name.endswith(".yaml") for name in names)


def test_wheel_carries_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    version = clfer.__version__
    tops = {name.split("/")[0] for name in names}
    assert tops == {"clfer", f"clfer-{version}.dist-info"}
    assert not [n for n in names if "__pycache__" in n or n.endswith((".pyc", ".tmp", ".zip"))]
    assert len(names) == len(set(names))


def test_wheel_metadata_states_command_version_and_python(wheel: Path) -> None:
    info = f"clfer-{clfer.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = message_from_bytes(archive.read(f"{info}/METADATA"))
        scripts = configparser.ConfigParser()
        scripts.read_string(archive.read(f"{info}/entry_points.txt").decode())
    assert scripts["console_scripts"]["clfer"] == "clfer.cli:main"
    assert metadata["Version"] == clfer.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"


def test_installed_wheel_finds_its_files_from_another_folder(site: Path, tmp_path: Path) -> None:
    code = (
        "import json; from clfer import paths; "
        "print(json.dumps([str(paths.app_dir()), str(paths.checkpoints_dir()), paths.__file__]))"
    )
    ran = run_elsewhere(tmp_path, "-c", code, site=site)
    assert ran.returncode == 0, ran.stderr
    app, checkpoints, module = map(Path, json.loads(ran.stdout))
    bundled = site / "clfer" / "_bundled"
    assert module == site / "clfer" / "paths.py"
    assert app == bundled / "app"
    assert (app / "main.py").is_file()
    assert checkpoints == bundled / "checkpoints"


def test_installed_wheel_runs_as_a_module(site: Path, tmp_path: Path) -> None:
    ran = run_elsewhere(tmp_path, "-m", "clfer", "--help", site=site)
    assert ran.returncode == 0, ran.stderr
    for command in ("predict", "train", "evaluate", "info", "app"):
        assert command in ran.stdout


def test_import_is_cheap(site: Path, tmp_path: Path) -> None:
    code = (
        "import sys, time; start = time.perf_counter(); import clfer; "
        "print(time.perf_counter() - start); "
        "print(*{'torch', 'numpy', 'streamlit', 'captum', 'umap', 'cv2'} & set(sys.modules))"
    )
    runs = [run_elsewhere(tmp_path, "-c", code, site=site).stdout.split("\n") for _ in range(3)]
    assert min(float(seconds) for seconds, *_ in runs) < 0.1
    assert runs[0][1] == ""


def test_only_one_opencv_is_installed() -> None:
    assert set(packages_distributions()["cv2"]) == {"opencv-python-headless"}
