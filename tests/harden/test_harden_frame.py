"""The table of figures counts what tests recorded, also across worker processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

TESTS = """
def test_one(record, cases):
    record("area", cases=cases(50, 3), failures=0, peak_mb=10.5)

def test_two(record, cases):
    record("area", cases=cases(50, 3), failures=1, peak_mb=7.5)
    assert False

def test_silent(case_numbers):
    assert case_numbers(9, 2) == [0, 1]
"""


def test_figures_of_all_processes_add_up(tmp_path: Path) -> None:
    folder = tmp_path / "harden"
    folder.mkdir()
    for name in ("conftest.py", "harden_figures.py"):
        (folder / name).write_bytes((Path(__file__).parent / name).read_bytes())
    (folder / "test_harden_pieces.py").write_text(TESTS, encoding="utf-8")
    out = tmp_path / "figures.json"
    plugins = ["-p", "xdist", "-n", "2", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        *plugins,
        "-c",
        os.devnull,
        "--rootdir",
        ".",
        "harden",
    ]
    seconds = 0.0
    for parts in (1, 2):  # the second goes on with what the first wrote
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={**clean_environment(), "CLFER_HARDEN_OUT": str(out)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        found = json.loads(out.read_text(encoding="utf-8"))
        assert found["areas"] == {
            "area": {"cases": 6 * parts, "failures": parts, "peak_mb": 10.5},
            "pieces": {"cases": parts, "failures": 0},
        }
        assert found["tests_failed"] == ["harden/test_harden_pieces.py::test_two"] * parts
        assert (found["cases"], found["failures"]) == (7 * parts, parts)
        assert found["seconds"] > seconds
        seconds = found["seconds"]
        assert "peak mb 10.5" in done.stdout


def clean_environment() -> dict[str, str]:
    """This environment without what pytest and make tell the tests of this session."""
    told = ("PYTEST_", "CLFER_HARDEN")
    return {name: value for name, value in os.environ.items() if not name.startswith(told)}
