"""Computing threads that wait for each other sleep: else a face waits long on busy cores."""

import os
import subprocess
import sys
from pathlib import Path

# Says how the setting is when torch, which reads it, is about to be imported.
WATCH = """
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print(os.environ.get("OMP_WAIT_POLICY"), flush=True)
            os._exit(0)
sys.meta_path.insert(0, Watch())
"""


def test_it_is_set_before_torch_is_imported(repository: Path) -> None:
    # All that the main script imports, without running it.
    script = (repository / "app" / "main.py").read_text(encoding="utf-8").removesuffix("main()\n")
    assert said(repository, WATCH + script) == "PASSIVE\n"


def test_who_has_set_it_keeps_it(repository: Path) -> None:
    script = "import cores, os; print(os.environ['OMP_WAIT_POLICY'])"
    assert said(repository, script, OMP_WAIT_POLICY="ACTIVE") == "ACTIVE\n"


def said(repository: Path, script: str, **variables: str) -> str:
    """What a script prints that runs in the folder of the app."""
    rest = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=repository / "app",
        env=rest | {"PYTHONPATH": str(repository)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
