"""The state after an epoch: enough to go on bit for bit, in safetensors and JSON.

No random state is kept: order and augmentation of an epoch are drawn from generators seeded by
the run's seed and the epoch's number alone.
"""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from clfer.errors import CheckpointError
from clfer.models.files import write_folder_atomically
from clfer.training.learner import Learner

_TENSORS, _RECORD = "state.safetensors", "state.json"
_LEARNER, _AVERAGE, _OPTIMISER = "learner.", "average.", "optimiser."
"""What the names of the tensors begin with."""


@dataclass
class TrainingState:
    """What changes while a run goes on.

    Attributes:
        learner: The module that learns.
        average: Its moving average.
        optimiser: The optimiser over the learner's parameters.
        epoch: Finished epochs.
        history: One row per finished epoch.
        references: Reference centroids of the semantic groups ``[K, 16]``; None before the first
            epoch has ended.
        relabelled: SCN's log of changed labels, int64 ``[R, 4]``, see
            :mod:`clfer.training.relabelling`; None without SCN.
    """

    learner: Learner
    average: Learner
    optimiser: torch.optim.Optimizer
    epoch: int
    history: list[dict[str, Any]]
    references: Tensor | None
    relabelled: Tensor | None = None

    def save(self, folder: Path) -> None:
        """Write the state, all or nothing.

        Raises:
            OSError: there is no room for it.
        """
        tensors = {f"{_LEARNER}{k}": v for k, v in self.learner.state_dict().items()}
        tensors |= {f"{_AVERAGE}{k}": v for k, v in self.average.state_dict().items()}
        for index, slots in self.optimiser.state_dict()["state"].items():
            tensors |= {f"{_OPTIMISER}{index}.{k}": v for k, v in slots.items()}
        if self.references is not None:
            tensors["references"] = self.references
        if self.relabelled is not None:
            tensors["relabelled"] = self.relabelled
        # clone() since safetensors refuses tensors that share memory, contiguous for its layout
        whole = {
            k: v.detach().cpu().clone(memory_format=torch.contiguous_format)
            for k, v in tensors.items()
        }
        _write(folder, whole, {"epoch": self.epoch, "history": self.history})

    def load(self, folder: Path, *, to_go_on: bool = True) -> None:
        """Restore the state in place.

        Args:
            folder: Where it was saved.
            to_go_on: Restore also what only further training needs, and what
                :func:`keep_average` therefore takes away.

        Raises:
            CheckpointError: the folder is damaged or belongs to another model.
        """
        try:
            tensors = load_file(folder / _TENSORS)
            record = json.loads((folder / _RECORD).read_text("utf-8"))
            self.average.load_state_dict(_below(tensors, _AVERAGE))
            if to_go_on:
                self.learner.load_state_dict(_below(tensors, _LEARNER))
                self._load_optimiser(_below(tensors, _OPTIMISER))
        except (OSError, SafetensorError, RuntimeError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"The training state {folder} is damaged or belongs to another model: remove it "
                f"to go on from the epoch before."
            ) from error
        self.epoch, self.history = record["epoch"], record["history"]
        self.references = tensors.get("references")
        self.relabelled = tensors.get("relabelled")

    def _load_optimiser(self, tensors: dict[str, Tensor]) -> None:
        parameters = [p for group in self.optimiser.param_groups for p in group["params"]]
        slots: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            index, name = key.split(".", 1)
            parameter = parameters[int(index)]
            if value.shape == parameter.shape:
                # Fused optimisers walk the raw memory: the strides must be the parameter's own.
                value = torch.empty_like(parameter).copy_(value)
            slots.setdefault(int(index), {})[name] = value
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": slots, "param_groups": groups})


def check_state(folder: Path) -> None:
    """Find out whether a state is as it was written; one of an older version only if it opens.

    Raises:
        CheckpointError: a file is missing or its content has changed.
    """
    try:
        record = json.loads((folder / _RECORD).read_text("utf-8"))
        with safe_open(folder / _TENSORS, "pt"):
            pass
        said = record.pop("sha256", None)
        whole = said is None or said == _digest(folder / _TENSORS, record)
    except (FileNotFoundError, SafetensorError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"The training state {folder} is damaged.") from error
    if not whole:
        raise CheckpointError(f"The training state {folder} is damaged.")


def load_average(folder: Path, learner: Learner) -> Tensor | None:
    """Fill ``learner`` with the averaged weights of a state.

    Returns:
        The reference centroids ``[K, 16]`` of that epoch, if they were fitted.

    Raises:
        CheckpointError: the folder is damaged or belongs to another model.
    """
    try:
        tensors = load_file(folder / _TENSORS)
        learner.load_state_dict(_below(tensors, _AVERAGE))
        return tensors.get("references")
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CheckpointError(
            f"The training state {folder} is missing, damaged or belongs to another model."
        ) from error


def keep_average(folder: Path) -> None:
    """Take from a state what only further training needs: three quarters of its size.

    Raises:
        OSError: there is no room for the smaller one; the larger one is left.
        CheckpointError: the state is damaged.
    """
    check_state(folder)
    tensors = load_file(folder / _TENSORS)
    kept = {k: v for k, v in tensors.items() if not k.startswith((_LEARNER, _OPTIMISER))}
    if len(kept) < len(tensors):
        record = json.loads((folder / _RECORD).read_text("utf-8"))
        record.pop("sha256", None)
        _write(folder, kept, record)


def keeps_average_alone(folder: Path) -> bool:
    """Whether :func:`keep_average` has had this state; false also for what cannot be read."""
    try:
        with safe_open(folder / _TENSORS, "pt") as stored:
            return not any(name.startswith(_LEARNER) for name in stored.keys())  # noqa: SIM118
    except (OSError, SafetensorError):
        return False


def load_history(folder: Path) -> list[dict[str, Any]]:
    """The history rows up to the epoch of a state."""
    rows: list[dict[str, Any]] = json.loads((folder / _RECORD).read_text("utf-8"))["history"]
    return rows


def _write(folder: Path, tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Write both files of a state, all or nothing; OSError where there is no room for them."""

    def fill(target: Path) -> None:
        try:
            save_file(tensors, target / _TENSORS)
        except SafetensorError as error:
            raise _as_os_error(error, folder) from error
        kept = record | {"sha256": _digest(target / _TENSORS, record)}
        (target / _RECORD).write_text(json.dumps(kept), "utf-8")

    write_folder_atomically(folder, fill)


def _as_os_error(error: SafetensorError, path: Path) -> Exception:
    """What the operating system refused, e.g. for want of room, which safetensors tells as text."""
    found = re.search(r"os error (\d+)", str(error))
    if found is None:
        return error
    number = int(found[1])
    return OSError(number, os.strerror(number), str(path))


def _digest(tensors: Path, record: dict[str, Any]) -> str:
    """sha256 over the file of the tensors and what is recorded beside it."""
    with tensors.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    digest.update(json.dumps(record).encode())
    return digest.hexdigest()


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
