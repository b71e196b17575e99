"""Grids for tests, and runs that look as if they had been trained."""

import json
from pathlib import Path

from clfer.config import Config
from clfer.training.run_folder import RunFolder


def write_run(folder: Path, config: Config, state: str = "done", *accuracies: float) -> Path:
    """A run with one metric row per accuracy, whose process is gone."""
    run = RunFolder.create(folder, config, resume=False)
    for epoch, accuracy in enumerate(accuracies, start=1):
        run.append_metrics({"epoch": epoch, "side": 64, "valid_accuracy": accuracy})
    run.write_status(state, pid=None, process_started=None, epoch=len(accuracies))
    return folder


def small_grid(root: Path) -> str:
    """Two by two runs of one epoch that take a second each, as the text of a file."""
    content = {
        "preset": "smoke",
        "set": {
            "data.name": "folder",
            "data.root": str(root),
            "data.count": 28,
            "train": {"batch": 14, "sizes": [[64, 1]]},
        },
        "grid": {"model.fd": [8, 16], "clfm": {"enabled": [True, False]}},
        "device": "cpu",
        "threads": 1,
    }
    return json.dumps(content)  # JSON is YAML
