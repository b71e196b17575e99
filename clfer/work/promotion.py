"""Task "promote": the best epoch of a run becomes a checkpoint that every view can open."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np

from clfer.errors import CheckpointError
from clfer.paths import own_checkpoints_dir
from clfer.runs.launch import config_hash
from clfer.runs.record import Run
from clfer.training.publish import publish_run
from clfer.work.request import Request
from clfer.work.results import result_path
from clfer.work.tasks import Arguments, Arrays, Progress


def promote_request(run: Run) -> Request:
    """Ask for a checkpoint of a run's best epoch in :func:`promoted_folder`.

    Args:
        run: A run with at least one finished epoch.
    """
    rows = hashlib.sha256(json.dumps(run.history).encode()).hexdigest()
    return Request(
        "promote",
        {"run": run.name, "config": config_hash(run.config), "history": rows},
        {"folder": str(run.path), "target": str(promoted_folder(run)), "title": run.notes.title},
    )


def promoted_folder(run: Run) -> Path:
    """Where the checkpoint of a run lies, promoted or not: a folder of the run's name."""
    return own_checkpoints_dir() / run.name


def promote(arguments: Arguments, progress: Progress) -> Arrays:
    """Run the task; see :func:`promote_request`.

    The checkpoint appears in its place when it is whole; an earlier one of this run is replaced.

    Raises:
        CheckpointError: the run has no finished epoch, or the folder cannot be written to.
        DataError: the faces of the run cannot be read.
    """
    source, target = Path(arguments["folder"]), Path(arguments["target"])
    # Not a folder that pickers look into: what is half written must not be picked.
    workshop = target.with_name(f".promoting-{target.name}")
    try:
        shutil.rmtree(workshop, ignore_errors=True)
        draft, earlier = workshop / target.name, workshop / "earlier"
        draft.mkdir(parents=True)
        card = publish_run(source, draft, title=arguments["title"] or None, progress=progress)
        if target.exists():
            target.replace(earlier)
        draft.replace(target)
        shutil.rmtree(workshop, ignore_errors=True)
    except OSError as error:
        raise CheckpointError(f"{target} cannot be written to: {error.strerror}.") from error
    return {"accuracy": np.array(card.metrics["accuracy"])}


def forget(request: Request) -> None:
    """Let a run be promoted again whose checkpoint was removed."""
    result_path(request).unlink(missing_ok=True)
