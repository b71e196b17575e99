"""The state after an epoch: enough to go on bit for bit, in safetensors and JSON.

No random state is kept: order and augmentation of an epoch are drawn from generators seeded by
the run's seed and the epoch's number alone.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from clfer.errors import CheckpointError
from clfer.models.files import write_folder_atomically
from clfer.training.learner import Learner

_TENSORS, _RECORD = "state.safetensors", "state.json"


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
    """

    learner: Learner
    average: Learner
    optimiser: torch.optim.Optimizer
    epoch: int
    history: list[dict[str, Any]]
    references: Tensor | None

    def save(self, folder: Path) -> None:
        """Write the state, all or nothing."""
        tensors = {f"learner.{k}": v for k, v in self.learner.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for index, slots in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{k}": v for k, v in slots.items()}
        if self.references is not None:
            tensors["references"] = self.references
        # clone() since safetensors refuses tensors that share memory, contiguous for its layout
        whole = {
            k: v.detach().cpu().clone(memory_format=torch.contiguous_format)
            for k, v in tensors.items()
        }
        record = {"epoch": self.epoch, "history": self.history}

        def fill(target: Path) -> None:
            save_file(whole, target / _TENSORS)
            (target / _RECORD).write_text(json.dumps(record), "utf-8")

        write_folder_atomically(folder, fill)

    def load(self, folder: Path) -> None:
        """Restore the state in place.

        Raises:
            CheckpointError: the folder is damaged or belongs to another model.
        """
        try:
            tensors = load_file(folder / _TENSORS)
            record = json.loads((folder / _RECORD).read_text("utf-8"))
            self.learner.load_state_dict(_below(tensors, "learner."))
            self.average.load_state_dict(_below(tensors, "average."))
            self._load_optimiser(_below(tensors, "optimiser."))
        except (OSError, SafetensorError, RuntimeError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"The training state {folder} is damaged or belongs to another model: remove it "
                f"to go on from the epoch before."
            ) from error
        self.epoch, self.history = record["epoch"], record["history"]
        self.references = tensors.get("references")

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


def load_average(folder: Path, learner: Learner) -> None:
    """Fill ``learner`` with the averaged weights of a state.

    Raises:
        CheckpointError: the folder is damaged or belongs to another model.
    """
    try:
        learner.load_state_dict(_below(load_file(folder / _TENSORS), "average."))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CheckpointError(
            f"The training state {folder} is missing, damaged or belongs to another model."
        ) from error


def load_history(folder: Path) -> list[dict[str, Any]]:
    """The history rows up to the epoch of a state."""
    rows: list[dict[str, Any]] = json.loads((folder / _RECORD).read_text("utf-8"))["history"]
    return rows


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
