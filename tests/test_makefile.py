"""`make` prepares the environment once, and again only when pyproject.toml has changed.

A script that writes its arguments down stands in for Python, so nothing is installed here.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> calls.log
env | grep -E '^(CLFER_|https?_proxy)' | sort > environment.log
case "$*" in
    "-m venv "*) mkdir -p $3/bin; for n in python streamlit; do cp "$0" $3/bin/$n; done;;
esac
"""


class Clone:
    """A clean clone, as far as `make` can tell."""

    def __init__(self, folder: Path, repository: Path, stand_in: str = STAND_IN) -> None:
        self.folder = folder
        for name in ("Makefile", "pyproject.toml", "requirements.lock"):
            shutil.copy(repository / name, folder)
        (folder / "python-stand-in").write_text(stand_in)
        (folder / "python-stand-in").chmod(0o755)

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run make as a user would; settings of an outer make do not reach it."""
        keep = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
        return subprocess.run(
            ["make", "PYTHON=./python-stand-in", *arguments],
            cwd=self.folder,
            env=keep,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def calls(self) -> list[str]:
        """What has been called since the last time, version check left out."""
        log = self.folder / "calls.log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [line for line in lines if " -c " not in line]


@pytest.fixture
def clone(tmp_path: Path, repository: Path) -> Clone:
    return Clone(tmp_path, repository)


def installs(calls: list[str]) -> list[str]:
    return [call.rsplit(" ", 1)[1] for call in calls if " pip install " in call]


def test_second_test_run_installs_nothing(clone: Clone) -> None:
    assert clone.make("test").returncode == 0
    first = clone.calls()
    assert first[0] == "python-stand-in -m venv .venv"
    assert installs(first) == [".[test]"]
    assert first[-1] == "python -m pytest -n 3 --dist loadfile --no-loadscope-reorder"
    assert clone.make("test", "PYTEST_ARGS=-x", "WORKERS=1").returncode == 0
    assert clone.calls() == ["python -m pytest -n 1 --dist loadfile --no-loadscope-reorder -x"]


def test_hardening_begins_anew_and_gives_the_crowd_the_machine(clone: Clone) -> None:
    stale = clone.folder / "build" / "harden.json"
    stale.parent.mkdir()
    stale.write_text("{}")
    assert clone.make("harden").returncode == 0
    assert not stale.exists()
    first, crowd = [call for call in clone.calls() if "-m pytest" in call]
    assert " -n 2 " in first
    assert "--ignore tests/harden/test_harden_crowd.py" in first
    assert crowd.endswith("-m pytest --timeout 1200 tests/harden/test_harden_crowd.py")


def test_app_listens_on_loopback_only_and_installs_once(clone: Clone) -> None:
    ran = clone.make("app", "PORT=8777")
    assert "http://127.0.0.1:8777" in ran.stdout
    first = clone.calls()
    assert installs(first) == ["."]
    assert first[-1].startswith("streamlit run app/main.py --server.address 127.0.0.1 ")
    assert "--server.port 8777" in first[-1]
    clone.make("app", "PORT=8777")
    assert clone.calls() == first[-1:]


def test_strangers_are_served_on_loopback_with_the_safe_settings(clone: Clone) -> None:
    ran = clone.make("serve", "PORT=8777", "BASE_PATH=clfer")
    assert ran.returncode == 0, ran.stderr
    assert "http://127.0.0.1:8777/clfer" in ran.stdout
    first = clone.calls()
    assert installs(first) == ["."]
    words = first[-1].split()
    assert words[:3] == ["streamlit", "run", "app/main.py"]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert options["--server.address"] == "127.0.0.1"
    assert options["--server.port"] == "8777"
    assert options["--server.baseUrlPath"] == "clfer"
    for on in ("server.headless", "server.enableCORS", "server.enableXsrfProtection"):
        assert options[f"--{on}"] == "true"
    for off in ("browser.gatherUsageStats", "server.enableStaticServing", "server.runOnSave"):
        assert options[f"--{off}"] == "false"
    assert options["--server.maxUploadSize"] == "50"
    assert options["--client.showErrorDetails"] == "none"
    assert (clone.folder / "environment.log").read_text().split() == [
        "CLFER_LOG=json",
        "CLFER_SHARED=1",
        "http_proxy=http://127.0.0.1:9",
        "https_proxy=http://127.0.0.1:9",
    ]
    clone.make("serve", "HOST=10.1.2.3")
    assert "--server.address 10.1.2.3 --server.port 8501 --server.baseUrlPath" in clone.calls()[0]


def test_environment_for_tests_serves_the_app_too(clone: Clone) -> None:
    clone.make("test")
    clone.calls()
    clone.make("app")
    assert installs(clone.calls()) == []


def test_changed_requirements_are_installed(clone: Clone) -> None:
    clone.make("test")
    clone.calls()
    for stamp in (clone.folder / ".venv").glob(".installed-*"):
        os.utime(stamp, (1, 1))
    clone.make("test")
    calls = clone.calls()
    assert installs(calls) == [".[test]"]
    assert not [call for call in calls if "venv" in call]


def test_locked_installation_is_the_lock_and_nothing_else(clone: Clone) -> None:
    clone.make("app", "LOCKED=1")
    lock, itself = [call for call in clone.calls() if " pip install " in call]
    assert lock.endswith("--require-hashes --only-binary :all: --requirement requirements.lock")
    assert itself.endswith("--no-deps --no-build-isolation --editable .")
    for target in (("app", "LOCKED=1"), ("test", "LOCKED=1"), ("test",), ("app", "LOCKED=0")):
        clone.make(*target)
        assert installs(clone.calls()) == []
    os.utime(clone.folder / "requirements.lock")
    clone.make("test", "LOCKED=1")
    assert installs(clone.calls()) == ["requirements.lock", "."]


def test_locked_installation_follows_another_one(clone: Clone) -> None:
    clone.make("test")
    clone.calls()
    clone.make("test", "LOCKED=1")
    assert installs(clone.calls()) == ["requirements.lock", "."]


def test_uv_installs_where_it_is_asked_to(clone: Clone) -> None:
    uv = clone.folder / "uv"
    uv.write_text('#!/bin/sh\necho "uv $*" >> calls.log\n')
    uv.chmod(0o755)
    path = f"PATH={clone.folder}:{os.environ['PATH']}"
    assert clone.make("test", "INSTALLER=uv", path).returncode == 0
    _, installed, tests = clone.calls()
    assert installed == "uv pip install --python .venv/bin/python --editable .[test]"
    assert tests.startswith("python -m pytest")
    assert clone.make("app", "LOCKED=1", "INSTALLER=uv", path).returncode == 0
    lock, itself, _ = clone.calls()
    assert lock.startswith("uv ")
    assert lock.endswith(" --requirement requirements.lock")
    assert itself.startswith("uv ")
    assert itself.endswith(" --editable .")


def test_unknown_installer_is_refused_before_anything_is_installed(clone: Clone) -> None:
    ran = clone.make("test", "INSTALLER=conda")
    assert ran.returncode != 0
    assert "INSTALLER is 'conda': it must be pip or uv" in ran.stderr
    assert installs(clone.calls()) == []


def test_audit_and_lock_share_tools_of_their_own(clone: Clone) -> None:
    clone.make("audit")
    calls = clone.calls()
    assert "python -m venv .venv-supply" in calls
    assert installs(calls) == [".[test]", "pip-audit>=2.10"]
    audit = "python tests/supply/vulnerability_audit.py .venv-supply/bin/pip-audit"
    assert calls[-2:] == ["python tests/supply/licences.py", audit]
    clone.make("lock")
    lock = "python tests/supply/write_lock.py .venv-supply/bin/uv"
    assert clone.calls() == [lock, "python tests/supply/licences.py"]


def test_failed_installation_is_tried_again(tmp_path: Path, repository: Path) -> None:
    failing = STAND_IN + 'case "$*" in *"pip install"*) exit 1;; esac\n'
    clone = Clone(tmp_path, repository, failing)
    for _ in range(2):
        assert clone.make("test").returncode != 0
        assert installs(clone.calls()) == [".[test]"]


def test_old_python_is_refused(tmp_path: Path, repository: Path) -> None:
    clone = Clone(tmp_path, repository, "#!/bin/sh\nexit 1\n")
    ran = clone.make("test")
    assert ran.returncode != 0
    assert "CLFER needs Python 3.11 or later" in ran.stdout
    assert not (clone.folder / ".venv").exists()
